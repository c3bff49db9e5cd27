"""The one expression language: scalar SQL over declared names, typed, exact and three-valued."""
