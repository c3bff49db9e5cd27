"""Social assistance: dibao, tekun, edge households, temporary assistance."""
