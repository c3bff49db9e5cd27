"""Dues, runs, lines, bank files and returns."""
