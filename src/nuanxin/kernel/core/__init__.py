"""Clock, money, identifiers, errors, ciphers and the declaration loader."""
