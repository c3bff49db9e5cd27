"""Who gives way to whom: refuse, the highest of a group, top up; an unknown keep makes the drop unknown."""

from nuanxin.kernel.rulebook.compilation.steps import Building
from nuanxin.kernel.rulebook.schema import Exclusion


def settle(b: Building, last: str, cells: list[Exclusion], group: list[str]) -> None:
    """Add refused → ranked → settled → the result, named as the benefit."""
    code = b.benefit.benefit
    refusing = [c for c in cells if c.how == "refuse" and c.drop == code and c.keep not in b.absent]
    topping = [c for c in cells if c.how == "top_up" and c.drop == code and c.keep not in b.absent]
    last = _refused(b, last, refusing)
    last = _ranked(b, last, group)
    last = _topped(b, last, topping)
    _result(b, last)


def _subject(alias: str, relation: str) -> str:
    return f"left join {relation} {alias} on {alias}.subject_id = g.subject_id"


def in_force_name(b: Building, benefit: str) -> str | None:
    """Return the fact that says a benefit is in force for this kind of subject."""
    return next((n for n, p in b.law.facts.items() if p.item.coverage == benefit and p.item.of == b.benefit.pays), None)


def _refused(b: Building, last: str, cells: list[Exclusion]) -> str:
    """Add `base` (due on its own), `refused_by` and `contends`."""
    whens, doubts, clauses = [], [], []
    for n, cell in enumerate(cells):
        if cell.reads == "in_force":
            table, key = (
                ("person_facts", "person_id") if b.benefit.pays == "person" else ("household_facts", "household_id")
            )
            granted = f"r{n}.{in_force_name(b, str(cell.keep))}"
            clauses.append(f"left join {table} r{n} on r{n}.{key} = g.subject_id")
        else:
            granted = f"r{n}.granted"
            clauses.append(_subject(f"r{n}", str(cell.keep)))
            doubts.append(f"(r{n}.subject_id is not null and r{n}.granted is null)")
        whens.append(f"when {granted} then '{cell.keep}'")
    base = "g.eligible" if b.benefit.recognises else "(g.eligible and g.gross_fen > 0)"
    refused = f"case {' '.join(whens)} end" if whens else "cast(null as varchar)"
    doubt = " or ".join(doubts) or "false"
    columns = ["g.*", f"{base} as base", f"{refused} as refused_by", f"{doubt} as doubtful"]
    last = b.add("weighed", "\n".join([f"select {', '.join(columns)}", f"from {last} g", *clauses]))
    contends = (
        "case when refused_by is not null or not base then false when base is null or doubtful then null else true end"
    )
    return b.add("refused", f"select *,\n  {contends} as contends\nfrom {last}")


def _ranked(b: Building, last: str, group: list[str]) -> str:
    """Add `outranked_by` and `wins`: the largest gross of a `highest` group, ties by declared order."""
    code = b.benefit.benefit
    rivals = [r for r in group if r != code and r not in b.absent]
    whens, doubts, clauses = [], [], []
    for n, rival in enumerate(rivals):
        larger = ">=" if group.index(rival) < group.index(code) else ">"
        whens.append(f"when r{n}.contends and r{n}.gross_fen {larger} g.gross_fen then '{rival}'")
        doubts.append(f"(r{n}.subject_id is not null and r{n}.contends is null)")
        clauses.append(_subject(f"r{n}", f"{rival}__refused"))
    outranked = f"case {' '.join(whens)} end" if whens else "cast(null as varchar)"
    columns = ["g.*", f"{outranked} as outranked_by", f"{' or '.join(doubts) or 'false'} as rival_doubtful"]
    last = b.add("compared", "\n".join([f"select {', '.join(columns)}", f"from {last} g", *clauses]))
    wins = (
        "case when contends and outranked_by is not null then false "
        "when contends and rival_doubtful then null else contends end"
    )
    return b.add("ranked", f"select *,\n  {wins} as wins\nfrom {last}")


def _topped(b: Building, last: str, cells: list[Exclusion]) -> str:
    """Add `cut` (what the keeps really pay) and `paid` (what is left)."""
    cuts, clauses, whens = [], [], []
    for n, cell in enumerate(cells):
        cuts.append(f"case when r{n}.subject_id is null then 0 else r{n}.amount_fen end")
        clauses.append(_subject(f"r{n}", str(cell.keep)))
        whens.append(f"when r{n}.amount_fen > 0 then '{cell.keep}'")
    topped = f"case {' '.join(whens)} end" if whens else "cast(null as varchar)"
    columns = ["g.*", f"{' + '.join(cuts) or '0'} as cut", f"{topped} as topped_by"]
    last = b.add("cut", "\n".join([f"select {', '.join(columns)}", f"from {last} g", *clauses]))
    paid = (
        "case when not wins then 0 when wins is null or cut is null then null "
        "when cut >= gross_fen then 0 else gross_fen - cut end"
    )
    return b.add("paid", f"select *,\n  {paid} as paid\nfrom {last}")


def _result(b: Building, last: str) -> None:
    """Add the settled relation: granted, excluded_by, amount and components, and everything a receipt shows."""
    granted = (
        "wins"
        if b.benefit.recognises
        else "case when not wins then false when paid is null then null else paid > 0 end"
    )
    last = b.add("granted", f"select *,\n  {granted} as granted\nfrom {last}")
    excluded = (
        "case when not base then null when refused_by is not null then refused_by "
        "when not wins then outranked_by when granted then null else topped_by end"
    )
    columns = ["*", f"{excluded} as excluded_by", "cast(paid as bigint) as amount_fen", *_components(b)]
    b.add("settled", "select " + ",\n  ".join(columns) + f"\nfrom {last}")


def _components(b: Building) -> list[str]:
    """Return the components after the cut, which takes from the first component first."""
    columns, before = [], "0"
    for id_, _ in b.parts():
        rest = f"cut - ({before})"
        left = f"case when {rest} < 0 then 0 when {rest} > g_{id_} then g_{id_} else {rest} end"
        amount = f"g_{id_} - {left}"
        columns.append(
            f"cast(case when paid is null then null when paid = 0 then 0 else {amount} end as bigint) as c_{id_}"
        )
        before += f" + g_{id_}"
    return columns
