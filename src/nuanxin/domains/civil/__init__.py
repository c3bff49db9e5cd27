"""Marriage, divorce and funeral registers."""
