"""The bridge of a stock from the end of the period before to its own end: opening + in − out = closing."""

from dataclasses import dataclass

from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.statistics.catalogue import catalogue
from nuanxin.kernel.statistics.enums import Flow, Kind
from nuanxin.kernel.statistics.periods import Period
from nuanxin.kernel.statistics.schema import Indicator
from nuanxin.kernel.statistics.selectors.series import monthly_values


@dataclass(frozen=True)
class Bridge:
    """Heads or fen: `opening` at the end of the month `before`, what came in and went out by indicator, `closing`."""

    before: str
    opening: int
    entered: tuple[str, str, int] | None
    left: tuple[str, str, int] | None
    closing: int

    @property
    def other(self) -> int:
        """Return what neither explains: corrections of months before that were booked in the period."""
        came, went = (flow[2] if flow else 0 for flow in (self.entered, self.left))
        return self.closing - self.opening - came + went


def bridge_of(code: str, county: str, period: Period, township: str = "") -> Bridge | None:
    """Return a stock's bridge over a period, from the month before it (else the first one closed) to its last.

    None for what is no stock, has no flows, or where the last month is not closed.
    """
    one = catalogue().get(code)
    flows = {flow: _flow_of(one, flow) for flow in (Flow.IN, Flow.OUT)}
    named = [flow.indicator for flow in flows.values() if flow]
    if one.kind is not Kind.STOCK or not named:
        return None
    values = monthly_values(county, [code, *named], Period("", add_months(period.first, -1), period.last), township)
    stock = dict(values[code])
    before = min(stock, default=period.last)
    if before == period.last or period.last not in stock:
        return None
    sums = {name: sum(value for month, value in values[name] if month > before) for name in named}
    made = {flow: (one.indicator, one.title, sums[one.indicator]) for flow, one in flows.items() if one}
    return Bridge(f"{before:%Y-%m}", stock[before], made.get(Flow.IN), made.get(Flow.OUT), stock[period.last])


def _flow_of(stock: Indicator, flow: Flow) -> Indicator | None:
    """Return the indicator that counts who comes into a stock, or goes out of it."""
    alike = ("over", "where", "unit", "circumstances")
    for one in catalogue().indicators.values():
        if one.flow is flow and all(getattr(one, name) == getattr(stock, name) for name in alike):
            return one
    return None
