"""The two kinds of benefit: a person's, and a household's with its members and their shares."""

from nuanxin.kernel.engine.expressions import typed
from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind, Type
from nuanxin.kernel.rulebook.compilation.asking import member_facts
from nuanxin.kernel.rulebook.compilation.results import OF_HOUSEHOLD, OF_MEMBER, OF_PERSON, joins
from nuanxin.kernel.rulebook.compilation.steps import Building, result_names, stored, texts_of

MEMBERS = Typed("members", Type(Kind.NUMBER, "人"))


def _select(columns: list[str], source: str, clauses: list[str], where: str = "") -> str:
    text = "select " + ",\n  ".join(columns) + f"\nfrom {source}"
    return "\n".join([text, *clauses, *([f"where {where}"] if where else [])])


def _applies(b: Building, values: dict[str, Typed], reader: str, last: str) -> str:
    """Keep the subjects that are asked at all; a doubtful one is kept and is unknown."""
    value = b.compile(b.scope(values, reader), b.benefit.applies, Kind.YESNO, "applies")
    where = f"{value.wrapped} is null or {value.wrapped}" if value.nullable else value.sql
    return b.add("known", f"select *,\n  {value.sql} as applies\nfrom {last}\nwhere {where}")


def build_person(b: Building) -> str:
    """Add a person benefit up to its gross amount; return the last relation."""
    texts = texts_of(b.benefit)["subject"]
    b.check_names(b.benefit.steps, "steps", ())
    results, clauses = joins(result_names(texts), b.done, OF_PERSON, "f.person_id", "f.household_id")
    columns = ["f.person_id as subject_id", *b.columns(texts, b.facts, "f"), *results]
    last = b.add("read", _select(columns, "person_facts f cross join period cross join parameter", clauses))
    last = _applies(b, dict(b.facts), OF_PERSON, last)
    values = dict(b.facts)
    last = b.step_layers(b.benefit.steps, "steps", last, values, lambda: b.scope(dict(values), OF_PERSON), "")
    return b.gross(b.tested(last, values, OF_PERSON), values, OF_PERSON)


def build_household(b: Building) -> str:
    """Add a household benefit: who is asked, members, their sums, steps, up to its gross amount."""
    texts = texts_of(b.benefit)["subject"]
    own = {n: t for n, t in b.facts.items() if b.law.facts[n].item.of == "household"}
    b.check_names(b.benefit.steps, "steps", b.benefit.member_steps)
    b.check_names(b.benefit.member_steps, "member_steps", ())
    results, clauses = joins(result_names(texts), b.done, OF_HOUSEHOLD, "", "h.household_id")
    columns = ["h.household_id as subject_id", *b.columns(texts, own, "h"), *results]
    last = b.add("read", _select(columns, "household_facts h cross join period cross join parameter", clauses))
    known = _applies(b, own, OF_HOUSEHOLD, last)
    sums = _members(b, known)
    values = own | {"members": MEMBERS} | {n: b.step_types[n] for n in b.benefit.member_steps if n in b.step_types}
    names = ["members", *b.benefit.member_steps, *(f"m_{c.id}" for c in b.benefit.components if c.member)]
    added = ["s.first_member"] + [f"case when s.household_id is null then 0 else s.{n} end as {n}" for n in names]
    last = b.add(
        "whole", _select(["k.*", *added], f"{known} k", [f"left join {sums} s on s.household_id = k.subject_id"])
    )
    last = b.step_layers(b.benefit.steps, "steps", last, values, lambda: b.scope(dict(values), OF_HOUSEHOLD), "")
    return b.gross(b.tested(last, values, OF_HOUSEHOLD), values, OF_HOUSEHOLD)


