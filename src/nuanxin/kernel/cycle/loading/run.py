"""A load from its files to its totals: terms of the county, every check in its order, and the sealed tables kept."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.months import month_of
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.loading.check_cells import check_cells
from nuanxin.kernel.cycle.loading.check_facts import check_facts
from nuanxin.kernel.cycle.loading.check_money import check_money
from nuanxin.kernel.cycle.loading.check_people import check_people
from nuanxin.kernel.cycle.loading.check_rows import check_rows
from nuanxin.kernel.cycle.loading.clean import drop_bad, make_bad
from nuanxin.kernel.cycle.loading.facts import known_facts
from nuanxin.kernel.cycle.loading.matching import match
from nuanxin.kernel.cycle.loading.reading import read_files
from nuanxin.kernel.cycle.loading.staging import Staging, Terms
from nuanxin.kernel.registry.selectors.matching import division_rows_of

Files = Sequence[tuple[str, bytes]]


def terms_of(county: str, as_of: dt.date) -> Terms:
    """Return what rows of a county are held against."""
    return Terms(
        county=county,
        as_of=as_of,
        today=max(clock.today(), as_of),
        divisions=division_rows_of(county),
        rules=assessments().rules(county, month_of(as_of)),
        facts=known_facts(county),
    )


def check_files(terms: Terms, files: Files, say: Callable[[str], None]) -> Staging:
    """Read files and check every row."""
    staging = Staging(terms)
    say("正在读取文件")
    staging.parse(read_files(files))
    return _checked(staging, say)


def check_corrected(
    terms: Terms, packed: Mapping[str, bytes], names: Sequence[str], files: Files, say: Callable[[str], None]
) -> Staging:
    """Check the rows that were without a fault before, together with the files that bring back the others."""
    staging = reopened(terms, packed, names)
    staging.con.execute("insert into finding select * from finding_before")
    _against_register(staging, 0)
    make_bad(staging)
    drop_bad(staging)
    staging.con.execute("delete from finding where level = 'fault' and row > 1")
    say("正在读取更正后的文件")
    staging.add(read_files(files))
    return _checked(staging, say)


def reopened(terms: Terms, packed: Mapping[str, bytes], names: Sequence[str]) -> Staging:
    """Return the tables as they were kept, with the findings of then aside in `finding_before`."""
    staging = Staging(terms)
    staging.unpack(packed, names)
    staging.con.execute("create table finding_before as select * from finding")
    staging.con.execute("delete from finding")
    return staging


def check_again(terms: Terms, packed: Mapping[str, bytes], names: Sequence[str], *, partial: bool, own: int) -> Staging:
    """Hold kept tables against the register as it is now; `partial` leaves the rows out that were faulty before."""
    staging = reopened(terms, packed, names)
    if partial:
        staging.con.execute("insert into finding select * from finding_before")
        _against_register(staging, own)
        make_bad(staging)
        drop_bad(staging)
        staging.con.execute("delete from finding")
    _against_register(staging, own)
    make_bad(staging)
    return staging


def _checked(staging: Staging, say: Callable[[str], None]) -> Staging:
    say("正在逐格核对")
    check_cells(staging)
    check_rows(staging)
    say("正在与居民档案核对")
    _against_register(staging, 0)
    make_bad(staging)
    return staging


def _against_register(staging: Staging, own: int) -> None:
    match(staging)
    check_facts(staging)
    check_people(staging)
    check_money(staging, own=own)
