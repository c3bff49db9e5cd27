"""The welfare registers."""