def _members(b: Building, known: str) -> str:
    """Add the members with their steps, then the sums over those who count; return the relation of sums."""
    texts = texts_of(b.benefit)["member"]
    results, clauses = joins(result_names(texts), b.done, OF_MEMBER, "m.person_id", "m.household_id")
    facts = [c.replace("f.counted", "m.counted").replace("f.role", "m.role") for c in b.columns(texts, b.facts, "f")]
    columns = ["m.household_id", "m.person_id", *facts, *results]
    source = (
        f"membership_now m\njoin {known} k on k.subject_id = m.household_id\n"
        "left join person_facts f on f.person_id = m.person_id"
    )
    last = b.add("member_read", _select(columns, f"{source}\ncross join period cross join parameter", clauses))
    counts = b.compile(b.scope(dict(b.facts), OF_MEMBER), str(b.benefit.members), Kind.YESNO, "members")
    last = b.add("member_known", f"select *,\n  {counts.sql} as counts\nfrom {last}")
    values = dict(b.facts)
    last = b.step_layers(
        b.benefit.member_steps, "member_steps", last, values, lambda: b.scope(dict(values), OF_MEMBER), "member_"
    )
    paid = [
        f"{_paid(b, str(c.member), c.round, n)} as m_{c.id}" for n, c in enumerate(b.benefit.components) if c.member
    ]
    steps = [n for n in b.benefit.member_steps if n in b.step_types]
    kept = ["household_id", "person_id", "counts", *steps, *(n for n in member_facts(b) if n not in steps), *paid]
    last = b.add("member", "select " + ",\n  ".join(kept) + f"\nfrom {last}")
    unknown = "count(counts) < count(*)"
    columns = [
        "household_id",
        f"case when {unknown} then null else count(case when counts then 1 end) end as members",
        "min(case when counts then person_id end) as first_member",
    ]
    for name in (*b.benefit.member_steps, *(f"m_{c.id}" for c in b.benefit.components if c.member)):
        missing = f"count(case when counts and {name} is null then 1 end) > 0"
        total = f"cast(coalesce(sum(case when counts then {name} end), 0) as bigint)"
        columns.append(f"case when {unknown} or {missing} then null else {total} end as {name}")
    return b.add("members", "select " + ",\n  ".join(columns) + f"\nfrom {last}\ngroup by household_id")


def _paid(b: Building, step: str, how: str | None, n: int) -> str:
    """Return the rounded money that a component pays for each counted member."""
    value = b.step_types.get(step)
    if value is None:
        b.faults.append(b.placed.fault(f"没有 member_steps 里的步骤“{step}”。", "components", n, "member"))
        return "0"
    if value.type.kind is not Kind.MONEY and not value.type.faulty:
        b.faults.append(b.placed.fault(f"步骤“{step}”不是金额。", "components", n, "member"))
        return "0"
    b.check_unit(value, ("components", n, "member"))
    return typed.rounded(stored(step, value), how or b.benefit.round).sql


def add_shares(b: Building) -> None:
    """Add what each counted member brings: member components as computed, others split in whole fen."""
    code = b.benefit.benefit
    by_member = {c.id for c in b.benefit.components if c.member}
    columns = ["m.household_id", "m.person_id", "m.counts"]
    for id_, _ in b.parts():
        first = f"case when m.person_id = x.first_member then x.c_{id_} % x.members else 0 end"
        equal = f"x.c_{id_} // x.members + {first}"
        own = f"case when x.c_{id_} = x.g_{id_} then m.m_{id_} else {equal} end" if id_ in by_member else equal
        columns.append(
            "case when x.granted is null or m.counts is null then null "
            f"when x.granted and m.counts then {own} else 0 end as c_{id_}"
        )
    columns += [f"{_whole(n, b.step_types[n])} as {n}" for n in b.benefit.member_steps if n in b.step_types]
    columns += [f"{_whole(n, b.facts[n])} as f_{n}" for n in member_facts(b)]
    source = f"{code}__member m\njoin {code}__settled x on x.subject_id = m.household_id"
    b.add("shares", _select(columns, source, []))
    total = " + ".join(f"m.c_{id_}" for id_, _ in b.parts()) or "0"
    steps = [f"x.{n}" for n in b.step_types]
    person = [
        "m.person_id", "m.household_id", "m.counts and x.granted as granted", "m.counts and x.eligible as eligible",
        f"x.amount_fen as amount, {total} as share", *steps,
    ]  # fmt: skip
    b.add("person", _select(person, f"{code}__shares m join {code}__settled x on x.subject_id = m.household_id", []))


def _whole(name: str, value: Typed) -> str:
    """Return a member's value, a number as int64."""
    return f"m.{name}" if value.type.kind in (Kind.YESNO, Kind.CODE) else f"cast(m.{name} as bigint)"
