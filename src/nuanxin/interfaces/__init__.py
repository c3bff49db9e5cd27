"""Pages, commands and API: everything that speaks to people."""
