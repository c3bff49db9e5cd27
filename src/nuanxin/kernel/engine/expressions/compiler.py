"""From a tree to typed SQL text: names and units checked, unknown kept unknown, fractions exact."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol

from sqlglot import exp

from nuanxin.kernel.engine.expressions import functions, typed
from nuanxin.kernel.engine.expressions.parser import Unreadable, parse
from nuanxin.kernel.engine.expressions.typed import FAULTY_VALUE, Typed
from nuanxin.kernel.engine.expressions.types import LABELS, PERIODS, YESNO, Kind, Type

BAND_SLOTS = 12
LARGEST_LITERAL = 12
NUMERIC = (Kind.MONEY, Kind.NUMBER, Kind.RATE)
COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A parameter with bands or codes: its value type, what bands count, and the codes."""

    name: str
    type: Type
    by: Type | None = None
    codes: tuple[str, ...] = ()


class Scope(Protocol):
    """What an expression may read where it stands."""

    def name(self, name: str) -> Typed | None:
        """Return the value of a plain name."""

    def result(self, benefit: str, name: str) -> Typed | None:
        """Return a result of another benefit."""

    def table(self, name: str) -> Table | None:
        """Return a parameter with bands or codes."""

    def codes(self, name: str) -> Iterable[str]:
        """Return the codes that a name may have; none when they are not declared."""

    def known(self) -> Iterable[str]:
        """Return every name, for suggestions."""


