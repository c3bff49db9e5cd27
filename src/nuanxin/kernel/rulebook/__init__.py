"""Facts, parameters and benefits; assessments with receipts."""
