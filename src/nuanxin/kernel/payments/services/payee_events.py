"""A payee dies, leaves, is guardian no longer, somebody comes of age, an account ends: asked about at once."""

from collections.abc import Sequence

from nuanxin.kernel.grants.payees import PaidGrant, grants_paid_into, payees_of_others
from nuanxin.kernel.payments.services.payee_tasks import ask_for_accounts, drop_account_tasks, paying_to
from nuanxin.kernel.registry.enums import EventKind
from nuanxin.kernel.registry.events import (
    EventNotice,
    PayeeKind,
    PayeeNotice,
    Stage,
    register_event_handler,
    register_payee_handler,
)
from nuanxin.kernel.registry.selectors import account_holders

WHY = {
    "death": "收款人去世，请变更收款账户",
    "move_out": "收款人迁出，请核对收款账户",
    "coming_of_age": "本人成年，请核对是否改发本人账户",
    PayeeKind.ACCOUNT: "收款账户已停用，请变更收款账户",
    PayeeKind.GUARDIAN: "收款人不再是监护人或照料人，请变更收款账户",
    PayeeKind.LEFT: "收款人离开本户，请核对收款账户",
}


def register_handlers() -> None:
    """Tell the registry what this room does when somebody who receives money no longer may."""
    for kind in (EventKind.DEATH, EventKind.MOVE_OUT):
        register_event_handler(kind, Stage.CONFIRM, on_payee_gone, on_payee_back, payees_of_others)
    register_event_handler(EventKind.COMING_OF_AGE, Stage.CONFIRM, on_coming_of_age, on_coming_of_age_withdrawn)
    register_payee_handler(on_payee_notice)


def on_payee_gone(notice: EventNotice) -> None:
    """Ask about every grant still paid to somebody who died or moved out of the county."""
    grants = paying_to(notice.person_id)
    ask_for_accounts(change=notice.change, grants=grants, why=WHY[notice.kind.value], key=_key(notice))


def on_payee_back(notice: EventNotice) -> None:
    """Undo `on_payee_gone`."""
    drop_account_tasks(change=notice.change, grant_ids=[one.grant_id for one in paying_to(notice.person_id)])


def on_coming_of_age(notice: EventNotice) -> None:
    """Ask whether what a guardian received goes to the person from now on."""
    grants = _paid_to_others(notice.person_id)
    ask_for_accounts(change=notice.change, grants=grants, why=WHY[notice.kind.value], key=_key(notice))


def on_coming_of_age_withdrawn(notice: EventNotice) -> None:
    """Undo `on_coming_of_age`."""
    grants = _paid_to_others(notice.person_id)
    drop_account_tasks(change=notice.change, grant_ids=[one.grant_id for one in grants])


def _key(notice: EventNotice) -> str:
    return f"event:{notice.event_id}"


def _paid_to_others(person_id: int) -> list[PaidGrant]:
    return _held_by_others(grants_paid_into(persons=[person_id]), person_id)


def _held_by_others(grants: Sequence[PaidGrant], person_id: int) -> list[PaidGrant]:
    holders = account_holders(one.account_id for one in grants if one.account_id is not None)
    return [one for one in grants if one.account_id in holders and holders[one.account_id].holder_id != person_id]


def on_payee_notice(notice: PayeeNotice) -> None:
    """Ask about the grants that an ended account, guardianship or membership concerns."""
    grants = _concerned(notice)
    key = f"{notice.kind}:{notice.change.pk}"
    ask_for_accounts(change=notice.change, grants=grants, why=WHY[notice.kind], key=key)


def _concerned(notice: PayeeNotice) -> list[PaidGrant]:
    if notice.kind == PayeeKind.ACCOUNT:
        return grants_paid_into(accounts=[notice.account_id or 0])
    paid = paying_to(notice.person_id or 0)
    if notice.kind == PayeeKind.GUARDIAN:
        return [one for one in paid if one.person_id == notice.other_id]
    return [one for one in paid if one.household_id is not None and one.household_id == notice.household_id]
