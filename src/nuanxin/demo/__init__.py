"""The synthetic county: writes only the world and the takeover list, never grants, payments or figures."""
