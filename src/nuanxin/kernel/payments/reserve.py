"""Reading the reserve fund: terms in force, what may still be paid, the ledger, what waits for whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.payments.differing import OF_COUNTY
from nuanxin.kernel.payments.enums import DueKind, DueState, HelpOutcome, ReserveKind, ReserveState
from nuanxin.kernel.payments.models import (
    Due,
    HelpFirst,
    ReserveCount,
    ReserveEntry,
    ReserveFund,
    ReserveRequest,
    ReserveShare,
    ReserveTerms,
    ReserveVoucher,
)
from nuanxin.kernel.registry.selectors.chosen import Chosen, among
from nuanxin.kernel.rulebook.selectors import parameter_fen

BENEFIT = "linshi_jiuzhu"
AFTER_RESERVE = "after_reserve"  # a due that only adds to a reserve payment for the same need: it is no second time
LATER_STAGE = "later_stage"  # a due of a later part of a decision paid in stages: no second time either
FLOAT, LIMIT = "reserve_float", "reserve_payment_limit"
FILE_DAYS, REPEATS = "pay_first_file_days", "emergency_repeats_year"


@dataclass(frozen=True)
class FundView:
    """A fund as pages show it; money in fen. `free_fen` is the balance less payments still waiting to be agreed to."""

    fund: ReserveFund
    terms: ReserveTerms | None
    waiting_fen: int
    unvouchered_fen: int

    @property
    def free_fen(self) -> int:
        """Return what may still be promised."""
        return self.fund.balance_fen - self.waiting_fen

    @property
    def room_fen(self) -> int:
        """Return how much the fund may still take in before it reaches its float."""
        return max((self.terms.float_fen if self.terms else 0) - self.fund.balance_fen, 0)


@dataclass(frozen=True)
class Settled:
    """The parts of decisions that are booked, by decision and month; help given first settles a decision's first."""

    months: frozenset[tuple[int, dt.date]]
    helped: frozenset[int]

    def has(self, decision_id: int, month: dt.date, number: int) -> bool:
        """Tell whether a part, counted from 1, of a decision is booked in its month."""
        return (decision_id, month) in self.months or (number == 1 and decision_id in self.helped)


def funds_in(county: str, area: Q | None = None) -> QuerySet[ReserveFund]:
    """Return the funds of a county, by township; `area` is a condition on `township`."""
    return ReserveFund.objects.filter(area or Q(), county=county).order_by("township")


def fund_by_id(fund_id: int) -> ReserveFund | None:
    """Return a fund, None when there is none."""
    return ReserveFund.objects.filter(pk=fund_id).first()


def fund_of(township: str) -> ReserveFund | None:
    """Return the fund of a township, None when it has none."""
    return ReserveFund.objects.filter(township=township).first()


def terms_on(fund_id: int, date: dt.date) -> ReserveTerms | None:
    """Return the approved terms in force on a date, None before the first."""
    rows = ReserveTerms.objects.filter(fund_id=fund_id, state=ReserveState.APPROVED, from_date__lte=date)
    return rows.order_by("-from_date", "-id").first()


def terms_of(fund_id: int) -> QuerySet[ReserveTerms]:
    """Return every terms of a fund, the newest first."""
    return ReserveTerms.objects.filter(fund_id=fund_id).select_related("proposed_by", "approved_by").order_by("-id")


def view_of(fund: ReserveFund, date: dt.date) -> FundView:
    """Return a fund with its terms and what is bound or not yet accounted for."""
    waiting = open_requests(fund.pk).filter(kind__in=[ReserveKind.PAYMENT, ReserveKind.RETURN])
    return FundView(
        fund=fund,
        terms=terms_on(fund.pk, date),
        waiting_fen=waiting.aggregate(fen=Sum("amount_fen"))["fen"] or 0,
        unvouchered_fen=unvouchered(fund.pk).aggregate(fen=Sum("counted_fen"))["fen"] or 0,
    )


def open_requests(fund_id: int) -> QuerySet[ReserveRequest]:
    """Return what waits for a second person, the oldest first."""
    rows = ReserveRequest.objects.filter(fund_id=fund_id, state=ReserveState.OPEN)
    return rows.select_related("maker", "payee", "reverses").order_by("id")


