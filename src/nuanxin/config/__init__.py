"""Settings, URLs and the WSGI entry: the only reader of the environment."""
