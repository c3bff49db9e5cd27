"""Benefits and services of the old."""
