"""What a grant rests on."""

from django.db import models


class Basis(models.TextChoices):
    """Why there is a grant."""

    DECISION = "decision", "决定"
    TAKEOVER = "takeover", "存量接收"
    REOPENED = "reopened", "撤销停发"
    MERGED = "merged", "档案合并"
    REINSTATED = "reinstated", "恢复待遇"


def basis_words(basis: str) -> str:
    """Return the label of a basis."""
    return str(Basis(basis).label) if basis in Basis.values else basis