class Compiler:
    """Compiles expressions in one scope; `faults` gathers Chinese sentences, one error does not cascade."""

    def __init__(self, scope: Scope) -> None:
        """Start without faults."""
        self.scope = scope
        self.faults: list[str] = []

    def compile(self, text: str) -> Typed:
        """Return the compiled expression; after a fault its type is FAULTY."""
        try:
            return self._node(parse(text))
        except Unreadable as error:
            return self._fault(str(error))

    def compile_as(self, text: str, kind: Kind) -> Typed:
        """Return the compiled expression, which must be of this kind (0 fits money)."""
        value = self.compile(text)
        if value.type.faulty or value.type.kind is kind:
            return value
        if kind is Kind.MONEY and value.type.literal == 0:
            return replace(value, type=Type(Kind.MONEY, literal=0))
        return self._fault(f"“{text}”应得出{LABELS[kind]}, 却是{value.type}")

    def _fault(self, message: str) -> Typed:
        self.faults.append(message)
        return FAULTY_VALUE

    def _node(self, node: exp.Expr) -> Typed:
        handler = HANDLERS.get(type(node))
        if handler is None:
            return self._fault(f"“{node.sql()}”不能写在这里")
        return handler(self, node)

    def _paren(self, node: exp.Expr) -> Typed:
        return self._node(node.this)

    def _literal(self, node: exp.Expr) -> Typed:
        text = node.this
        if node.args["is_string"]:
            quoted = text.replace("'", "''")
            return Typed(f"'{quoted}'", Type(Kind.CODE), nullable=False)
        if not text.isdigit():
            return self._fault(f"只能写整数, “{text}”请改成参数(比例用 rate)")
        if int(text) > LARGEST_LITERAL:
            return self._fault(f"数 {text} 不能直接写在式子里; 请声明为参数, 写明文件与条款")
        return typed.literal(int(text))

    def _boolean(self, node: exp.Expr) -> Typed:
        return Typed("true" if node.this else "false", YESNO, nullable=False)

    def _column(self, node: exp.Expr) -> Typed:
        assert isinstance(node, exp.Column)
        name = f"{node.table}.{node.name}" if node.table else node.name
        found = self.scope.result(node.table, node.name) if node.table else self.scope.name(node.name)
        if found is not None:
            return found
        if not node.table and self.scope.table(name):
            return self._fault(f"“{name}”是一张表, 请用 pick({name}, 代码) 或 band({name}, 数) 取值")
        near = get_close_matches(name, sorted(self.scope.known()), n=1, cutoff=0.6)
        hint = f"; 是不是 {near[0]}?" if near else "; 请在事实字典或参数里声明"
        return self._fault(f"不认识名字“{name}”{hint}")

    def _negate(self, node: exp.Expr) -> Typed:
        value = self._node(node.this)
        if value.type.literal is not None:
            return typed.literal(-value.type.literal)
        return self._arithmetic(typed.literal(0), value, "-", node)

    def _sum(self, node: exp.Expr) -> Typed:
        sign = "+" if isinstance(node, exp.Add) else "-"
        return self._arithmetic(self._node(node.this), self._node(node.expression), sign, node)

    def _arithmetic(self, left: Typed, right: Typed, sign: str, node: exp.Expr) -> Typed:
        shared = self._shared([left, right], node.sql())
        if shared.faulty:
            return FAULTY_VALUE
        if shared.kind not in NUMERIC:
            return self._fault(f"{shared}不能加减(日期请用 add_months、months_between)")
        return typed.add(left, right, sign, shared)

    def _product(self, node: exp.Expr) -> Typed:
        left, right = self._node(node.this), self._node(node.expression)
        if left.type.faulty or right.type.faulty:
            return FAULTY_VALUE
        kinds = {left.type.kind, right.type.kind}
        if not kinds <= set(NUMERIC) or (left.type.kind is right.type.kind is Kind.MONEY):
            return self._fault(f"“{node.sql()}”: {left.type}不能乘以{right.type}")
        return typed.multiply(left, right, _product_type(left.type, right.type))

    def _quotient(self, node: exp.Expr) -> Typed:
        value, by = self._node(node.this), self._node(node.expression)
        if value.type.faulty or by.type.faulty:
            return FAULTY_VALUE
        if not by.type.literal or value.type.kind not in (Kind.MONEY, Kind.RATE):
            return self._fault(f"“{node.sql()}”: 只能用金额或比例除以写出来的整数(如 / 12); 其他除法请改成乘法比较")
        unit = "月" if value.type.unit == "年" and by.type.literal == 12 else value.type.unit
        return typed.divide(value, by.type.literal, replace(value.type, unit=unit))

    def _comparison(self, node: exp.Expr) -> Typed:
        return self._compare(self._node(node.this), self._node(node.expression), COMPARISONS[type(node)], node)

    def _compare(self, left: Typed, right: Typed, operator: str, node: exp.Expr) -> Typed:
        shared = self._shared([left, right], node.sql())
        if shared.faulty:
            return FAULTY_VALUE
        if shared.kind in (Kind.CODE, Kind.YESNO) and operator not in ("=", "<>"):
            return self._fault(f"“{node.sql()}”: {shared}只能用 = 或 <> 比较")
        self._check_codes(node, [left, right])
        return typed.compare(left, right, operator)

    def _check_codes(self, node: exp.Expr, values: Iterable[Typed]) -> None:
        """Report written-out codes that the named fact or parameter cannot have."""
        allowed = {c for column in node.find_all(exp.Column) if not column.table for c in self.scope.codes(column.name)}
        for text in node.find_all(exp.Literal) if allowed else ():
            if text.is_string and text.this not in allowed:
                self.faults.append(f"代码“{text.this}”不在 {'、'.join(sorted(allowed))} 之中")

    def _shared(self, values: list[Typed], text: str) -> Type:
        """Return the type that all values share; 0 fits money, a bare number any unit, a whole number a rate."""
        if any(v.type.faulty for v in values):
            return FAULTY_VALUE.type
        shaped = [v.type for v in values if v.type.literal is None] or [v.type for v in values]
        kinds = {t.kind for t in shaped}
        if kinds == {Kind.RATE, Kind.NUMBER}:
            return Type(Kind.RATE)
        units = {t.unit for t in shaped} if Kind.MONEY in kinds else {t.unit for t in shaped if t.unit}
        if len(kinds) > 1:
            return self._fault(f"“{text}”: 类型不一致({'、'.join(sorted({str(t) for t in shaped}))})").type
        if len(units) > 1:
            labels = "、".join(sorted({t.unit_label for t in shaped}))
            return self._fault(f"“{text}”: 单位不一致({labels}); 年换月请 / 12, 月换年请 * 12").type
        shared = replace(shaped[0], unit=next(iter(units), ""), literal=None)
        return self._fits_literals(values, shared, text)

    def _fits_literals(self, values: list[Typed], shared: Type, text: str) -> Type:
        for value in (v for v in values if v.type.literal is not None):
            fits = shared.kind in (Kind.NUMBER, Kind.RATE) or (shared.kind is Kind.MONEY and value.type.literal == 0)
            if not fits:
                return self._fault(
                    f"“{text}”: {shared}不能与写出来的数 {value.type.literal} 混用; 金额请声明为参数"
                ).type
        return shared

    def _logic(self, node: exp.Expr) -> Typed:
        word = "and" if isinstance(node, exp.And) else "or"
        sides = [self._truth(node.this), self._truth(node.expression)]
        if any(s.type.faulty for s in sides):
            return FAULTY_VALUE
        text = f" {word} ".join(s.wrapped for s in sides)
        return Typed(text, YESNO, any(s.nullable for s in sides), atom=False)

    def _not(self, node: exp.Expr) -> Typed:
        value = self._truth(node.this)
        return Typed(f"not {value.wrapped}", YESNO, value.nullable, atom=False) if not value.type.faulty else value

    def _truth(self, node: exp.Expr) -> Typed:
        value = self._node(node)
        if value.type.faulty or value.type.kind is Kind.YESNO:
            return value
        return self._fault(f"“{node.sql()}”应是是否(条件), 却是{value.type}")

    def _in(self, node: exp.Expr) -> Typed:
        value, options = self._node(node.this), [self._node(e) for e in node.expressions]
        if self._shared([value, *options], node.sql()).faulty or not options:
            return FAULTY_VALUE
        if value.type.denominator != 1 or any(o.type.kind is Kind.RATE for o in options):
            return self._fault("in 只用于整数和代码")
        self._check_codes(node, options)
        text = f"{value.wrapped} in ({', '.join(o.sql for o in options)})"
        return Typed(text, YESNO, value.nullable, atom=False)

    def _between(self, node: exp.Expr) -> Typed:
        value = self._node(node.this)
        low = self._compare(value, self._node(node.args["low"]), ">=", node)
        high = self._compare(value, self._node(node.args["high"]), "<=", node)
        if low.type.faulty or high.type.faulty:
            return FAULTY_VALUE
        return Typed(f"{low.wrapped} and {high.wrapped}", YESNO, low.nullable or high.nullable, atom=False)

    def _case(self, node: exp.Expr) -> Typed:
        if node.this is not None or node.args.get("default") is None:
            return self._fault("case 请写成 case when 条件 then 值 … else 值 end, else 不能少")
        tests = [self._truth(branch.this) for branch in node.args["ifs"]]
        values = [self._node(branch.args["true"]) for branch in node.args["ifs"]] + [self._node(node.args["default"])]
        shared = self._shared(values, node.sql())
        if shared.faulty or any(t.type.faulty for t in tests):
            return FAULTY_VALUE
        return _case_text(tests, values, shared)

    def _call(self, node: exp.Expr) -> Typed:
        name, args = str(node.this).lower(), node.expressions
        if name in ("least", "greatest"):
            return self._extreme(name, node)
        if name == "known" and len(args) == 1:
            value = self._node(args[0])
            return value if value.type.faulty else Typed(f"{value.wrapped} is not null", YESNO, False, atom=False)
        if name in ("pick", "band") and len(args) == 2:
            return self._look_up(name, args)
        if name in functions.ROUNDINGS and len(args) == 1:
            value = self._node(args[0])
            if not value.type.faulty and value.type.kind is not Kind.MONEY:
                return self._fault(f"{name} 只用于金额, “{args[0].sql()}”是{value.type}")
            return value if value.type.faulty else typed.rounded(value, name)
        if name in functions.DATE_FUNCTIONS:
            return self._date_function(name, args)
        return self._unknown_function(name)

    def _unknown_function(self, name: str) -> Typed:
        if name in functions.NAMES:
            return self._fault(f"函数 {name} 的参数个数不对")
        near = get_close_matches(name, functions.NAMES, n=1)
        hint = f"; 是不是 {near[0]}?" if near else ""
        return self._fault(f"没有函数“{name}”{hint}(可用: {'、'.join(functions.NAMES)})")

    def _extreme(self, name: str, node: exp.Expr) -> Typed:
        values = [self._node(a) for a in node.expressions]
        if len(values) < 2:
            return self._fault(f"{name} 至少要两个参数")
        shared = self._shared(values, node.sql())
        if shared.faulty:
            return FAULTY_VALUE
        scale = typed.common_denominator(values)
        call = f"{name}({', '.join(v.scaled(scale) for v in values)})"
        doubtful = [v.wrapped for v in values if v.nullable]
        guard = " or ".join(f"{d} is null" for d in doubtful)
        text = f"case when {guard} then null else {call} end" if doubtful else call
        return Typed(text, replace(shared, denominator=scale), bool(doubtful), atom=not doubtful)

    def _look_up(self, name: str, args: list[exp.Expr]) -> Typed:
        table, key = self.scope.table(args[0].name), self._node(args[1])
        if table is None or (table.by is None) == (name == "band"):
            kind = "分段参数(by)" if name == "band" else "代码表参数(codes)"
            return self._fault(f"{name} 的第一个参数须是{kind}的名字, “{args[0].sql()}”不是")
        if key.type.faulty:
            return FAULTY_VALUE
        return self._band(table, key) if name == "band" else self._pick(table, key, args[1])

    def _band(self, table: Table, key: Typed) -> Typed:
        assert table.by is not None
        if key.type.kind is not Kind.NUMBER or (key.type.unit and table.by.unit and key.type.unit != table.by.unit):
            return self._fault(f"band({table.name}, …) 按{table.by}分段, 给的是{key.type}")
        slots = " ".join(
            f"when {key.wrapped} >= {table.name}__from{n} then {table.name}__value{n}" for n in range(BAND_SLOTS, 0, -1)
        )
        text = f"case when {key.wrapped} is null or {table.name}__from1 is null then null {slots} else 0 end"
        return Typed(text, _stored(table.type), atom=False)

    def _pick(self, table: Table, key: Typed, node: exp.Expr) -> Typed:
        if key.type.kind not in (Kind.CODE, Kind.NUMBER):
            return self._fault(f"pick({table.name}, …) 要代码或整数, 给的是{key.type}")
        if isinstance(node, exp.Literal) and node.is_string and node.this not in table.codes:
            return self._fault(f"表 {table.name} 没有代码“{node.this}”, 只有 {'、'.join(table.codes)}")
        if isinstance(node, exp.Literal) and node.is_string:
            return Typed(f"{table.name}__{node.this}", _stored(table.type))
        quote = "'" if key.type.kind is Kind.CODE else ""
        rows = " ".join(f"when {key.wrapped} = {quote}{c}{quote} then {table.name}__{c}" for c in table.codes)
        return Typed(f"case {rows} end", _stored(table.type), atom=False)

    def _date_function(self, name: str, args: list[exp.Expr]) -> Typed:
        render, kinds, result = functions.DATE_FUNCTIONS[name]
        values = [self._node(a) for a in args]
        if any(v.type.faulty for v in values):
            return FAULTY_VALUE
        if [v.type.kind for v in values] != list(kinds):
            return self._fault(f"{name} 要({'、'.join(LABELS[k] for k in kinds)})")
        return Typed(render(*values), result, any(v.nullable for v in values), atom=False)


