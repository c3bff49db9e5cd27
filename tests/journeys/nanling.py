"""The people of one county before anything is registered: who they are and what the bureau's own lists say of them."""

from typing import Any

from tests.journeys.files import citizen_id

COUNTY = "340223"
VILLAGE, OTHER = "340223100001", "340223100002"
TOWN = "34.3402.340223.340223100"
AREA = "34.3402.340223"
HOME = "52340223MJ00000266"
BORN = {
    "张福林": ("1950-03-07", 1), "刘桂英": ("1953-05-01", 2), "张小军": ("1980-06-01", 3),
    "王大山": ("1968-04-02", 5), "陈秀兰": ("1970-09-09", 4), "王小雨": ("2012-05-05", 6),
    "赵广田": ("1972-02-02", 7), "李春花": ("1974-08-08", 8),
    "孙有福": ("1947-10-01", 9), "周平安": ("1975-07-15", 11), "周小平": ("2010-03-03", 13),
    "吴小宝": ("2013-06-01", 15), "吴老太": ("1955-01-20", 10),
    "郑小芳": ("2014-09-10", 12), "郑强": ("1988-02-11", 17), "何梅": ("1990-03-12", 14), "黄奶奶": ("1958-12-01", 16),
    "郑姑姑": ("1992-04-14", 18), "钱老寿": ("1942-11-11", 19), "冯老根": ("1945-05-06", 21), "冯建国": ("1970-07-07", 23),
    "曹移民": ("1970-01-30", 25), "蒋明": ("1985-12-12", 27),
}  # fmt: skip
NUMBERS = {name: citizen_id(COUNTY, born, seq) for name, (born, seq) in BORN.items()}
HOUSEHOLDS = {
    "D01": (("张福林", "户主"), ("刘桂英", "配偶"), ("张小军", "子女")),
    "D02": (("王大山", "户主"), ("陈秀兰", "配偶"), ("王小雨", "子女")),
    "D03": (("赵广田", "户主"), ("李春花", "配偶")),
    "D04": (("孙有福", "户主"),),
    "D05": (("周平安", "户主"), ("周小平", "子女")),
    "D06": (("吴老太", "户主"), ("吴小宝", "孙子女")),
    "D07": (("黄奶奶", "户主"), ("郑小芳", "孙子女")),
    "D08": (("钱老寿", "户主"),),
    "D09": (("冯老根", "户主"), ("冯建国", "子女")),
    "D10": (("曹移民", "户主"),),
    "D11": (("蒋明", "户主"),),
    "D12": (("郑姑姑", "户主"),),
}
WITHOUT_ACCOUNT = (
    "孙有福",
    "刘桂英",
    "陈秀兰",
    "王小雨",
    "周小平",
    "吴小宝",
    "郑小芳",
    "郑强",
    "何梅",
    "冯老根",
    "李春花",
)


def _named(name: str) -> dict[str, str]:
    return {"身份证号": NUMBERS[name], "姓名": name}


def people() -> list[dict[str, Any]]:
    """Return the list of residents, with two slips of the pen for the check to find."""
    rows = [
        {**_named(name), "村(社区)代码": VILLAGE, "民族": "汉族", "出生日期": born} for name, (born, _) in BORN.items()
    ]
    by_name = {row["姓名"]: row for row in rows}
    by_name["何梅"]["死亡日期"] = "2020-05-20"
    by_name["赵广田"]["出生日期"] = "1927-02-02"
    by_name["蒋明"]["身份证号"] = NUMBERS["蒋明"][:-2] + NUMBERS["蒋明"][-1]
    return rows


CORRECTIONS = {"赵广田": {"出生日期": "1972-02-02"}, "蒋明": {"身份证号": NUMBERS["蒋明"]}}


def households() -> list[dict[str, Any]]:
    """Return the households."""
    return [{"家庭编号": code, "村(社区)代码": VILLAGE, "地址": f"{int(code[1:])}组1号"} for code in HOUSEHOLDS]


def members() -> list[dict[str, Any]]:
    """Return who lives with whom."""
    return [
        {"家庭编号": code, **_named(name), "与户主关系": role, "是否计入": "是"}
        for code, them in HOUSEHOLDS.items()
        for name, role in them
    ]


