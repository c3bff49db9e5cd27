"""Applications, proposals and decisions."""
