"""Drafts of new standards: a value typed on a page, files, or what somebody has put into the county's folder."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.rulebook import layers
from nuanxin.kernel.rulebook.books import open_books
from nuanxin.kernel.rulebook.enums import PublicationState
from nuanxin.kernel.rulebook.models import Adoption, Publication
from nuanxin.kernel.rulebook.releases import local_law
from nuanxin.kernel.rulebook.services.adoptions import adopt_first

DRAFT = "rulebook.draft"
OPEN = (PublicationState.DRAFT, PublicationState.CHECKED, PublicationState.SIMULATED, PublicationState.APPROVED)


def draft_value(
    *,
    account: Account,
    county: str,
    parameter: str,
    value: str | Mapping[Any, str],
    effective_from: dt.date,
    document: str,
    article: str = "",
    note: str = "",
    assumption: bool = False,
) -> Publication:
    """Draft a parameter's value from a date: one value with its unit, or a table or bands; Refused without a clause."""
    declared = local_law(county).parameters.get(parameter)
    if declared is None:
        raise Refused("standard.parameter", f"没有名为“{parameter}”的标准。", "请从“全部标准”里选。")
    if not document.strip():
        raise Refused("standard.document", "新标准必须写明文件依据。", "请填写文件名称和文号。")
    shape = declared.declared.shape
    row: dict[str, Any] = {"from": effective_from.isoformat()}
    row[shape] = {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else str(value)
    row |= {"document": document.strip(), "article": article.strip(), "note": note.strip()}
    row = {key: cell for key, cell in row.items() if cell} | ({"assumption": "true"} if assumption else {})
    text = yaml.safe_dump({"values": {parameter: [row]}}, allow_unicode=True, sort_keys=False, width=120)
    title = f"{declared.declared.label}（{effective_from.isoformat()} 起）"
    name = _free_name(county, f"{parameter}_{effective_from:%Y%m%d}")
    files: dict[str, str | None] = {name: text, **_replaced(county, parameter, effective_from)}
    return draft_files(account=account, county=county, files=files, title=title, effective_from=effective_from)


def _replaced(county: str, parameter: str, start: dt.date) -> dict[str, None]:
    """Return the file of an earlier value from the same day, which goes; Refused when the file holds more than that."""
    for name, placed in open_books().values:
        if name != parameter or placed.layer != f"home:{county}" or all(v.from_ != start for v in placed.item):
            continue
        file = Path(placed.document.file).relative_to(layers.home()).as_posix()
        data = placed.document.data
        if len(placed.item) > 1 or list(data) != ["values"] or len(data["values"]) > 1:
            raise Refused(
                "standard.twice", f"文件 {file} 里已有 {start} 起的取值。", "请修改那个文件，再收为草稿发布。"
            )
        return {file: None}
    return {}


def _free_name(county: str, stem: str) -> str:
    """Return a file name that neither the layer nor another draft uses."""
    drafts = Publication.objects.filter(county=county, state__in=OPEN).values_list("files", flat=True)
    taken = {*layers.on_disk(county), *(name for files in drafts for name in files)}
    names = (f"{county}/parameters/{stem}{f'_{n}' if n else ''}.yaml" for n in range(1000))
    return next(name for name in names if name not in taken)


def draft_files(
    *, account: Account, county: str, files: Mapping[str, str | None], title: str, effective_from: dt.date
) -> Publication:
    """Draft a change of declaration files of the county's own layer; None as text takes a file away."""
    require(account, DRAFT)
    layers.refuse_odd_names(county, files)
    author = author_of(account)
    with transaction.atomic():
        change = open_change(author=author, verb="draft_standard", reason=title, source="政策规则", rows=len(files))
        return Publication.objects.create(
            county=county,
            title=title[:120],
            files=dict(files),
            effective_from=effective_from,
            maker=account,
            change=change,
        )


def take_in_files(*, account: Account, county: str, title: str, effective_from: dt.date) -> Publication:
    """Make a draft of the files somebody has put into the layer by hand, and put the layer back as it was published.

    So a dropped file becomes a new standard like any other, and the month can run while people look at it.
    """
    require(account, DRAFT)
    base = base_of(county, author_of(account))
    now = layers.on_disk(county)
    odd = [one.file for one in layers.unpublished(county, base.layer)]
    draft = draft_files(
        account=account,
        county=county,
        files={name: now.get(name) for name in odd},
        title=title or f"本县声明文件改动 {len(odd)} 个",
        effective_from=effective_from,
    )
    published = layers.kept_texts(base.layer)
    layers.write_files({name: published.get(name) for name in odd})
    return draft


def amend_publication(
    *, account: Account, publication_id: int, files: Mapping[str, str | None], effective_from: dt.date
) -> Publication:
    """Change a draft's text or date; it must be checked and simulated anew. Refused once approved."""
    require(account, DRAFT)
    layers.refuse_odd_names(opened_draft(publication_id).county, files)
    with transaction.atomic():
        one = locked_draft(publication_id, *OPEN[:3])
        one.files, one.effective_from, one.state = dict(files), effective_from, PublicationState.DRAFT
        one.faults, one.figures, one.maker = [], {}, account
        one.change = open_change(
            author=author_of(account), verb="amend_standard", reason=one.title, source=f"publication:{one.pk}"
        )
        one.save()
    return one


def base_of(county: str, author: Author) -> Adoption:
    """Return the law in force that a draft would change; the first use adopts what is declared."""
    return adopt_first(county=county, month=month_of(clock.today()), author=author)


def opened_draft(publication_id: int, *states: str) -> Publication:
    one = Publication.objects.select_related("maker", "checker").filter(pk=publication_id).first()
    if one is None or one.state not in (states or OPEN):
        raise Refused("standard.state", "这份草稿已经发布或撤回，不能再办。", "请刷新“新标准”列表再看。")
    return one


def locked_draft(publication_id: int, *states: str) -> Publication:
    one = Publication.objects.select_for_update().filter(pk=publication_id, state__in=states).first()
    if one is None:
        raise Refused("standard.state", "这份草稿已经由别人办理。", "请刷新页面再看。")
    return one


def note_act(one: Publication, account: Account, verb: str, states: tuple[str, ...], **values: Any) -> Publication:
    """Write what an act found, unless somebody else has moved the draft on meanwhile."""
    with transaction.atomic():
        held = locked_draft(one.pk, *states)
        if held.files != one.files:
            raise Refused("standard.changed", "草稿刚刚被改动。", "请刷新页面再办。")
        change = open_change(author=author_of(account), verb=verb, reason=one.title, source=f"publication:{one.pk}")
        for name, value in {**values, "change": change}.items():
            setattr(held, name, value)
        held.save()
    return held
