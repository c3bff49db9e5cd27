"""Nuanxin (暖心): the civil affairs of a Chinese county."""
