"""The law a county goes by: adopted at first use, by a new standard, or after an upgrade was looked through."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.changes import Author, author_of, open_change
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import DeclarationError, Refused
from nuanxin.kernel.engine import store
from nuanxin.kernel.engine.selectors import latest_snapshot, snapshot_files
from nuanxin.kernel.engine.services import take_snapshot
from nuanxin.kernel.rulebook import laws, layers
from nuanxin.kernel.rulebook.contrast import Contrast, contrast
from nuanxin.kernel.rulebook.enums import AdoptionState
from nuanxin.kernel.rulebook.law import LocalLaw
from nuanxin.kernel.rulebook.models import Adoption, AssessmentRun, Publication
from nuanxin.kernel.rulebook.releases import Law, law_of, local_law, read_release
from nuanxin.kernel.rulebook.selectors import adopted
from nuanxin.kernel.rulebook.services.runs import keep_release

APPROVE = "rulebook.approve"


@dataclass(frozen=True)
class Step:
    """Two laws to be compared in a month."""

    before: Law
    after: Law
    month: dt.date


def settle_law(*, county: str, month: dt.date, author: Author) -> Adoption:
    """Return the law the county goes by in a month; the first use adopts what is declared.

    Refused while files of the county's own layer are not published, and while an upgrade that changes the result of a
    current grant has not been agreed to by a second person. Costs a comparison only when the law's SM3 differs.
    """
    found = adopted(county)
    if found is None:
        return adopt_first(county=county, month=month, author=author)
    _refuse_unpublished(county, found)
    proposed = check_upgrade(county=county, month=month, author=author)
    if proposed is None:
        return adopted(county) or found
    raise Refused(
        "rulebook.upgrade",
        f"软件升级后的政策规则会改变 {proposed.changed} 项在享待遇的结果，尚未有人同意。",
        "请有“核准标准”权限的人员在“政策规则·采用情况”里看过名单后同意，或运行 nuanxin upgrade-check 查看。",
    )


def refuse_loose_files(*, county: str) -> None:
    """Refuse to decide while files of the county's own layer are not published; a county's first use is free."""
    found = adopted(county)
    if found is not None:
        _refuse_unpublished(county, found)


def adopt_first(*, county: str, month: dt.date, author: Author) -> Adoption:
    """Adopt what is declared now, with the files of the county's own layer as they lie there."""
    found = adopted(county)
    return found or _adopt(county=county, month=month, author=author, cause="first", layer=_layer_now(county))


def _layer_now(county: str) -> layers.Layer:
    texts = layers.on_disk(county)
    layers.keep_texts(texts)
    return layers.sums(texts)


def _adopt(
    *,
    county: str,
    month: dt.date,
    author: Author,
    cause: str,
    layer: layers.Layer,
    publication: Publication | None = None,
    **more: Any,
) -> Adoption:
    law = law_of(county, month)
    with transaction.atomic():
        change = open_change(author=author, verb="adopt_law", reason="采用政策规则", source=f"{county} {month:%Y-%m}")
        return Adoption.objects.create(
            county=county,
            month=month,
            law_sm3=laws.keep_law(local_law(county)),
            engine_sm3=laws.engine_sm3(),
            release=keep_release(law=law),
            layer=layer,
            cause=cause,
            publication=publication,
            change=change,
            **{"state": AdoptionState.ADOPTED, **more},
        )


def adopt_publication(*, publication: Publication, month: dt.date, author: Author, layer: layers.Layer) -> Adoption:
    """Adopt the law that a new standard makes; two people have agreed to it already."""
    return _adopt(
        county=publication.county,
        month=month,
        author=author,
        cause="publication",
        layer=layer,
        publication=publication,
        maker_id=publication.maker_id,
        checker_id=publication.checker_id,
    )


def _refuse_unpublished(county: str, found: Adoption) -> None:
    odd = layers.unpublished(county, found.layer)
    if odd:
        named = "、".join(f"{one.file}({one.words})" for one in odd[:3]) + ("等" if len(odd) > 3 else "")
        raise Refused(
            "rulebook.unpublished",
            f"本县目录里有 {len(odd)} 个声明文件与发布的不一致：{named}。",
            "请在“政策规则·新标准”里收为草稿，由两人发布；不要的改动请恢复或删除。",
        )


