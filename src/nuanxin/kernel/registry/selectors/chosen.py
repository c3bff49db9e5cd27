"""Asking about many at once: ids as a query that never leaves the database, or as one list of any length."""

import json
from collections.abc import Collection
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

Chosen: TypeAlias = QuerySet[Any] | Collection[int]
"""Whom or what to ask about: a caller's own query of ids, or the ids themselves."""


def among(chosen: Chosen) -> QuerySet[Any] | RawSQL:
    """Return what stands after IN; a list is a single parameter, several times faster than a parameter each."""
    if isinstance(chosen, QuerySet):
        return chosen
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(chosen)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(chosen))])
