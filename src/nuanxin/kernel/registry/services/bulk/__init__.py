"""Loading many rows at once, for takeovers and the demo; columns of each table stand in the room's README."""

from nuanxin.kernel.registry.services.bulk.events import confirm_events
from nuanxin.kernel.registry.services.bulk.facts import load_circumstances, load_relations
from nuanxin.kernel.registry.services.bulk.households import load_households, load_memberships
from nuanxin.kernel.registry.services.bulk.people import load_accounts, load_identifiers, load_people

__all__ = [
    "confirm_events",
    "load_accounts",
    "load_circumstances",
    "load_households",
    "load_identifiers",
    "load_memberships",
    "load_people",
    "load_relations",
]
