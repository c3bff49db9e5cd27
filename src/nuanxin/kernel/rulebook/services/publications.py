"""A new standard on its way: checked, simulated, approved by another person, published, or withdrawn."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import may
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months, month_of
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.selectors import latest_snapshot, snapshot_files
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.rulebook import laws, layers
from nuanxin.kernel.rulebook.amendments import changed_parameters, first_difference, masked
from nuanxin.kernel.rulebook.checks import check_books
from nuanxin.kernel.rulebook.contrast import contrast
from nuanxin.kernel.rulebook.enums import EffectState, PublicationState
from nuanxin.kernel.rulebook.law import LocalLaw
from nuanxin.kernel.rulebook.models import Adoption, Publication
from nuanxin.kernel.rulebook.releases import law_of, local_law
from nuanxin.kernel.rulebook.services.adoptions import adopt_publication
from nuanxin.kernel.rulebook.services.drafts import DRAFT, OPEN, base_of, note_act, opened_draft
from nuanxin.kernel.rulebook.services.runs import keep_release

APPROVE = "rulebook.approve"


@dataclass(frozen=True)
class PublicationNotice:
    """What rooms above are told when a standard has been published, or when its month has come."""

    publication_id: int
    county: str
    title: str
    effective_month: dt.date
    benefits: frozenset[str]
    law_before: str
    law_after: str
    document: str
    change: Change


Handler = Callable[[PublicationNotice], "dict[str, Any] | None"]
_handlers: list[Handler] = []


def register_publication_handler(handler: Handler) -> None:
    """Say who recomputes when a standard is published; it returns what it did, or None when the month is still to come.

    The room that runs months registers it. Called twice for one publication it must change nothing the second time.
    """
    _handlers[:] = [handler]


def effective_month(date: dt.date) -> dt.date:
    """Return the first month a value in force from a date counts for: parameters are read on the first of a month."""
    return date if date.day == 1 else add_months(month_of(date), 1)


def check_publication(*, account: Account, publication_id: int) -> Publication:
    """Check the draft in a candidate layer, as `nuanxin check` does; nothing in force is touched.

    All faults are kept with file and line; the state becomes `checked` when there is none.
    """
    require(account, DRAFT)
    one = opened_draft(publication_id)
    base = base_of(one.county, author_of(account))
    texts = layers.merged(layers.kept_texts(base.layer), one.files)
    with layers.laid_out(one.county, texts) as roots:
        faults = [layers.plainly(fault, roots) for fault in check_books(roots, county=one.county).faults]
        if not faults:
            faults = _date_faults(laws.kept_law(base.law_sm3), local_law(one.county, roots), one)
    state = PublicationState.DRAFT if faults else PublicationState.CHECKED
    return note_act(one, account, "check_standard", OPEN[:3], faults=faults, state=state, figures={})


def _date_faults(before: LocalLaw, after: LocalLaw, one: Publication) -> list[dict[str, object]]:
    """Return where a draft alters what held before the date it names, and whether it alters anything at all."""
    first = first_difference(before, after)
    place = {"file": next(iter(one.files), ""), "line": 1}
    if first is None:
        return [{**place, "message": "这份草稿没有改动任何标准或待遇。请检查内容。"}]
    if first < one.effective_from:
        words = f"改动从 {first} 起就有影响，早于写明的起效日 {one.effective_from}。请把起效日改早，或改正文件。"
        return [{**place, "message": words}]
    return []


def simulate_publication(*, account: Account, publication_id: int) -> Publication:
    """Run the draft as what-if on the newest snapshot in its first month: gainers, losers, cost by township, the list.

    The figures are kept with the draft; approving needs them, for exactly this text on exactly this law.
    """
    require(account, DRAFT)
    one = opened_draft(publication_id)
    if one.state not in (PublicationState.CHECKED, PublicationState.SIMULATED):
        raise Refused("standard.unchecked", "草稿还没有通过检查。", "请先检查；有错的请改正后再检查。")
    base = base_of(one.county, author_of(account))
    month = effective_month(one.effective_from)
    snapshot = latest_snapshot(one.county) or take_snapshot(county=one.county)
    texts = layers.merged(layers.kept_texts(base.layer), one.files)
    with layers.laid_out(one.county, texts) as roots:
        after = local_law(one.county, roots)
        before = laws.kept_law(base.law_sm3)
        difference = laws.amended(before, after, month)
        target = store.absolute(f"whatif/{one.county}/publication-{one.pk}.parquet")
        answer = contrast(
            laws.law_in(before, month), laws.law_in(after, month), snapshot_files(snapshot), month, target
        )
    figures = {
        "month": f"{month:%Y-%m}",
        "snapshot_id": snapshot.pk,
        "current": answer.current,
        "cost_fen": answer.cost_fen,
        "benefits": [asdict(row) for row in answer.benefits],
        "townships": [asdict(row) for row in answer.townships],
        "remarks": masked(after, one.effective_from, changed_parameters(before, after)),
        "why": {code: list(reasons) for code, reasons in difference.benefits.items()},
        "list": target.relative_to(store.root()).as_posix(),
    }
    return note_act(
        one,
        account,
        "simulate_standard",
        OPEN[1:3],
        state=PublicationState.SIMULATED,
        figures=figures,
        benefits=sorted(difference.benefits),
        snapshot_id=snapshot.pk,
        base_sm3=base.law_sm3,
        files_sm3=files_sm3(one.files),
    )


def files_sm3(files: Mapping[str, str | None]) -> str:
    """Return what the text of a draft is known by."""
    return sm3_hex(repr(sorted(files.items())))


def approve_publication(*, account: Account, publication_id: int) -> Publication:
    """Agree to a simulated draft as another person than its maker; Refused when text or law have changed since."""
    require(account, APPROVE)
    one = opened_draft(publication_id)
    if one.state != PublicationState.SIMULATED:
        raise Refused("standard.not_simulated", "这份草稿还没有测算过影响。", "请起草人先检查、测算，再来核准。")
    if one.maker_id == account.pk:
        raise Refused("standard.same_person", "起草人不能核准自己起草的标准。", "请由另一位有“核准标准”权限的人核准。")
    _refuse_stale(one, base_of(one.county, author_of(account)))
    return note_act(
        one,
        account,
        "approve_standard",
        (PublicationState.SIMULATED,),
        state=PublicationState.APPROVED,
        checker=account,
        approved_on=clock.today(),
    )


def _refuse_stale(one: Publication, base: Adoption) -> None:
    if (one.base_sm3, one.files_sm3) != (base.law_sm3, files_sm3(one.files)):
        raise Refused("standard.stale", "测算之后，草稿或现行标准又有改动。", "请重新检查、测算，再核准。")


def publish_publication(*, account: Account, publication_id: int) -> Publication:
    """Put an approved standard in force from its date: files into the layer, release, adoption, then everybody anew.

    Killed anywhere, called again it goes on. What cannot be carried out yet waits for its month's run.
    """
    require(account, APPROVE)
    one = opened_draft(publication_id, PublicationState.APPROVED, PublicationState.PUBLISHED)
    author = author_of(account)
    if one.state == PublicationState.APPROVED:
        base = base_of(one.county, author)
        _refuse_stale(one, base)
        _refuse_odd_layer(one.county, base, one)
        one = _put_in_force(one, base, account)
    return carry_out(publication_id=one.pk, author=author)


def _refuse_odd_layer(county: str, base: Adoption, one: Publication) -> None:
    """Other people's unpublished files must not come into force along with this standard."""
    odd = [row for row in layers.unpublished(county, base.layer) if row.file not in one.files]
    if odd:
        raise Refused(
            "rulebook.unpublished",
            f"本县目录里还有 {len(odd)} 个没有发布的文件，如 {odd[0].file}。",
            "请先把它们收为草稿，或恢复原样，再发布。",
        )


