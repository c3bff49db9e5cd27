"""Children and people with disabilities."""
