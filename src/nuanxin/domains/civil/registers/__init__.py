"""The civil registers."""
