"""The checker's part: another person agrees, and what was decided takes effect in the same transaction."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Q

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_filter, area_level
from nuanxin.kernel.access.services import require
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.county_matters import Circle, complained_about, undecided_complaints
from nuanxin.kernel.casework.enums import ApplicationState, Outcome, ProposalKind, ProposalState
from nuanxin.kernel.casework.limits import beyond_limit, concerned_by_limits, is_limited
from nuanxin.kernel.casework.models import Application, Decision, Proposal
from nuanxin.kernel.casework.selectors.payees import accounts_for
from nuanxin.kernel.casework.services.complained import take_up_complained
from nuanxin.kernel.casework.services.making import frozen_in, refuse_complained, refuse_void, subject_of
from nuanxin.kernel.casework.services.payees import ask_after_decision
from nuanxin.kernel.casework.services.voiding import void_stale
from nuanxin.kernel.casework.values import Assessed, BenefitRule
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month, months_asked_once
from nuanxin.kernel.core.bulk import uncollected
from nuanxin.kernel.core.changes import author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.grants.selectors import covered_persons, open_subjects
from nuanxin.kernel.grants.services import award_grants, change_grants, end_grants
from nuanxin.kernel.grants.values import Award, GrantChange, GrantEnd
from nuanxin.kernel.registry.selectors import single_account
from nuanxin.kernel.registry.selectors.money import homes_of, homes_of_households

BATCH = 500  # a quarter of a millisecond each in the transaction, which may take 300
TOWNSHIP = "township"
Key = tuple[str, int | None, dt.date]


def check_decision(*, checker: Account, decision_id: int) -> Decision:
    """Agree to one decision; Refused to its maker, outside the area, or when it cannot take effect."""
    decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None or decision.outcome != Outcome.PENDING:
        raise Refused("casework.not_pending", "这项决定已经复核或不存在。", "请刷新列表后再办。")
    if decision.maker_id == checker.pk:
        raise Refused("casework.same_person", "经办人不能复核自己办理的事项。", "请由另一位有审核权限的人员复核。")
    if not check_decisions(checker=checker, decision_ids=[decision_id]):
        decision.proposal.refresh_from_db()
        refuse_void(decision.proposal)
        refuse_complained(decision.proposal)
        _refuse_beyond(decision)
        raise Refused(
            "casework.no_effect", "这项决定现在不能生效：对象已在享受、已停发，或不在您的辖区。", "请核对后退回经办。"
        )
    return Decision.objects.get(pk=decision_id)


def check_in_case(*, checker: Account, decision_id: int) -> Decision:
    """Agree to the decision of a case; who may was settled by the case's workflow and place, never its maker."""
    require(checker, "cases.check")
    decision = Decision.objects.filter(pk=decision_id, outcome=Outcome.PENDING).first()
    if decision is None:
        raise Refused("casework.not_pending", "这项决定已经复核或不存在。", "请刷新案件后再办。")
    if decision.maker_id == checker.pk:
        raise Refused("casework.same_person", "经办人不能复核自己办理的事项。", "请由另一位有审核权限的人员复核。")
    if not _check(checker, [decision_id], in_case=True):
        _refuse_beyond(decision)
        raise Refused("casework.no_effect", "这项决定现在不能生效：对象已在享受，或待遇已停发。", "请核对后退回经办。")
    return Decision.objects.select_related("proposal").get(pk=decision_id)


def _refuse_beyond(decision: Decision) -> None:
    """Say that it is too much with what was granted before, where that is why a decision takes no effect."""
    refusal = beyond_limit(decision.proposal, decision.receipt)
    if refusal is not None and decision.opinion == Outcome.APPROVED:
        raise refusal


@uncollected()
def check_decisions(*, checker: Account, decision_ids: Sequence[int]) -> list[int]:
    """Agree to many decisions in batches and return the ids of those that took effect.

    Left out, and still pending, are the checker's own, those outside the area, those on somebody with an undecided
    complaint, those void because their inputs changed (proposed anew), and those without effect now (the subject is
    paid already, the grant has ended, several together would grant too much). Refused to a township: what is
    delegated to it is decided in cases.
    """
    _require_county(checker)
    done: list[int] = []
    circles = undecided_complaints(checker.area.rpartition(".")[2])
    for start in range(0, len(decision_ids), BATCH):
        done += _check(checker, list(decision_ids[start : start + BATCH]), circles)
    return done


