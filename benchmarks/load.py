"""A bureau's own files at county size: people, households, facts, accounts, grants, checked, signed, written.

    uv run python benchmarks/load.py [PEOPLE]         # JSON; default 550,000 people, 45,000 on benefits

Parquet files of text columns as a bureau's database gives them; the budget is 40 machine units (see unit.py).
"""

import datetime as dt
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.unit import Unit

COUNTY, AREA, AS_OF = "340223", "34.3402.340223", dt.date(2023, 12, 31)
PEOPLE, SHARE, UNITS = 550_000, 12, 40
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BODY = "'340223' || strftime(date '1930-01-01' + (i // 999 * 53 % 33000)::int, '%Y%m%d') || printf('%03d', 1 + i % 999)"
SUM = " + ".join(f"{weight} * substr(body, {at}, 1)::int" for at, weight in enumerate(WEIGHTS, 1))
MADE = f"""
create table p as select i, body || substr('10X98765432', 1 + ({SUM}) % 11, 1) as id,
    substr('王李张刘陈杨赵黄周吴', 1 + i % 10, 1) || chr((19968 + i // 10 % 5000)::int) as name,
    '3402231000' || printf('%02d', 1 + i // 3 % 4) as village, 'H' || i // 3 as home
  from (select i, {BODY} as body from range($n) t(i));
"""
TABLES = {
    "居民": """select id as 身份证号, name as 姓名, village as "村(社区)代码", '汉族' as 民族 from p""",
    "家庭": """select home as 家庭编号, village as "村(社区)代码", '一组' as 地址 from p where i % 3 = 0""",
    "成员": """select home as 家庭编号, id as 身份证号, name as 姓名, '是' as 是否计入,
        case i % 3 when 0 then '户主' when 1 then '配偶' else '其他' end as 与户主关系 from p""",
    "情况": """select id as 身份证号, name as 姓名, '残疾等级' as 项目, (1 + i % 4)::varchar as 内容,
        '已核实' as 核实程度, '2021-02-01' as 起始日期, '2031-02-01' as 截止日期, '残疾人证' as 来源
        from p where i % $share = 0""",
    "账户": """select id as 身份证号, '102' as 银行代码, '62170' || printf('%011d', i) as 账号
        from p where i % $share = 0""",
    "待遇": """select '高龄津贴' as 待遇, id as 身份证号, name as 姓名, '50' as 月金额, '2023-02-01' as 开始日期
        from p where i % $share = 0""",
}


def make_files(folder: Path, people: int) -> list[Path]:
    """Write the bureau's tables as Parquet files."""
    import duckdb

    con = duckdb.connect()
    con.execute(MADE.replace("$n", str(people)))
    for name, select in TABLES.items():
        con.execute(
            f"copy ({select.replace('$share', str(SHARE))} order by i) to '{folder / name}.parquet' (format parquet)"
        )
    return [folder / f"{name}.parquet" for name in TABLES]


def main(people: int) -> dict[str, Any]:
    """Load the files into an empty instance and tell the seconds of each step."""
    with tempfile.TemporaryDirectory(prefix="nuanxin-load-") as folder:
        files = make_files(Path(folder), people)
        os.environ["NUANXIN_HOME"] = str(Path(folder) / "home")
        os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
        import django

        django.setup()
        return _load(files, people)


def _load(files: list[Path], people: int) -> dict[str, Any]:
    from nuanxin.kernel.access.services import create_account
    from nuanxin.kernel.core import clock
    from nuanxin.kernel.core.changes import Author
    from nuanxin.kernel.core.crypto import ensure_key
    from nuanxin.kernel.core.tables import bring_up_tables
    from nuanxin.kernel.cycle import services
    from nuanxin.kernel.registry.models import Person
    from nuanxin.kernel.registry.services import load_divisions

    ensure_key()
    bring_up_tables()
    load_divisions(COUNTY)
    clock.move_to(dt.date(2024, 1, 5))
    signers = [
        create_account(username=role, display_name="王某", role=role, password="a long enough one", area=AREA)
        for role in ("county_examiner", "section_chief")
    ]
    begun = time.monotonic()
    given = [(file.name, file.read_bytes()) for file in files]
    opened = services.open_load(files=given, county=COUNTY, author=Author("benchmark"), as_of=AS_OF, here=True)
    taken = services.check_load(list_id=opened.pk)
    checked = time.monotonic()
    assert taken.state == "checked", taken.state
    for account in signers:
        services.sign_takeover(list_id=taken.pk, account=account)
    services.run_waiting_loads()
    ended = time.monotonic()
    taken.refresh_from_db()
    assert (taken.state, Person.objects.count()) == ("in_force", people), taken.state
    return {
        "people": people, "grants": taken.grants, "check_seconds": round(checked - begun, 2),
        "write_seconds": round(ended - checked, 2), "load_seconds": round(ended - begun, 2), "budget_units": UNITS,
        "load": os.getloadavg()[0],
    }  # fmt: skip


if __name__ == "__main__":
    unit, size = Unit(), int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    print(json.dumps(unit.beside(main(size)), indent=1, ensure_ascii=False))
