"""Translations of the pages: Chinese is written in the source, other languages stand here."""
