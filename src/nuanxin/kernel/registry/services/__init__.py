"""The only writers of the registry."""

from nuanxin.kernel.registry.services.bulk import (
    confirm_events,
    load_accounts,
    load_circumstances,
    load_households,
    load_identifiers,
    load_memberships,
    load_people,
    load_relations,
)
from nuanxin.kernel.registry.services.divisions import load_divisions
from nuanxin.kernel.registry.services.events import confirm_event, correct_event, report_event, withdraw_event
from nuanxin.kernel.registry.services.facts import end_circumstance, end_relation, record_circumstance, record_relation
from nuanxin.kernel.registry.services.households import (
    add_member,
    correct_membership,
    end_membership,
    merge_households,
    register_household,
    split_household,
)
from nuanxin.kernel.registry.services.organisations import register_facility, register_organisation
from nuanxin.kernel.registry.services.people import (
    add_account,
    change_identifier,
    disclose_account,
    disclose_identifier,
    end_account,
    register_person,
)
from nuanxin.kernel.registry.services.removals import move_household

__all__ = [
    "add_account",
    "add_member",
    "change_identifier",
    "confirm_event",
    "confirm_events",
    "correct_event",
    "correct_membership",
    "disclose_account",
    "disclose_identifier",
    "end_account",
    "end_circumstance",
    "end_membership",
    "end_relation",
    "load_accounts",
    "load_circumstances",
    "load_divisions",
    "load_households",
    "load_identifiers",
    "load_memberships",
    "load_people",
    "load_relations",
    "merge_households",
    "move_household",
    "record_circumstance",
    "record_relation",
    "register_facility",
    "register_household",
    "register_organisation",
    "register_person",
    "report_event",
    "split_household",
    "withdraw_event",
]