def _put_in_force(one: Publication, base: Adoption, account: Account) -> Publication:
    texts = layers.merged(layers.kept_texts(base.layer), one.files)
    layers.keep_texts(texts)
    layers.write_files(one.files)
    month = effective_month(one.effective_from)
    law = law_of(one.county, month)
    with transaction.atomic():
        adoption = adopt_publication(publication=one, month=month, author=author_of(account), layer=layers.sums(texts))
        return note_act(
            one,
            account,
            "publish_standard",
            (PublicationState.APPROVED,),
            state=PublicationState.PUBLISHED,
            published_on=clock.today(),
            effect=EffectState.WAITING,
            law_before=base.law_sm3,
            law_after=adoption.law_sm3,
            release=keep_release(law=law),
        )


def carry_out(*, publication_id: int, author: Author) -> Publication:
    """Let a published standard reach the grants in force, as far as its months have been run; again, it goes on."""
    one = opened_draft(publication_id, PublicationState.PUBLISHED)
    if one.effect != EffectState.WAITING or not _handlers:
        return one
    with transaction.atomic():
        source = f"publication:{one.pk}"
        change = open_change(author=author, verb="carry_out_standard", reason=one.title, source=source)
    done = _handlers[0](notice_of(one, change))
    if done is None:
        return one
    with transaction.atomic():
        one.outcome, one.effect = done, EffectState.DONE
        one.save(update_fields=["outcome", "effect"])
    return one


def notice_of(one: Publication, change: Change) -> PublicationNotice:
    """Return a publication as rooms above are told of it."""
    return PublicationNotice(
        publication_id=one.pk,
        county=one.county,
        title=one.title,
        effective_month=effective_month(one.effective_from),
        benefits=frozenset(one.benefits),
        law_before=one.law_before,
        law_after=one.law_after,
        document=documents_of(one),
        change=change,
    )


def documents_of(one: Publication) -> str:
    """Return the documents and articles a published standard rests on."""
    before, after = laws.kept_law(one.law_before), laws.kept_law(one.law_after)
    month = effective_month(one.effective_from)
    values = [value for name in changed_parameters(before, after) if (value := after.parameters[name].on(month))]
    named = [f"{value.document} {value.article}".strip() for value in values]
    for code, versions in after.benefits.items():
        old = [laws.plain(placed.item) for _, placed in before.benefits.get(code, [])]
        new = [placed.item for _, placed in versions if laws.plain(placed.item) not in old]
        named += [f"{basis.document} {basis.article}".strip() for item in new for basis in item.basis]
    return "；".join(dict.fromkeys(named)) or one.title


def withdraw_publication(*, account: Account, publication_id: int, reason: str) -> Publication:
    """Take back a draft that is not in force; what has been published is replaced by a new standard instead."""
    require(account, DRAFT if may_draft(account) else APPROVE)
    if len(reason.strip()) < 2:
        raise Refused("standard.reason", "撤回必须写明理由。", "请填写理由后再撤回。")
    one = opened_draft(publication_id, *OPEN, PublicationState.PUBLISHED)
    if one.state == PublicationState.PUBLISHED:
        raise Refused("standard.in_force", "这个标准已经发布，不能撤回。", "请另行起草新的标准来代替它。")
    return note_act(
        one, account, "withdraw_standard", OPEN, state=PublicationState.WITHDRAWN, reason=reason.strip()[:200]
    )


def may_draft(account: Account) -> bool:
    """Return whether an account may draft standards."""
    return may(account, DRAFT)
