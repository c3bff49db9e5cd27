"""What every cell must be, by the type its column declares; no row is held against another here."""

import datetime as dt

from nuanxin.kernel.core.identifiers import check_citizen_id, check_uscc, earliest_birth
from nuanxin.kernel.core.names import name_faults
from nuanxin.kernel.cycle.loading.schema import ColumnSpec, tables
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.cycle.loading.texts import quoted
from nuanxin.kernel.registry.ethnic import ETHNIC

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2100, 1, 1)
MOST_NUMBERS = 20_000


def check_cells(staging: Staging) -> None:
    """Hold every cell of every filled table against its column."""
    _faulty_numbers(staging)
    for name, spec in tables().items():
        if staging.filled(name):
            for column in spec.columns:
                if column.need:
                    staging.fault(
                        name, column.name, f"{column.name} = ''", quoted(f"“{column.label}”不能为空。请补填。")
                    )
                if column.most:
                    words = quoted(f"“{column.label}”超过 {column.most} 个字。请缩短。")
                    staging.fault(name, column.name, f"length({column.name}) > {column.most}", words)
                _check_type(staging, name, column)


def _check_type(staging: Staging, table: str, column: ColumnSpec) -> None:
    checks = {
        "citizen": _citizen, "date": _day, "month": _month, "money": _money, "choice": _choice, "ethnic": _ethnic,
        "division": _division, "name": _name, "phone": _phone, "account": _account, "uscc": _uscc, "county": _county,
        "benefit": _benefit, "own": _short, "other": _short, "household": _short,
    }  # fmt: skip
    check = checks.get(column.type)
    if check is not None:
        check(staging, table, column)


def _faulty_numbers(staging: Staging) -> None:
    """Let core say what is wrong with each distinct number that is not sound, or whose bearer cannot be alive."""
    today = staging.terms.today
    odd = staging.rows(
        f"select c from citizen where not sound or birth > date '{today}' or birth < date '{earliest_birth(today)}' "
        f"limit {MOST_NUMBERS}"
    )
    words = [(number, "".join(check_citizen_id(number, today)) or "号码不对。") for (number,) in odd]
    staging.put("odd_number", ("c", "words"), words)


def _citizen(staging: Staging, table: str, column: ColumnSpec) -> None:
    source = f"(select t.*, o.words from t_{table} t join odd_number o on o.c = t.{column.name})"
    staging.fault(table, column.name, "true", "words || '请对照证件更正。'", source=source)


def _day(staging: Staging, table: str, column: ColumnSpec) -> None:
    text, value = column.name, f"{column.name}_v"
    words = f"'日期“' || {text} || '”不存在或写法不对。请写成 2021-07-01 的形式。'"
    staging.fault(table, text, f"{text} <> '' and {value} is null", words)
    outside = f"{value} < date '{FIRST_DAY}' or {value} > date '{LAST_DAY}'"
    staging.fault(table, text, outside, f"'日期“' || {text} || '”不可能。请核对年份。'")


def _month(staging: Staging, table: str, column: ColumnSpec) -> None:
    words = f"'月份“' || {column.name} || '”不存在。请写成 2023-11 的形式。'"
    staging.fault(table, column.name, f"{column.name} <> '' and {column.name}_v is null", words)


def _money(staging: Staging, table: str, column: ColumnSpec) -> None:
    words = f"'金额“' || {column.name} || '”写法不对。请写成 1735.00 这样的元，小数不超过两位。'"
    staging.fault(table, column.name, f"{column.name} <> '' and {column.name}_v is null", words)
    staging.fault(table, column.name, f"{column.name}_v > 10000000000", "'金额太大。请检查是否多写了位数。'")


def _choice(staging: Staging, table: str, column: ColumnSpec) -> None:
    unknown = f"{column.name} <> '' and {column.name}_v is null"
    staging.unknown_words(table, column.name, unknown, list(column.choices), f"“{column.label}”不能是")


def _ethnic(staging: Staging, table: str, column: ColumnSpec) -> None:
    unknown = f"{column.name} <> '' and {column.name}_v is null"
    staging.unknown_words(table, column.name, unknown, list(ETHNIC), "没有民族")


def _benefit(staging: Staging, table: str, column: ColumnSpec) -> None:
    titles = [rule.title for rule in staging.terms.rules.values()]
    unknown = f"{column.name} <> '' and {column.name}_v is null"
    staging.unknown_words(table, column.name, unknown, titles, "没有待遇")


def _division(staging: Staging, table: str, column: ColumnSpec) -> None:
    """A place is a township or village of the county; a name behind the code must be that place's."""
    text, code = column.name, f"{column.name}_v"
    source = (
        f"(select t.*, d.name as known, trim(substring({text}, length({code}) + 1)) as stated "
        f"from t_{table} t left join division d on d.code = t.{code} where {text} <> '')"
    )
    words = f"'本县没有代码为 ' || {text} || ' 的村(社区)，请查区划代码表。'"
    staging.fault(table, text, "known is null", words, source=source)
    differs = "known is not null and stated <> '' and not contains(stated, known) and not contains(known, stated)"
    words = f"'代码 ' || {code} || ' 是“' || known || '”，不是“' || stated || '”。请核对。'"
    staging.fault(table, text, differs, words, source=source)


def _name(staging: Staging, table: str, column: ColumnSpec) -> None:
    """A name is one by core's rules; names of one to fifty common characters are."""
    common = rf"regexp_full_match({column.name}, '[\x{{4E00}}-\x{{9FFF}}]{{1,50}}')"
    found = staging.rows(f"select distinct {column.name} from t_{table} where {column.name} <> '' and not {common}")
    odd = [(name, words[0]) for (name,) in found if (words := name_faults(name))]
    if odd:
        staging.put("odd_name", ("c", "words"), odd)
        source = f"(select t.*, o.words from t_{table} t join odd_name o on o.c = t.{column.name})"
        staging.fault(table, column.name, "true", "words || '请对照证件重填。'", source=source)


def _phone(staging: Staging, table: str, column: ColumnSpec) -> None:
    form = f"{column.name} <> '' and not regexp_full_match({column.name}, '[0-9]{{7,12}}|0[0-9]{{2,3}}-[0-9]{{7,8}}')"
    staging.fault(table, column.name, form, "'电话应为7至12位数字，区号可用“-”隔开。请核对。'")


def _account(staging: Staging, table: str, column: ColumnSpec) -> None:
    form = f"{column.name} <> '' and not regexp_full_match({column.name}, '[0-9]{{8,30}}')"
    staging.fault(table, column.name, form, "'账号应为8至30位数字。请核对存折或银行卡。'")


def _uscc(staging: Staging, table: str, column: ColumnSpec) -> None:
    found = staging.rows(f"select distinct {column.name} from t_{table} where {column.name} <> '' limit {MOST_NUMBERS}")
    odd = [(code, words[0]) for (code,) in found if (words := check_uscc(code))]
    staging.put("odd_code", ("c", "words"), odd)
    source = f"(select t.*, o.words from t_{table} t join odd_code o on o.c = t.{column.name})"
    staging.fault(table, column.name, "true", "words || '请对照登记证书更正。'", source=source)


def _county(staging: Staging, table: str, column: ColumnSpec) -> None:
    form = f"{column.name} <> '' and not regexp_full_match({column.name}, '[0-9]{{6}}')"
    staging.fault(table, column.name, form, f"'{column.label}应为6位数字。请查区划代码表。'")


def _short(staging: Staging, table: str, column: ColumnSpec) -> None:
    staging.fault(table, column.name, f"length({column.name}) > 40", f"'“{column.label}”超过 40 个字符。请缩短。'")
