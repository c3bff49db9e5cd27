"""Who lives here: people, households, circumstances, events."""
