"""The closed list of functions; dates are whole numbers yyyymmdd, which order and subtract as ages need."""

from collections.abc import Callable, Sequence

from nuanxin.kernel.engine.expressions.typed import Typed
from nuanxin.kernel.engine.expressions.types import Kind, Type

DATE, NUMBER, MONEY = Kind.DATE, Kind.NUMBER, Kind.MONEY


def _day_number(x: str) -> str:
    """Return the text of a running day number of a yyyymmdd date (civil calendar, years from March)."""
    y = f"({x} // 10000 - case when {x} // 100 % 100 <= 2 then 1 else 0 end)"
    m = f"(({x} // 100 % 100 + 9) % 12)"
    return f"({y} * 365 + {y} // 4 - {y} // 100 + {y} // 400 + ({m} * 153 + 2) // 5 + {x} % 100)"


def age_on(birth: Typed, on: Typed) -> str:
    """Return full years of age on a date; the birthday of 29 February falls on 1 March in other years."""
    return f"({on.wrapped} - {birth.wrapped}) // 10000"


def months_between(since: Typed, until: Typed) -> str:
    """Return the whole months from one date to another."""
    a, b = since.wrapped, until.wrapped
    months = f"({b} // 10000 * 12 + {b} // 100 % 100) - ({a} // 10000 * 12 + {a} // 100 % 100)"
    return f"{months} - case when {b} % 100 < {a} % 100 then 1 else 0 end"


def days_between(since: Typed, until: Typed) -> str:
    """Return the days from one date to another."""
    return f"{_day_number(until.wrapped)} - {_day_number(since.wrapped)}"


def add_years(date: Typed, count: Typed) -> str:
    """Return the date some years later."""
    return f"{date.wrapped} + {count.wrapped} * 10000"


def add_months(date: Typed, count: Typed) -> str:
    """Return the date some months later; a day that the month lacks becomes its last day."""
    d = date.wrapped
    index = f"({d} // 10000 * 12 + {d} // 100 % 100 - 1 + {count.wrapped})"
    year, month = f"({index} // 12)", f"({index} % 12 + 1)"
    leap = f"case when {year} % 4 = 0 and ({year} % 100 <> 0 or {year} % 400 = 0) then 29 else 28 end"
    last = f"(case when {month} = 2 then {leap} when {month} in (4, 6, 9, 11) then 30 else 31 end)"
    day = f"case when {d} % 100 > {last} then {last} else {d} % 100 end"
    return f"{year} * 10000 + {month} * 100 + {day}"


Signature = tuple[Callable[..., str], Sequence[Kind], Type]
DATE_FUNCTIONS: dict[str, Signature] = {
    "age_on": (age_on, (DATE, DATE), Type(NUMBER, "岁")),
    "months_between": (months_between, (DATE, DATE), Type(NUMBER, "月")),
    "days_between": (days_between, (DATE, DATE), Type(NUMBER, "天")),
    "add_years": (add_years, (DATE, NUMBER), Type(DATE)),
    "add_months": (add_months, (DATE, NUMBER), Type(DATE)),
}
ROUNDINGS = ("round_fen", "round_yuan", "ceil_yuan", "floor_yuan")
NAMES = ("least", "greatest", "known", "pick", "band", *DATE_FUNCTIONS, *ROUNDINGS)