def check_upgrade(*, county: str, month: dt.date, author: Author) -> Adoption | None:
    """Compare the law declared now with the one adopted; None when they agree or no current grant's result differs.

    A law that changes nobody's result is adopted at once. Else the list is kept with an adoption that is only proposed.
    """
    found = adopted(county)
    law_of(county, month)  # faulty declarations are told before anything else
    local = local_law(county)
    sm3 = sm3_hex(laws.law_text(local))
    if found is None or (found.law_sm3, found.engine_sm3) == (sm3, laws.engine_sm3()):
        return None
    known = _proposed(county, sm3)
    if known is not None and known.month == month:
        return known
    lists = [_contrast(county, step, n) for n, step in enumerate(_steps(found, local, month))]
    changed = sum(one.current for one in lists)
    if known is not None:
        with transaction.atomic():
            Adoption.objects.filter(pk=known.pk).update(state=AdoptionState.DROPPED)
    if not changed:
        _adopt(county=county, month=month, author=author, cause="upgrade", layer=found.layer)
        return None
    return _adopt(
        county=county,
        month=month,
        author=author,
        cause="upgrade",
        layer=found.layer,
        state=AdoptionState.PROPOSED,
        maker_id=author.account_id,
        changed=changed,
        changes=";".join(one.subjects.relative_to(store.root()).as_posix() for one in lists if one.current),
        why=_why(found, local, month),
    )


def _proposed(county: str, sm3: str) -> Adoption | None:
    rows = Adoption.objects.filter(county=county, state=AdoptionState.PROPOSED, law_sm3=sm3)
    return rows.filter(engine_sm3=laws.engine_sm3()).order_by("-pk").first()


def _steps(found: Adoption, local: LocalLaw, month: dt.date) -> list[Step]:
    """Return what to compare: other declarations in the month; another engine in the last month it has assessed."""
    steps = []
    then = _law_then(found, month)
    if then is not None:
        steps.append(Step(then, laws.law_in(local, month), month))
    if then is None or found.engine_sm3 != laws.engine_sm3():
        runs = AssessmentRun.objects.filter(county=found.county, purpose="month", state="done").order_by("-pk")
        last = runs.first()
        old, at = (last.release_id, last.month) if last else (found.release_id, found.month)
        before, after = read_release(old), laws.law_in(local, at)
        same = then is not None and _law_then(found, at)
        if not same or same.plan.program.sm3 != before.plan.program.sm3:
            steps.append(Step(before, after, at))
    return steps


def _law_then(found: Adoption, month: dt.date) -> Law | None:
    """Return the adopted declarations compiled by today's engine, None when it does not read them any more."""
    try:
        return laws.kept_law_in(found.law_sm3, month)
    except (ValidationError, DeclarationError):
        return None


def _contrast(county: str, step: Step, number: int) -> Contrast:
    files = snapshot_files(latest_snapshot(county) or take_snapshot(county=county))
    name = sm3_hex(f"{step.before.sm3}{step.after.sm3}{step.month}{number}")[:16]
    target: Path = store.absolute(f"upgrades/{county}/{name}.parquet")
    return contrast(step.before, step.after, files, step.month, target)


def _why(found: Adoption, local: LocalLaw, month: dt.date) -> dict[str, list[str]]:
    """Return by benefit what differs, in Chinese; the key `` holds what concerns all of them."""
    told: dict[str, list[str]] = {}
    try:
        difference = laws.amended(laws.kept_law(found.law_sm3), local, month)
        told = {code: list(reasons) for code, reasons in difference.benefits.items()}
    except (ValidationError, DeclarationError):
        told[""] = ["原来的声明已不能由新版本读出"]
    if found.engine_sm3 != laws.engine_sm3():
        told[""] = [*told.get("", []), "计算程序有改动"]
    return told


def agree_upgrade(*, account: Account, adoption_id: int) -> Adoption:
    """Agree to the list of an upgrade, as a second person; from now on the county goes by the new law.

    Refused without the permission, to who proposed it, and when the declarations have changed again meanwhile.
    """
    require(account, APPROVE)
    with transaction.atomic():
        found = Adoption.objects.select_for_update().filter(pk=adoption_id, state=AdoptionState.PROPOSED).first()
        if found is None:
            raise Refused("upgrade.gone", "这份名单已经有人同意，或已被新的名单代替。", "请刷新页面再看。")
        if found.maker_id == account.pk:
            raise Refused("upgrade.same_person", "提出名单的人不能自己同意。", "请由另一位有“核准标准”权限的人员同意。")
        if found.law_sm3 != sm3_hex(laws.law_text(local_law(found.county))):
            raise Refused("upgrade.stale", "名单列出之后，政策规则又有改动。", "请重新运行升级检查，再看新的名单。")
        source = f"adoption:{found.pk}"
        change = open_change(author=author_of(account), verb="agree_upgrade", reason="同意升级名单", source=source)
        found.state, found.checker, found.change = AdoptionState.ADOPTED, account, change
        found.save(update_fields=["state", "checker", "change"])
    return found
