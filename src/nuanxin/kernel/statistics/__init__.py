"""Tallies, indicators, closed months, figures and their traces."""