def relations() -> list[dict[str, Any]]:
    """Return who is whose spouse, parent and guardian."""
    told = [
        ("张福林", "配偶", "刘桂英"), ("吴小宝", "监护人", "吴老太"), ("郑小芳", "父母", "郑强"), ("郑小芳", "父母", "何梅"),
        ("郑小芳", "监护人", "黄奶奶"), ("冯建国", "父母", "冯老根"),
    ]  # fmt: skip
    return [
        {**_named(one), "关系": kind, "对方身份证号": NUMBERS[other], "对方姓名": other} for one, kind, other in told
    ]


def facts() -> list[dict[str, Any]]:
    """Return what the bureau has verified of them."""
    told = [
        ("张小军", "残疾等级", "2", "2033-02-01", "残疾人证"), ("张小军", "残疾类别", "肢体", "2033-02-01", "残疾人证"),
        ("蒋明", "残疾等级", "1", "2031-02-01", "残疾人证"), ("蒋明", "残疾类别", "智力", "2031-02-01", "残疾人证"),
        ("吴小宝", "认定的孤儿", "是", "", "孤儿认定表"),
        ("郑强", "服刑、戒毒等期限", "36", "", "判决书"), ("郑强", "服刑或强制隔离戒毒", "是", "", "判决书"),
        ("王大山", "年工资性收入", "9600", "", "核对报告"), ("赵广田", "年工资性收入", "21600", "", "核对报告"),
        ("孙有福", "生活自理不能达到的项数", "1", "2026-01-01", "自理能力评估表"),
        ("孙有福", "无法定义务人或其无履行能力", "是", "", "入户调查"),
    ]  # fmt: skip
    rows = [{**_named(name), **_fact(label, value, until, source)} for name, label, value, until, source in told]
    for code in ("D01", "D02", "D03", "D04", "D05"):
        rows.append({"家庭编号": code, **_fact("财产符合规定", "是", "", "核对报告")})
    return rows


def _fact(label: str, value: str, until: str, source: str) -> dict[str, str]:
    return {
        "项目": label, "内容": value, "核实程度": "已核实", "起始日期": "2023-02-01", "截止日期": until, "来源": source,
    }  # fmt: skip


def accounts() -> list[dict[str, Any]]:
    """Return the bank accounts the bureau pays to."""
    return [
        {"身份证号": NUMBERS[name], "户名": name, "银行代码": "102", "账号": f"62170000{index:08d}"}
        for index, name in enumerate(BORN, start=1)
        if name not in WITHOUT_ACCOUNT
    ]


def organisations() -> list[dict[str, Any]]:
    """Return the county's home."""
    return [{"统一社会信用代码": HOME, "名称": "南陵县社会福利院", "类型": "事业单位"}]


def facilities() -> list[dict[str, Any]]:
    """Return the places of service."""
    return [{"名称": "籍山敬老院", "类型": "养老机构", "村(社区)代码": VILLAGE, "统一社会信用代码": HOME}]


def grants() -> list[dict[str, Any]]:
    """Return what is paid already."""
    dibao = {"待遇": "最低生活保障", "家庭编号": "D01", "开始日期": "2022-01-01"}
    return [
        {**dibao, "构成": "basic", "月金额": "2244"},
        {"待遇": "重度残疾人护理补贴", **_named("张小军"), "月金额": "80", "开始日期": "2023-02-01"},
    ]


def debts() -> list[dict[str, Any]]:
    """Return what is still owed from the time before."""
    return [
        {
            **_named("张福林"),
            "待遇": "最低生活保障",
            "种类": "欠发",
            "所属月份": "2023-11",
            "金额": "30.50",
            "说明": "退票",
        }
    ]


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return all lists by the titles of the template's sheets."""
    return {
        "居民": people(), "家庭": households(), "成员": members(), "关系": relations(), "情况": facts(), "账户": accounts(),
        "单位": organisations(), "设施": facilities(), "待遇": grants(), "欠款": debts(),
    }  # fmt: skip
