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
from nuanxin.kernel.registry.services.corrections import correct_name, correct_person, move_person, take_from_number
from nuanxin.kernel.registry.services.division_files import check_division_file, load_division_file
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
from nuanxin.kernel.registry.services.identities import change_identifier, end_identifier
from nuanxin.kernel.registry.services.memberships import redate_membership
from nuanxin.kernel.registry.services.newcomers import Newcomer, register_newcomer
from nuanxin.kernel.registry.services.organisations import (
    close_facility,
    close_organisation,
    correct_facility,
    correct_organisation,
    register_facility,
    register_organisation,
)
from nuanxin.kernel.registry.services.people import (
    add_account,
    disclose_account,
    disclose_identifier,
    end_account,
    register_person,
)
from nuanxin.kernel.registry.services.ranges import refuse_impossible, register_circumstance_check
from nuanxin.kernel.registry.services.relations import correct_relation, withdraw_relation
from nuanxin.kernel.registry.services.removals import move_household
from nuanxin.kernel.registry.services.verifying import verify_circumstances

__all__ = [
    "Newcomer",
    "add_account",
    "add_member",
    "change_identifier",
    "check_division_file",
    "close_facility",
    "close_organisation",
    "confirm_event",
    "confirm_events",
    "correct_event",
    "correct_facility",
    "correct_membership",
    "correct_name",
    "correct_organisation",
    "correct_person",
    "correct_relation",
    "disclose_account",
    "disclose_identifier",
    "end_account",
    "end_circumstance",
    "end_identifier",
    "end_membership",
    "end_relation",
    "load_accounts",
    "load_circumstances",
    "load_division_file",
    "load_divisions",
    "load_households",
    "load_identifiers",
    "load_memberships",
    "load_people",
    "load_relations",
    "merge_households",
    "move_household",
    "move_person",
    "record_circumstance",
    "record_relation",
    "redate_membership",
    "refuse_impossible",
    "register_circumstance_check",
    "register_facility",
    "register_household",
    "register_newcomer",
    "register_organisation",
    "register_person",
    "report_event",
    "split_household",
    "take_from_number",
    "verify_circumstances",
    "withdraw_event",
    "withdraw_relation",
]
