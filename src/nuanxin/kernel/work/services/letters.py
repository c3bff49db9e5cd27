"""Letters are queued in bulk, get their number when they are issued, and are delivered."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import Max

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.bulk import bulk_insert
from nuanxin.kernel.core.changes import Author, note_item, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.registry.selectors import township_of
from nuanxin.kernel.work.enums import Delivery, LetterState
from nuanxin.kernel.work.models import Letter, LetterText
from nuanxin.kernel.work.selectors.letters import letter_words, queued_keys
from nuanxin.kernel.work.values import LetterDraft
from nuanxin.kernel.work.wording import Frozen, frozen_wording
from nuanxin.kernel.work.words import canonical

COLUMNS = [
    "county",
    "township",
    "division_id",
    "owner_kind",
    "owner_id",
    "change_id",
    "kind",
    "person_id",
    "household_id",
    "key",
    "state",
    "values",
    "values_sm3",
    "wording_id",
    "queued_on",
    "series",
]
KEY = COLUMNS.index("key")
BATCH, ISSUED_AT_ONCE, TRIES = 2000, 200, 50


def queue_letters(*, change: Change, drafts: Sequence[LetterDraft]) -> int:
    """Queue letters and return how many are new; one whose key is known is left as it is, whatever its state.

    Values and wording are frozen with their SM3; no file is made and no number taken. Values the kind does not know are
    left out; Fault on one it lacks or of the wrong type. Batches of 2,000, each a transaction unless the caller holds
    one.
    """
    by_key = {draft.key: draft for draft in drafts}
    if "" in by_key:
        raise Fault("a letter needs a key")
    wordings = {kind: frozen_wording(*kind, change.business_date) for kind in {(d.kind, d.county) for d in drafts}}
    prepared = (_row(change, draft, wordings[draft.kind, draft.county]) for draft in by_key.values())
    queued = 0
    while rows := list(islice(prepared, BATCH)):
        queued += _queue_once(rows, wordings.values())
    return queued


def _queue_once(rows: list[tuple[object, ...]], wordings: Iterable[Frozen]) -> int:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                _keep_wordings(wordings)
                held = queued_keys([str(row[KEY]) for row in rows])
                fresh = [row for row in rows if row[KEY] not in held]
                return bulk_insert(model=Letter, columns=COLUMNS, rows=fresh) if fresh else 0
        except IntegrityError as error:
            if "key" not in str(error):
                raise
    raise Fault("letters with the same keys are being queued all the time")


def _keep_wordings(wordings: Iterable[Frozen]) -> None:
    """Store each wording once under its SM3; another writer may be storing the same."""
    wanted = {one.sm3: one for one in wordings}
    held = set(LetterText.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    missing = [
        LetterText(sm3=one.sm3, kind=one.kind, county=one.county, text=one.text)
        for sm3, one in wanted.items()
        if sm3 not in held
    ]
    if missing:
        LetterText.objects.bulk_create(missing, ignore_conflicts=True)


def _row(change: Change, draft: LetterDraft, wording: Frozen) -> tuple[object, ...]:
    values = canonical(draft.values, wording.types)
    missing = wording.needed - json.loads(values).keys()
    if missing:
        raise Fault(f"the letter {draft.kind} lacks {', '.join(sorted(missing))}")
    kind, number = draft.owner
    return (
        draft.county,
        township_of(draft.division_id),
        draft.division_id,
        kind,
        number,
        change.pk,
        draft.kind,
        draft.person_id,
        draft.household_id,
        draft.key,
        LetterState.QUEUED.value,
        values,
        sm3_hex(values),
        wording.sm3,
        change.business_date,
        wording.series,
    )


def issue_letters(*, author: Author, letter_ids: Iterable[int], on: dt.date | None = None) -> int:
    """Give queued letters their numbers of the year, in the order given, and return how many were issued.

    Numbers run without a gap per county, series and year: the next one is taken inside the transaction that keeps it,
    and whoever loses the race takes again. Issued letters stay as they are. Batches of 200.
    """
    rest = iter(list(dict.fromkeys(letter_ids)))
    issued = 0
    while part := list(islice(rest, ISSUED_AT_ONCE)):
        issued += _issue_once(author, part, on or clock.today())
    return issued


def _issue_once(author: Author, ids: list[int], on: dt.date) -> int:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _issue(author, ids, on)
        except IntegrityError as error:
            if "number" not in str(error):
                raise
    raise Fault("the numbers of letters are too busy to take one")


def _issue(author: Author, ids: list[int], on: dt.date) -> int:
    held = Letter.objects.select_for_update().select_related("wording").filter(pk__in=ids, state=LetterState.QUEUED)
    letters = sorted(held, key=lambda letter: ids.index(letter.pk))
    if not letters:
        return 0
    open_change(author=author, verb="issue_letters", reason="制发文书", source="work", rows=len(letters))
    last: dict[tuple[str, str], int] = {}
    for letter in letters:
        letter_words(letter)  # refused where frozen parts were altered: before a number is spent
        series = (letter.county, letter.series)
        last[series] = (last[series] if series in last else _last_number(*series, on.year)) + 1
        letter.year, letter.number, letter.issued_on = on.year, last[series], on
        letter.issued_by_id, letter.state = author.account_id, LetterState.ISSUED
        letter.booked_month = booking_month(letter.county, on)
    Letter.objects.bulk_update(
        letters, ["year", "number", "issued_on", "issued_by", "state", "booked_month"], batch_size=100
    )
    return len(letters)


def _last_number(county: str, series: str, year: int) -> int:
    rows = Letter.objects.filter(county=county, series=series, year=year)
    return int(rows.aggregate(last=Max("number"))["last"] or 0)


def mark_delivered(*, author: Author, letter_id: int, on: dt.date, method: str) -> Letter:
    """Record that an issued letter reached the person; Refused before it was issued, in the future, or twice."""
    with transaction.atomic():
        letter = _held(letter_id)
        if letter.state != LetterState.ISSUED or letter.issued_on is None:
            raise Refused("letter.delivered", "这份文书还没有制发，或已经登记送达。", "请先制发，再登记送达。")
        if not letter.issued_on <= on <= clock.today():
            raise Refused("letter.delivered_on", "送达日期不能早于制发日期，也不能晚于今天。", "请核对日期。")
        if method not in Delivery.values:
            raise Refused("letter.method", "没有这种送达方式。", f"可用的方式：{'、'.join(Delivery.labels)}。")
        letter.delivered_on, letter.delivered_by, letter.state = on, Delivery(method), LetterState.DELIVERED
        letter.save(update_fields=["delivered_on", "delivered_by", "state"])
        _note(author, "mark_delivered", "登记送达", letter, {"state": ["issued", "delivered"], "on": [None, on]})
    return letter


def void_letter(*, author: Author, letter_id: int, reason: str) -> Letter:
    """Void a letter that was not delivered; its number, if it has one, is not given again."""
    with transaction.atomic():
        letter = _held(letter_id)
        if letter.state not in (LetterState.QUEUED, LetterState.ISSUED):
            raise Refused("letter.void", "已送达或已作废的文书不能作废。", "内容有误的，请另发一份更正的文书。")
        if len(reason.strip()) < 2:
            raise Refused("letter.reason", "作废文书必须说明原因。", "请填写原因。")
        before, letter.state, letter.void_reason = letter.state, LetterState.VOID, reason.strip()[:120]
        letter.save(update_fields=["state", "void_reason"])
        _note(author, "void_letter", letter.void_reason, letter, {"state": [before, "void"]})
    return letter


def _held(letter_id: int) -> Letter:
    letter = Letter.objects.select_for_update().filter(pk=letter_id).first()
    if letter is None:
        raise Refused("letter.unknown", f"没有编号为 {letter_id} 的文书。", "请刷新页面再试。")
    return letter


def _note(author: Author, verb: str, reason: str, letter: Letter, diff: dict[str, list[object]]) -> None:
    change = open_change(author=author, verb=verb, reason=reason, source=f"letter:{letter.pk}")
    note_item(change=change, table="work_letter", record_id=letter.pk, action=verb[:12], diff=diff)
