"""What cells of text hold, as SQL over columns: blanks, widths, dates, money, identity numbers."""

from nuanxin.kernel.core.identifiers import CITIZEN_CHECKS, CITIZEN_WEIGHTS
from nuanxin.kernel.core.names import WIDE

BLANKS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\ufeff"
_WIDE_FROM = "".join(map(chr, WIDE))
_WIDE_TO = "".join(map(chr, WIDE.values()))


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def trimmed(column: str) -> str:
    """Return a cell's text without blanks at its ends; an empty cell is the empty text."""
    return f"trim(coalesce({column}, ''), {quoted(BLANKS)})"


def half_width(text: str) -> str:
    """Return a text with full-width letters, digits and signs in their usual width."""
    return f"translate({text}, {quoted(_WIDE_FROM)}, {quoted(_WIDE_TO)})"


def day(text: str) -> str:
    """Return the date a text states (2021-07-01, 2021/7/1, 2021.7.1, 2021年7月1日, 20210701), null when none."""
    plain = half_width(text)
    parts = (
        rf"regexp_extract({plain}, '^([0-9]{{4}})(?:-|/|\.|年)([0-9]{{1,2}})(?:-|/|\.|月)([0-9]{{1,2}})日?"
        rf"(?:[ T]00:00(?::00(?:\.0+)?)?)?$', ['y', 'm', 'd'])"
    )
    spelt = f"{parts}['y'] || '-' || lpad({parts}['m'], 2, '0') || '-' || lpad({parts}['d'], 2, '0')"
    packed = rf"{plain}[1:4] || '-' || {plain}[5:6] || '-' || {plain}[7:8]"
    return (
        rf"case when {plain} = '' then null "
        rf"when regexp_full_match({plain}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') then try_cast({plain} as date) "
        rf"when regexp_full_match({plain}, '[0-9]{{8}}') then try_cast({packed} as date) "
        rf"else try_cast({spelt} as date) end"
    )


def month(text: str) -> str:
    """Return the first day of the month a text states (2023-11, 2023/11, 2023年11月, 202311, or a day of it)."""
    plain = half_width(text)
    parts = rf"regexp_extract({plain}, '^([0-9]{{4}})(?:-|/|\.|年)?([0-9]{{1,2}})月?$', ['y', 'm'])"
    spelt = f"{parts}['y'] || '-' || lpad({parts}['m'], 2, '0') || '-01'"
    return (
        rf"case when regexp_full_match({plain}, '[0-9]{{4}}(-|/|\.|年)?[0-9]{{1,2}}月?') "
        rf"and not regexp_full_match({plain}, '[0-9]{{4}}[0-9]') then try_cast({spelt} as date) "
        rf"else cast(date_trunc('month', {day(text)}) as date) end"
    )


def fen(text: str) -> str:
    """Return yuan as whole fen, null for what is no amount with at most two places (as `core.fen.parse_yuan`)."""
    plain = rf"regexp_replace({text}, '^[¥￥]|元$', '', 'g')"
    form = r"-?([0-9]{1,14}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,2})?"
    return (
        f"case when regexp_full_match({plain}, '{form}') then "
        f"cast(cast(replace({plain}, ',', '') as decimal(18, 2)) * 100 as bigint) end"
    )


def citizens(numbers: str) -> str:
    """Return a query of the numbers in a query's `c`: whether `sound` (GB 11643-1999), `birth`, whether `male`."""
    total = " + ".join(f"(body // {10 ** (16 - at)} % 10) * {weight}" for at, weight in enumerate(CITIZEN_WEIGHTS))
    check = f"substring({quoted(CITIZEN_CHECKS)}, (({total}) % 11 + 1)::int, 1)"
    return (
        "select c, birth, body % 2 = 1 as male, "
        f"coalesce(birth is not null and substring(c, 18, 1) = {check}, false) as sound "
        "from (select c, case when formed then try_cast(substring(c, 1, 17) as bigint) end as body, "
        "case when formed then try_strptime(substring(c, 7, 8), '%Y%m%d')::date end as birth "
        f"from (select c, regexp_full_match(c, '[0-9]{{17}}[0-9X]') as formed from ({numbers})))"
    )