def requests_for(county: str, account_id: int, township: bool) -> QuerySet[ReserveRequest]:
    """Return what waits for a second person who is not its maker; a township agrees to payments and reversals only."""
    rows = ReserveRequest.objects.filter(fund__county=county, state=ReserveState.OPEN).exclude(maker_id=account_id)
    return rows.filter(kind__in=[ReserveKind.PAYMENT, ReserveKind.REVERSAL]) if township else rows


def request_by_id(request_id: int) -> ReserveRequest | None:
    """Return a request with its fund, None when there is none."""
    rows = ReserveRequest.objects.filter(pk=request_id)
    return rows.select_related("fund", "maker", "checker", "payee", "household").first()


def shares_of(request_id: int) -> QuerySet[ReserveShare]:
    """Return what of a payment is for whom, with the people."""
    return ReserveShare.objects.filter(request_id=request_id).select_related("person").order_by("id")


def entry_of_request(request_id: int) -> ReserveEntry | None:
    """Return the line a request became, None while it waits or when it was given back."""
    return ReserveEntry.objects.filter(request_id=request_id).first()


def entries_of(fund_id: int) -> QuerySet[ReserveEntry]:
    """Return the ledger, the newest first, with request and people."""
    rows = ReserveEntry.objects.filter(fund_id=fund_id)
    return rows.select_related("request__payee", "request__maker", "request__checker", "reverses").order_by("-seq")


def entry_by_id(entry_id: int) -> ReserveEntry | None:
    """Return a line of the ledger, None when there is none."""
    return ReserveEntry.objects.filter(pk=entry_id).select_related("request", "fund").first()


def unvouchered(fund_id: int) -> QuerySet[ReserveEntry]:
    """Return the payments and their reversals that no voucher accounts for, the oldest first."""
    rows = ReserveEntry.objects.filter(fund_id=fund_id, voucher_item__isnull=True)
    return rows.filter(kind__in=[ReserveKind.PAYMENT, ReserveKind.REVERSAL]).order_by("seq")


def vouchers_of(fund_id: int) -> QuerySet[ReserveVoucher]:
    """Return a fund's vouchers, the newest first."""
    return ReserveVoucher.objects.filter(entry__fund_id=fund_id).select_related("entry").order_by("-id")


def counts_of(fund_id: int) -> QuerySet[ReserveCount]:
    """Return a fund's counts of the cash, the newest first."""
    return ReserveCount.objects.filter(fund_id=fund_id).select_related("first", "second").order_by("-month", "-id")


def uncounted_funds(county: str, today: dt.date) -> QuerySet[ReserveFund]:
    """Return the funds whose cash of the month before was not counted by two people."""
    month = add_months(month_of(today), -1)
    done = ReserveCount.objects.filter(fund=OuterRef("pk"), month=month, state=ReserveState.APPROVED)
    opened = Q(opened_on__lt=month_of(today))
    return ReserveFund.objects.filter(opened, ~Exists(done), county=county).order_by("township")


def helps_in(county: str) -> QuerySet[HelpFirst]:
    """Return help given before the checks whose file is not complete, the most pressing first."""
    rows = HelpFirst.objects.filter(county=county, completed_on__isnull=True)
    return rows.select_related("entry__request__payee", "entry__fund").order_by("due_on", "id")


def overdue_helps(county: str, today: dt.date) -> QuerySet[HelpFirst]:
    """Return help given first whose file should have been complete before today (社会救助法 第五十条)."""
    return helps_in(county).filter(due_on__lt=today)


def undecided_helps(county: str) -> QuerySet[HelpFirst]:
    """Return help given first that was undue and whose recovery or write-off waits for the second person."""
    rows = HelpFirst.objects.filter(county=county, approved_by__isnull=True)
    rows = rows.filter(outcome__in=[HelpOutcome.RECOVER, HelpOutcome.WRITE_OFF])
    return rows.select_related("entry__request__payee", "entry__fund", "proposed_by").order_by("id")


def help_by_id(help_id: int) -> HelpFirst | None:
    """Return help given first, None when there is none."""
    return HelpFirst.objects.filter(pk=help_id).select_related("entry__request", "entry__fund").first()


