"""How a bureau brings its own lists in: template, upload, faults corrected, two signatures, once more without doubles."""

import time

from tests.journeys import nanling
from tests.journeys.bureau import Bureau
from tests.journeys.files import corrected, fill, rows_of
from tests.journeys.web import Page

MONTH = "2023-12"
PATIENCE = 120.0
WORKING = ("等待核对", "正在核对", "等待载入", "正在载入", "载入中")


def load(bureau: Bureau) -> None:
    """Bring in all lists by the pages: two slips are found, corrected in the workbook of faults and brought back."""
    examiner, chief = bureau.desks["county_examiner"], bureau.desks["section_chief"]
    page = upload(bureau)
    for words in ("出生日期 1927-02-02 与身份证号里的 1972-02-02 不一致", "应为18位"):
        assert words in page.text, page.said()
    faulty = examiner.submit(page, "/faults/", purpose="更正导入的行")
    assert {row["姓名"] for row in rows_of(faulty.body)["居民"]} == set(nanling.CORRECTIONS)
    examiner.submit(page, "/correct/", files=[("改好.xlsx", corrected(faulty.body, nanling.CORRECTIONS))])
    page = settled(bureau, page.path)
    assert "核对控制数并签字" in page.text, page.said()
    assert f"居民{len(nanling.BORN)}" in page.text, page.said()
    page = examiner.submit(page, "/sign/")
    assert not page.offers("/sign/"), "one person signed twice"
    chief.submit(chief.get(page.path), "/sign/")
    page = settled(bureau, page.path)
    assert "已生效" in page.text, page.said()


def load_again(bureau: Bureau) -> None:
    """Bring the corrected lists in again: everything is known already, nothing is doubled."""
    page = upload(bureau, correct=True)
    assert f"居民{len(nanling.BORN)}{len(nanling.BORN)}{len(nanling.BORN)}" in page.text, page.said()
    bureau.desks["county_examiner"].submit(page, "/withdraw/")


def upload(bureau: Bureau, *, correct: bool = False) -> Page:
    """Fill the county's own template and upload it; return the page when it is checked."""
    examiner = bureau.desks["county_examiner"]
    tables = nanling.tables()
    if correct:
        tables["居民"] = [row | nanling.CORRECTIONS.get(row["姓名"], {}) for row in tables["居民"]]
    book = fill(examiner.get("/takeover/template/").body, tables)
    page = examiner.submit(examiner.get("/takeover/"), "files", files=[("南陵名册.xlsx", book)], month=MONTH)
    return settled(bureau, page.path)


def settled(bureau: Bureau, path: str) -> Page:
    """Wait until the server's worker has done what it was asked, and return the page."""
    end = time.monotonic() + PATIENCE
    while True:
        page = bureau.desks["county_examiner"].get(path)
        if not any(word in page.text for word in WORKING):
            return page
        assert time.monotonic() < end, page.said()
        time.sleep(0.2)
