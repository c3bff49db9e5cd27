"""A bureau's own files, made table by table: a workbook, csv or Parquet of rows given by the columns' labels."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

COUNTY, VILLAGE, OTHER_VILLAGE = "340223", "340223100001", "340223101001"
AS_OF = dt.date(2023, 12, 31)
Rows = Sequence[Mapping[str, Any]]


def number(seq: int, birth: dt.date = dt.date(1950, 3, 7)) -> str:
    """Return an identity number."""
    from nuanxin.kernel.core.identifiers import make_citizen_id

    return make_citizen_id(COUNTY, birth, seq)


def workbook(**sheets: Rows) -> bytes:
    """Return a workbook with a sheet for each table given."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, cells in enumerate(lines(rows)):
                for at, value in enumerate(cells):
                    sheet.write(line, at, value)
    return buffer.getvalue()


def lines(rows: Rows) -> list[list[Any]]:
    """Return the headings and the rows below them."""
    labels = list(dict.fromkeys(label for row in rows for label in row))
    return [labels, *[[row.get(label, "") for label in labels] for row in rows]]


def csv_of(rows: Rows, encoding: str = "utf-8") -> bytes:
    """Return rows as a csv file."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(lines(rows))
    return buffer.getvalue().encode(encoding)


def parquet_of(rows: Rows) -> bytes:
    """Return rows as a Parquet file of text columns."""
    head, *body = lines(rows)
    buffer = io.BytesIO()
    columns = zip(*body, strict=True)
    table = pa.table({label: list(column) for label, column in zip(head, columns, strict=True)})
    pq.write_table(table, buffer)
    return buffer.getvalue()


def bureau() -> dict[str, list[dict[str, Any]]]:
    """Return rows of every table: an old pair on dibao with a grown son elsewhere, one without papers, a home."""
    old, wife, son = number(901), number(902, dt.date(1952, 5, 1)), number(903, dt.date(1975, 6, 1))
    people = [
        {"身份证号": old, "姓名": "王户主", "村(社区)代码": VILLAGE, "电话": "13800000001", "性别": "男", "民族": "回族"},
        {"身份证号": wife, "姓名": "李配偶", "村(社区)代码": VILLAGE, "出生日期": "1952-05-01"},
        {"身份证号": son, "姓名": "王儿子", "村(社区)代码": f"{OTHER_VILLAGE}"},
        {"人员编号": "R7", "姓名": "无名氏甲", "性别": "女", "出生日期": "1961/2/3", "村(社区)代码": VILLAGE},
    ]  # fmt: skip
    member = {"家庭编号": "D1", "是否计入": "是"}
    return {
        "居民": people,
        "家庭": [{"家庭编号": "D1", "村(社区)代码": VILLAGE, "地址": "一组1号"}],
        "成员": [
            {**member, "身份证号": old, "姓名": "王户主", "与户主关系": "户主"},
            {**member, "身份证号": wife, "姓名": "李配偶", "与户主关系": "配偶", "起始日期": "2020-01-01"},
        ],
        "关系": [
            {"身份证号": old, "姓名": "王户主", "关系": "配偶", "对方身份证号": wife, "对方姓名": "李配偶"},
            {"身份证号": old, "姓名": "王户主", "关系": "照料人", "对方身份证号": son, "对方姓名": "王儿子"},
            {"身份证号": son, "姓名": "王儿子", "关系": "父母", "对方身份证号": old, "对方姓名": "王户主"},
        ],
        "情况": [
            fact(old, "残疾等级", "2", until="2026-02-01", source="残疾人证"),
            fact(old, "残疾类别", "肢体", until="2026-02-01", source="残疾人证"),
            fact(wife, "年工资性收入", "6000", standing="本人申报", source="申请表"),
            {**fact("", "财产符合规定", "是", source="核对报告"), "家庭编号": "D1"},
        ],
        "账户": [
            {"身份证号": old, "银行代码": "102", "账号": "62170000000901", "户名": "王户主"},
            {"统一社会信用代码": home_code(), "银行代码": "103", "账号": "1030000000001"},
        ],
        "单位": [{"统一社会信用代码": home_code(), "名称": "南陵县社会福利院", "类型": "事业单位"}],
        "设施": [{"名称": "籍山敬老院", "类型": "养老机构", "村(社区)代码": VILLAGE, "统一社会信用代码": home_code()}],
        "待遇": [
            {"待遇": "最低生活保障", "家庭编号": "D1", "构成": "basic", "月金额": "800.01", "开始日期": "2021-07-01"},
            {"待遇": "高龄津贴", "身份证号": son, "姓名": "王儿子", "月金额": "50", "开始日期": "2020-02-01"},
        ],
        "欠款": [
            {"身份证号": old, "姓名": "王户主", "待遇": "最低生活保障", "种类": "欠发", "所属月份": "2023-11", "金额": "30.5"},
        ],
    }  # fmt: skip


def fact(
    citizen: str, label: str, value: str, *, until: str = "", standing: str = "已核实", source: str = "核对报告"
) -> dict[str, str]:
    """Return a row of 情况."""
    return {
        "身份证号": citizen, "项目": label, "内容": value, "核实程度": standing, "起始日期": "2023-02-01",
        "截止日期": until, "来源": source,
    }  # fmt: skip


def home_code() -> str:
    """Return the credit code of the old people's home."""
    from nuanxin.kernel.core.identifiers import make_uscc

    return make_uscc("52", COUNTY, "MJ000001")