def help_of_case(case_id: int) -> HelpFirst | None:
    """Return the help given first in a case, None when there was none."""
    rows = HelpFirst.objects.filter(case_id=case_id).exclude(outcome=HelpOutcome.REVERSED)
    return rows.select_related("entry__request", "entry__fund").first()


def paid_in_cases(case_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Return what reserve funds paid in cases, in fen by case and person; what was reversed or is recovered is not."""
    rows = ReserveShare.objects.filter(request__case_id__in=list(case_ids), due__state=DueState.LIVE)
    recovered = HelpFirst.objects.filter(outcome=HelpOutcome.RECOVER, approved_by__isnull=False, case_id__isnull=False)
    rows = rows.exclude(request__case_id__in=recovered.values("case_id"))
    found: dict[int, dict[int, int]] = {}
    for case_id, person_id, fen in rows.values_list("request__case_id", "person_id", "amount_fen"):
        people = found.setdefault(case_id or 0, {})
        people[person_id] = people.get(person_id, 0) + fen
    return found


def paid_any(benefit: str, county: str, since: dt.date) -> bool:
    """Tell whether a county's reserve funds paid anybody from a month on."""
    helped = ReserveShare.objects.filter(due__isnull=False).values("due_id")  # few: dues of a county are many
    rows = Due.objects.filter(pk__in=helped, benefit=benefit, state=DueState.LIVE, entitlement_month__gte=since)
    return rows.extra(where=[OF_COUNTY], params=[county]).exists()


def paid_apart(benefit: str, person_ids: Iterable[int], since: dt.date, but_cases: Iterable[int]) -> int:
    """Return what reserve funds paid for people from a month on that no decision contains, in fen.

    Left out are payments in `but_cases` (their decision contains them), and what was reversed or is recovered.
    """
    rows = ReserveShare.objects.filter(
        person_id__in=list(person_ids),
        due__benefit=benefit,
        due__state=DueState.LIVE,
        due__entitlement_month__gte=since,
    )
    undue = Q(outcome=HelpOutcome.RECOVER, approved_by__isnull=False)
    helps = HelpFirst.objects.filter(undue | Q(decision_id__isnull=False))
    rows = rows.exclude(request__entry__in=helps.values("entry")).exclude(
        request__case_id__in=[*but_cases, *helps.filter(case_id__isnull=False).values_list("case_id", flat=True)]
    )
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def settled_parts(decisions: Chosen) -> Settled:
    """Return which parts of decisions that pay once have event dues, or were paid out of a reserve fund before."""
    rows = Due.objects.filter(decision_id__in=among(decisions), kind=DueKind.EVENT)
    dues = rows.values_list("decision_id", "entitlement_month")
    helps = HelpFirst.objects.filter(decision_id__in=among(decisions)).values_list("decision_id", flat=True)
    return Settled(frozenset((pk or 0, month) for pk, month in dues), frozenset(pk or 0 for pk in helps))


def times_helped(benefit: str, person_ids: Iterable[int], today: dt.date) -> int:
    """Return how often the one helped most often of some people was helped in the last twelve months."""
    since = add_months(month_of(today), -11)
    rows = Due.objects.filter(
        benefit=benefit,
        person_id__in=list(person_ids),
        state=DueState.LIVE,
        kind__in=[DueKind.RESERVE, DueKind.EVENT],
        entitlement_month__gte=since,
    ).exclude(cause__in=[AFTER_RESERVE, LATER_STAGE])
    times: dict[int, int] = {}
    for person_id in rows.values_list("person_id", flat=True):
        times[person_id] = times.get(person_id, 0) + 1
    return max(times.values(), default=0)


def suggested_terms(county: str, date: dt.date) -> tuple[int, int]:
    """Return the float and the limit of one payment, in fen, that the parameters suggest; noughts where unknown."""
    return _whole(county, FLOAT, date) or 0, _whole(county, LIMIT, date) or 0


def file_days(county: str, date: dt.date) -> int | None:
    """Return within how many working days the file of help given first is to be complete."""
    return _whole(county, FILE_DAYS, date)


def repeats_a_year(county: str, date: dt.date) -> int | None:
    """Return how often within twelve months one may be helped without asking the county; None without a limit."""
    return _whole(county, REPEATS, date)


def _whole(county: str, name: str, date: dt.date) -> int | None:
    found = parameter_fen(county, name, month_of(date))
    return found[0] if found else None
