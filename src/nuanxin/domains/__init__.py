"""What each line of business declares."""
