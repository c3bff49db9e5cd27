"""What a closed month holds."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from nuanxin.kernel.core import clock
from nuanxin.kernel.core.booking import booking_month
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.statistics.models import Close, ClosedFile
from nuanxin.kernel.statistics.selectors import verify_chain
from nuanxin.kernel.statistics.store import closed_folder, parquet
from tests.factories.closing import close
from tests.factories.walk import COUNTY, Walk, month

PRIVATE = ("name", "cipher", "blind", "tail", "number", "phone", "address", "account", "initials")
pytestmark = pytest.mark.db


def rows(number: int, name: str) -> list[dict[str, object]]:
    return pq.read_table(parquet(COUNTY, month(number), name)).to_pylist()


def test_opening_and_in_and_out_make_the_closing_stock(closed: Walk) -> None:
    stocks = [{row["id"] for row in rows(number, "grant-stock")} for number in (1, 2, 3)]
    for number, before, after in ((2, stocks[0], stocks[1]), (3, stocks[1], stocks[2])):
        came = {row["id"] for row in rows(number, "grant-in")}
        went = {row["id"] for row in rows(number, "grant-out")}
        assert (before | came) - went == after
    assert [len(stock) for stock in stocks] == [4, 5, 4]


def test_a_month_to_come_is_not_closed(closed: Walk) -> None:
    clock.move_to(dt.date(2024, 3, 31))
    with pytest.raises(Refused) as refused:
        close(4)
    assert refused.value.code == "close.future"


def test_later_work_is_booked_into_the_open_month(closed: Walk) -> None:
    assert booking_month(COUNTY, dt.date(2024, 2, 10)) == month(4)
    assert booking_month(COUNTY, dt.date(2024, 5, 10)) == month(5)


def test_the_chain_holds_every_file_and_the_head_before(closed: Walk) -> None:
    report = verify_chain(COUNTY)
    assert report.sound
    assert (report.months, report.files) == (3, ClosedFile.objects.count())
    heads = list(Close.objects.order_by("month").values_list("previous", "head"))
    assert heads[0][0] == ""
    assert [previous for previous, _ in heads[1:]] == [head for _, head in heads[:-1]]


def test_frozen_files_hold_no_names_numbers_or_accounts(closed: Walk) -> None:
    for path in closed_folder(COUNTY, month(3)).glob("*.parquet"):
        table = pq.read_table(path)
        columns = [name for name in table.column_names if path.stem != "cells"]
        assert not [name for name in columns if any(part in name.split("_") for part in PRIVATE)], path.stem
        texts = {str(value) for row in table.to_pylist() for value in row.values()}
        assert "张三" not in texts


def test_frozen_money_is_int64(closed: Walk) -> None:
    assert str(pq.read_schema(parquet(COUNTY, month(1), "payment")).field("amount_fen").type) == "int64"
    assert str(pq.read_schema(parquet(COUNTY, month(1), "cells")).field("value").type) == "int64"


def test_a_column_not_yet_frozen_leaves_its_figures_out_and_the_others_in(closed: Walk) -> None:
    from nuanxin.kernel.statistics.adjustments import Held
    from nuanxin.kernel.statistics.catalogue import catalogue
    from nuanxin.kernel.statistics.counting import scanned
    from nuanxin.kernel.statistics.reading import cursor
    from nuanxin.kernel.statistics.sources import source_of

    leaves = [leaf for leaf in catalogue().leaves if source_of(leaf).name == "payment"]
    file = parquet(COUNTY, month(1), "payment")
    pq.write_table(pq.read_table(file).drop(["amount_fen"]), file)
    sums = {leaf.indicator for leaf in leaves if leaf.of == "amount_fen"}
    con = cursor()
    found = scanned(con, Held(source_of(leaves[0]), (file,)), leaves)
    con.close()
    assert sums
    assert set(found) == {leaf.indicator for leaf in leaves} - sums
