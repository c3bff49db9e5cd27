"""Entitlements in force and the persons they cover."""