def _require_county(checker: Account) -> None:
    """Refuse what the month proposes to who checks in cases only: a township."""
    require(checker, "cases.check")
    if area_level(checker) == TOWNSHIP:
        raise Refused(
            "casework.county_checks", "月度建议由县局复核，乡镇不能直接复核。", "委托乡镇确认的事项，请从案件办理。"
        )


def return_decision(*, checker: Account, decision_id: int, reason: str) -> Decision:
    """Give a decision of the month back to its makers; Refused to a township, and outside the checker's county."""
    _require_county(checker)
    mine = area_filter(checker, "household__division") | area_filter(checker, "person__division")
    if not Decision.objects.filter(mine, pk=decision_id).exists():
        raise Refused("casework.not_pending", "这项决定已经复核或不存在。", "请刷新列表后再办。")
    return return_in_case(checker=checker, decision_id=decision_id, reason=reason)


def return_in_case(*, checker: Account, decision_id: int, reason: str) -> Decision:
    """Give a decision back to the makers: the proposal is open again, or a case where a complaint came meanwhile.

    Who may give back the decision of a case was settled by the case's workflow and place.
    """
    require(checker, "cases.check")
    with transaction.atomic():
        decision = Decision.objects.select_for_update().filter(pk=decision_id, outcome=Outcome.PENDING).first()
        if decision is None:
            raise Refused("casework.not_pending", "这项决定已经复核或不存在。", "请刷新列表后再办。")
        change = open_change(author=author_of(checker), verb="return_decision", reason=reason[:200], source="审核")
        decision.change, decision.reason = change, reason[:200]
        decision.save(update_fields=["change", "reason"])
        Proposal.objects.filter(pk=decision.proposal_id).update(state=ProposalState.OPEN)
        take_up_complained(change=change, county=decision.county, month=decision.proposal.month)
    return decision


@months_asked_once()
def _check(checker: Account, ids: list[int], circles: Sequence[Circle] = (), in_case: bool = False) -> list[int]:
    mine = area_filter(checker, "household__division") | area_filter(checker, "person__division")
    free = Q(proposal__case__isnull=True) | Q(proposal__case__closed_on__isnull=False)
    pending = Decision.objects.filter(
        Q() if in_case else mine & free, ~Q(maker_id=checker.pk), pk__in=ids, outcome=Outcome.PENDING,
        proposal__state=ProposalState.MADE,
    )  # fmt: skip
    decisions = list(pending.select_related("proposal", "proposal__application").order_by("id"))
    complained = complained_about([one.proposal for one in decisions], circles)
    decisions = [one for one in decisions if one.proposal_id not in complained]
    if not in_case:
        void = void_stale([one.proposal for one in decisions])
        decisions = [one for one in decisions if one.proposal_id not in void]
    groups: dict[Key, list[Decision]] = defaultdict(list)
    for decision in decisions:
        groups[decision.benefit, decision.proposal.assessment_run_id, decision.proposal.month].append(decision)
    assessed = {key: _assessed(key, group) for key, group in groups.items()}
    with transaction.atomic():
        still = set(pending.select_for_update(of=("self",)).values_list("id", flat=True))
        still &= {decision.pk for decision in decisions}
        change = open_change(
            author=author_of(checker), verb="check_decision", reason="复核同意", source="月度建议", rows=len(still)
        )
        done: list[int] = []
        for key, group in groups.items():
            live = [decision for decision in group if decision.pk in still]
            done += _Effect(change, checker, live, assessed[key]).write()
    return done


def _assessed(key: Key, group: list[Decision]) -> dict[int, Assessed]:
    """Return by subject what the run found, or what a proposal from the counter froze."""
    benefit, run_id, _ = key
    if run_id is None:
        found = {subject_of(decision.proposal): frozen_in(decision.proposal) for decision in group}
        return {subject: one for subject, one in found.items() if one is not None}
    return assessor().assessed(run_id, benefit, [subject_of(decision.proposal) for decision in group])