def _stored(type_: Type) -> Type:
    """Return the type of a stored parameter: a rate is a numerator over ten thousand."""
    return replace(type_, denominator=10_000) if type_.kind is Kind.RATE else type_


def _product_type(left: Type, right: Type) -> Type:
    """Return the type of a product; 元/月 × 12 is 元/年, 元/月 × 月 is 元."""
    if Kind.MONEY in (left.kind, right.kind):
        money, factor = (left, right) if left.kind is Kind.MONEY else (right, left)
        if money.unit == "月" and factor.literal == 12:
            return replace(money, unit="年")
        return replace(money, unit="") if factor.unit in PERIODS and factor.unit == money.unit else money
    if Kind.RATE in (left.kind, right.kind):
        return Type(Kind.RATE)
    return Type(Kind.NUMBER, left.unit or right.unit if not (left.unit and right.unit) else "")


def _case_text(tests: list[Typed], values: list[Typed], shared: Type) -> Typed:
    """Return the case; an unknown test makes the whole unknown instead of falling through."""
    scale = typed.common_denominator(values)
    branches = []
    for test, value in zip(tests, values, strict=False):
        if test.nullable:
            branches.append(f"when {test.wrapped} is null then null")
        branches.append(f"when {test.wrapped} then {value.scaled(scale)}")
    nullable = any(t.nullable for t in tests) or any(v.nullable for v in values)
    text = f"case {' '.join(branches)} else {values[-1].scaled(scale)} end"
    return Typed(text, replace(shared, denominator=scale, literal=None), nullable, atom=False)


HANDLERS: dict[type[exp.Expr], Callable[[Compiler, exp.Expr], Typed]] = {
    exp.Paren: Compiler._paren,
    exp.Literal: Compiler._literal,
    exp.Boolean: Compiler._boolean,
    exp.Column: Compiler._column,
    exp.Neg: Compiler._negate,
    exp.Add: Compiler._sum,
    exp.Sub: Compiler._sum,
    exp.Mul: Compiler._product,
    exp.Div: Compiler._quotient,
    **dict.fromkeys(COMPARISONS, Compiler._comparison),
    exp.And: Compiler._logic,
    exp.Or: Compiler._logic,
    exp.Not: Compiler._not,
    exp.In: Compiler._in,
    exp.Between: Compiler._between,
    exp.Case: Compiler._case,
    exp.Anonymous: Compiler._call,
}
