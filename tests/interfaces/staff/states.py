"""One of everything once more for each state it can be in, so that the forms of every state are found."""

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import CharField, Model
from django.urls import reverse

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import file_change, sign_in
from nuanxin.kernel.access.throttle import PAIR
from nuanxin.kernel.casework.selectors import workflow_of
from nuanxin.kernel.core import clock
from nuanxin.kernel.payments.models import HelpFirst, PaymentRun, Redirection, ReserveTerms, Voucher
from nuanxin.kernel.registry.services import add_account, change_identifier
from nuanxin.kernel.statistics.models import SubmittedReport
from nuanxin.kernel.work.models import Attachment, Visit
from tests.interfaces.staff.world import World


def pages_by_state(world: World) -> list[str]:
    """Put a copy of each thing of the own township into the world for each state, and return their pages."""
    place = world.mine
    run = PaymentRun.objects.get(pk=place.line.run_id)
    things: list[tuple[str, Model, list[str]]] = [
        ("case", place.case, list(workflow_of(place.case).states)),
        ("takeover", world.taken, ["checked", "faulty", "signed", "loading"]),
        *((name, one, _states(one)) for name, one in (
            ("proposal", place.proposal), ("letter", place.letter), ("review", place.review),
            ("reassessment", place.reassessment), ("appeal", place.appeal), ("sample", place.sample),
            ("reserve-request", place.reserves.asked), ("roster", place.reserves.roster),
            ("standard", world.standard), ("report", world.report), ("payment", run),
        )),
    ]  # fmt: skip
    return [reverse(name, args=[copy.pk]) for name, one, states in things for copy in _copies(one, states)]


def _states(one: Any) -> list[str]:
    return [code for code, _label in one._meta.get_field("state").choices or []]


def _copies(one: Any, states: list[str]) -> Iterator[Any]:
    for number, state in enumerate(states):
        copy = type(one).objects.get(pk=one.pk)
        copy.pk, copy.state, copy._state.adding = None, state, True
        for field in copy._meta.concrete_fields:
            if isinstance(field, CharField) and field.name in ("key", "number", "sm3") and getattr(copy, field.name):
                setattr(copy, field.name, f"{getattr(copy, field.name)[:-2]}{number:02d}")
        for name in ("version", "number") if isinstance(copy, SubmittedReport | PaymentRun) else ():
            if hasattr(copy, name):
                setattr(copy, name, getattr(copy, name) + 1 + number)
        try:
            with transaction.atomic():
                copy.save(force_insert=True)
        except IntegrityError:
            continue
        yield copy


def pages_of_more(world: World, accounts: dict[str, Account]) -> list[str]:
    """Put into the own township what only some pages offer forms for, and return those pages."""
    place, walk, finance = world.mine, world.walk, accounts["finance"]
    today, case = clock.today(), ("case", world.mine.case.pk)
    for _again in range(PAIR.free):
        sign_in(username=accounts["auditor"].username, password="wrong", address="10.0.0.1")
    file_change(author=accounts["system_admin"], account_id=accounts["auditor"].pk, kind="password", reason="忘记密码")
    event = walk.death(place.person, today, state="reported")
    change_identifier(change=walk.change, person_id=place.person.pk, kind="phone", number="13800138000")
    account = add_account(
        change=walk.change, county=walk.county, holder_id=place.person.pk, bank_code="102", number="6222021234567890",
        valid_from=today,
    )  # fmt: skip
    Redirection.objects.create(
        county=walk.county, township=place.grant.township, person=place.person, account=account, total_fen=1,
        reason="监护人代领", state="proposed", made_by=finance, change=walk.change,
    )  # fmt: skip
    HelpFirst.objects.create(
        entry=place.reserves.entry, county=walk.county, township=place.grant.township, booked_month=today.replace(day=1),
        paid_on=today, due_on=today, change=walk.change,
    )  # fmt: skip
    ReserveTerms.objects.create(
        fund=place.reserves.fund, from_date=today, float_fen=2, limit_fen=1, document="", state="open",
        proposed_by=finance, change=walk.change,
    )  # fmt: skip
    Voucher.objects.create(
        run_id=place.line.run_id, county=walk.county, year=2024, number=1, total_fen=1, central_fen=0, province_fen=0,
        city_fen=0, county_fen=1, open_fen=0, on=today,
    )  # fmt: skip
    _of_case(Attachment, place.attachment, case), _of_case(Visit, place.visit, case)
    free = walk.grant("gaoling_jintie", place.person, start=place.grant.from_date, town=0)
    key = place.person.pk
    return [
        reverse("account-requests"), reverse("person", args=[event.person_id]), reverse("reassess", args=[free.pk]),
        reverse("reconciliation", args=[place.line.run_id]), f"{reverse('case-new')}?person={key}",
        f"{reverse('redirections')}?person={key}&receiver={key}", f"{reverse('standard-new')}?parameter=dibao_standard",
        f"{reverse('reserve-pay', args=[place.reserves.fund.pk])}?person={key}",
        reverse("reserve-fund", args=[place.reserves.fund.pk]), reverse("case", args=[place.case.pk]),
    ]  # fmt: skip


def _of_case(model: Any, one: Any, owner: tuple[str, int]) -> None:
    model.objects.filter(pk=one.pk).update(owner_kind=owner[0], owner_id=owner[1])
