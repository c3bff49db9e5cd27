"""The month, from assessment to closed payment run; takeover."""
