"""Accounts, roles, data area, masking and the disclosure log."""
