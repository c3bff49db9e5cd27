"""From integer base units (heads, fen, a fraction) to the number a report prints, with its stated rounding."""

from decimal import Decimal
from fractions import Fraction

from nuanxin.kernel.statistics.enums import Unit

BASE_PER_UNIT = {Unit.WAN_YUAN: Fraction(1_000_000), Unit.YUAN: Fraction(100), Unit.YUAN_PERSON_MONTH: Fraction(100)}
BASE_PER_UNIT[Unit.RATIO] = Fraction(1, 100)
MONEY = (Unit.WAN_YUAN, Unit.YUAN, Unit.YUAN_PERSON_MONTH)
PLACES = {Unit.WAN_YUAN: 2, Unit.YUAN: 2, Unit.RATIO: 2, Unit.YUAN_PERSON_MONTH: 2}


def shown(base: int | Fraction, unit: Unit, places: int | None = None) -> Decimal:
    """Return base units (fen, heads, a plain fraction) as the printed number of `unit`, rounded half up."""
    exact = Fraction(base) / BASE_PER_UNIT.get(unit, Fraction(1))
    return round_half_up(exact, PLACES.get(unit, 0) if places is None else places)


def base(number: Decimal, unit: Unit) -> Fraction:
    """Return the printed number of `unit` in base units."""
    return Fraction(number) * BASE_PER_UNIT.get(unit, Fraction(1))


def round_half_up(value: Fraction, places: int) -> Decimal:
    """Return the fraction rounded half away from zero to `places` decimals, exactly."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def text(number: Decimal | None, unit: Unit) -> str:
    """Return the number with thousands separators, at least the unit's decimals, and its unit; or a dash."""
    if number is None:
        return "—"
    decimals = max(PLACES.get(unit, 0), -int(number.normalize().as_tuple().exponent))
    return f"{number:,.{decimals}f} {unit.value}"