def _within_limits(decisions: list[Decision]) -> list[Decision]:
    """Return the decisions that limits over several let pass, of a limited benefit one for each subject at a time."""
    within, seen = [], set()
    concerned = concerned_by_limits(one.proposal for one in decisions)
    for one in decisions:
        if is_limited(one.proposal):
            subject = (one.benefit, subject_of(one.proposal))
            beyond = one.proposal_id in concerned and beyond_limit(one.proposal, one.receipt)
            if subject in seen or beyond:
                continue
            seen.add(subject)
        within.append(one)
    return within


def _from_month_assessed(proposal: Proposal) -> bool:
    """Tell whether a change counts from the month assessed: by a new standard, alone or where it still raises."""
    raises = proposal.after_fen > proposal.before_fen
    return proposal.cause == "standard" or (proposal.cause == "several" and raises)


def _payee_of(application: Application) -> int | None:
    """Return to which account an application's money goes: the one named, else the one that fits by now."""
    if application.payee_id is None:
        fits = accounts_for(
            county=application.county, benefit=application.benefit, person_id=application.person_id,
            household_id=application.household_id, on=clock.today(),
        )  # fmt: skip
        application.payee_id = single_account(fits) if fits else None
    return application.payee_id


class _Effect:
    """What decisions on one benefit do: grants made, changed, ended; applications and proposals closed."""

    def __init__(
        self, change: Change, checker: Account, decisions: list[Decision], assessed: dict[int, Assessed]
    ) -> None:
        self.change, self.checker, self.decisions, self.assessed = change, checker, decisions, assessed
        self.effective: dict[int, dt.date | None] = {}

    def write(self) -> list[int]:
        """Write everything; return the ids of decisions that took effect."""
        if not self.decisions:
            return []
        first = self.decisions[0]
        rule = assessor().rule(first.county, first.proposal.month, first.benefit)
        agreed = [one for one in self.decisions if one.opinion == Outcome.APPROVED]
        for one in self.decisions:
            if one.opinion == Outcome.REJECTED or one.kind == ProposalKind.REFUSE:
                self.effective[one.pk] = None
        starts = [one for one in agreed if one.kind == ProposalKind.START]
        self._start(rule, starts)
        self._change(rule, [one for one in agreed if one.kind == ProposalKind.CHANGE])
        self._stop([one for one in agreed if one.kind == ProposalKind.STOP])
        return self._close()

    def _start(self, rule: BenefitRule, decisions: list[Decision]) -> None:
        if rule.once:
            within = _within_limits(decisions)
            self.effective.update({one.pk: self._base(one) for one in within})
            ask_after_decision(change=self.change, rule=rule, decisions=within)
            return
        free = self._free(rule, decisions)
        homes = homes_of([one.person_id for one in free if one.person_id is not None])
        units = homes_of_households([one.household_id for one in free if one.household_id is not None])
        awards = [self._award(rule, one, homes, units) for one in free]
        award_grants(change=self.change, awards=awards)
        self.effective.update({one.pk: award.from_date for one, award in zip(free, awards, strict=True)})
        ask_after_decision(change=self.change, rule=rule, decisions=free)

    def _free(self, rule: BenefitRule, decisions: list[Decision]) -> list[Decision]:
        """Return the decisions whose subject and persons do not have the benefit yet, each subject once."""
        taken = open_subjects(
            rule.benefit,
            persons=[one.person_id for one in decisions if one.person_id is not None],
            households=[one.household_id for one in decisions if one.household_id is not None],
        )
        persons = [covered.person_id for one in decisions for covered in self._persons(one)]
        covered = set(covered_persons(rule.benefit, persons))
        free = []
        for one in decisions:
            subject = (
                ("household", one.household_id) if one.household_id is not None else ("person", one.person_id or 0)
            )
            ids = {covered_person.person_id for covered_person in self._persons(one)}
            if subject not in taken and ids and not ids & covered:
                free.append(one)
                taken.add(subject)
                covered |= ids
        return free

    def _persons(self, decision: Decision):  # type: ignore[no-untyped-def]
        found = self.assessed.get(subject_of(decision.proposal))
        return found.persons if found else ()

    def _award(self, rule: BenefitRule, one: Decision, homes: dict[int, str], units: dict[int, str]) -> Award:
        home = units[one.household_id] if one.household_id is not None else homes[one.person_id or 0]
        application = one.proposal.application
        return Award(
            county=one.county,
            township=home[:9],
            division=home,
            benefit=one.benefit,
            pays=rule.pays,
            from_date=self._first_month(rule, one),
            persons=self._persons(one),
            basis="decision",
            person_id=one.person_id if one.household_id is None else None,
            household_id=one.household_id,
            payee_id=_payee_of(application) if application else None,
            decision_id=one.pk,
            assessment_run_id=one.proposal.assessment_run_id,
        )

    def _base(self, one: Decision) -> dt.date:
        """Return the month of the decision: the proposal's, or the present one when it is later."""
        return max(one.proposal.month, month_of(clock.today()))

    def _first_month(self, rule: BenefitRule, one: Decision) -> dt.date:
        """Return the first month paid by the benefit's declared start."""
        application = one.proposal.application
        filed = month_of(application.filed_on) if application else self._base(one)
        return {
            "month_after_decision": add_months(self._base(one), 1),
            "month_of_decision": self._base(one),
            "month_of_application": filed,
            "month_after_application": add_months(filed, 1),
            "month_after_birthday": one.proposal.month,
            "event": self._base(one),
        }[rule.starts]

    def _change(self, rule: BenefitRule, decisions: list[Decision]) -> None:
        changes = []
        for one in decisions:
            if one.proposal.grant_id is None or not self._persons(one):
                continue
            start = one.proposal.month if _from_month_assessed(one.proposal) else add_months(self._base(one), 1)
            run_id = one.proposal.assessment_run_id
            changes.append(GrantChange(one.proposal.grant_id, start, self._persons(one), run_id))
            self.effective[one.pk] = start
        change_grants(change=self.change, changes=changes)

    def _stop(self, decisions: list[Decision]) -> None:
        ends = []
        for one in decisions:
            if one.proposal.grant_id is not None:
                end = add_months(self._base(one), 1)
                ends.append(GrantEnd(one.proposal.grant_id, end, one.proposal.cause, one.pk))
                self.effective[one.pk] = end
        end_grants(change=self.change, ends=ends)

    def _close(self) -> list[int]:
        """Close what took effect: decisions, proposals, applications."""
        done = [one for one in self.decisions if one.pk in self.effective]
        date = connection.ops.adapt_datefield_value
        today = clock.today()
        rows = [
            (one.opinion, self.checker.pk, date(today), date(booking_month(one.county, today)),
             date(self.effective[one.pk]), self.change.pk, one.pk)
            for one in done
        ]  # fmt: skip
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE casework_decision SET outcome = %s, checker_id = %s, decided_on = %s, booked_month = %s,"
                    " effective_from = %s, change_id = %s WHERE id = %s",
                    rows,
                )
        for outcome, state in ((Outcome.APPROVED, ProposalState.APPROVED), (Outcome.REJECTED, ProposalState.REJECTED)):
            ids = [one.proposal_id for one in done if one.opinion == outcome]
            Proposal.objects.filter(pk__in=ids).update(state=state)
        self._close_applications(done)
        return [one.pk for one in done]

    def _close_applications(self, done: list[Decision]) -> None:
        states: dict[str, list[int]] = defaultdict(list)
        for one in done:
            application_id = one.proposal.application_id
            if application_id is None:
                continue
            if one.kind == ProposalKind.START:
                granted = one.opinion == Outcome.APPROVED
                states[ApplicationState.APPROVED if granted else ApplicationState.REFUSED].append(application_id)
            elif one.kind == ProposalKind.REFUSE and one.opinion == Outcome.APPROVED:
                states[ApplicationState.REFUSED].append(application_id)
        for state, ids in states.items():
            Application.objects.filter(pk__in=ids).update(state=state)
