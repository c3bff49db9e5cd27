"""Rows held against each other within the load: doubles, dates in order, what one table says and another must know."""

from nuanxin.kernel.cycle.loading.schema import tables
from nuanxin.kernel.cycle.loading.staging import Staging


def check_rows(staging: Staging) -> None:
    """Check the rows of every filled table; nothing of the register is asked."""
    checks = {
        "people": _people, "households": _households, "members": _members, "relations": _relations,
        "accounts": _accounts, "organisations": _organisations, "facilities": _facilities, "debts": _debts,
    }  # fmt: skip
    for name, check in checks.items():
        if staging.filled(name):
            check(staging)
    for name in tables():
        if staging.filled(name):
            _dates(staging, name)


def _doubles(staging: Staging, table: str, column: str, key: str, where: str, message: str) -> None:
    """Name every row but the first of those that agree in a key."""
    source = (
        f"(select t.*, first_value(row) over w as first, row_number() over w as nth from t_{table} t where {where} "
        f"window w as (partition by {key} order by file, row))"
    )
    words = f"'{message}(与第 ' || first || ' 行)，请删去一行。'"
    staging.fault(table, column, "nth > 1", words, source=source)


def _dates(staging: Staging, table: str) -> None:
    """An end follows its start; what has begun has begun by today."""
    spec, today = tables()[table], staging.terms.today
    if spec.has("since") and spec.has("until"):
        wrong = "since_v is not null and until_v <= since_v"
        staging.fault(table, "until", wrong, "'截止日期 ' || until || ' 不晚于起始日期。请核对两个日期。'")
    for column in ("since", "opened", "death"):
        if spec.has(column):
            words = f"'日期 ' || {column} || ' 还没有到。请核对。'"
            staging.fault(table, column, f"{column}_v > date '{today}'", words)


def _people(staging: Staging) -> None:
    fault = staging.fault
    fault("people", "citizen", "who = ''", "'没有号码。请填身份证号；没有的填其他证件号或人员编号。'")
    fault("people", "other_kind", "other <> '' and other_kind = ''", "'填了其他证件号，请选证件类型。'")
    _doubles(staging, "people", "citizen", "citizen", "citizen <> ''", "同一身份证号出现两次")
    _doubles(staging, "people", "other", "other_kind, other", "other <> ''", "同一证件号出现两次")
    _doubles(staging, "people", "own", "own", "own <> ''", "同一人员编号出现两次")
    for column, label in (("sex", "性别"), ("birth", "出生日期")):
        words = f"'没有身份证号的人须填{label}。'"
        fault("people", column, f"citizen = '' and {column} = ''", words)
    known = "(select t.*, c.birth as cbirth, c.male from t_people t join citizen c on c.c = t.citizen and c.sound)"
    fault(
        "people", "birth", "birth_v <> cbirth",
        "'出生日期 ' || birth || ' 与身份证号里的 ' || cbirth || ' 不一致。请核对。'", source=known,
    )  # fmt: skip
    sex = "case when male then '男' else '女' end"
    fault(
        "people", "sex", f"sex_v is not null and sex <> {sex}",
        f"'性别“' || sex || '”与身份证号不一致，号码是' || {sex} || '。请核对。'", source=known,
    )  # fmt: skip
    fault("people", "birth", f"birth_v > date '{staging.terms.today}'", "'出生日期还没有到。请核对。'")
    born = (
        "(select t.*, coalesce(t.birth_v, c.birth) as born from t_people t "
        "left join citizen c on c.c = t.citizen and c.sound)"
    )
    fault("people", "death", "death_v < born", "'死亡日期早于出生日期。请核对。'", source=born)
    card = "card <> '' and not regexp_full_match(card, '[0-9]{17}[0-9X][1-7][1-4](B[0-9])?')"
    fault("people", "card", card, "'残疾人证号应为20位：18位身份证号、1位类别、1位等级。请核对。'")
    other = "card <> '' and citizen <> '' and substring(card, 1, 18) <> citizen"
    fault("people", "card", other, "'残疾人证号里的身份证号与本人不一致。请核对是否为本人的证。'")


def _households(staging: Staging) -> None:
    _doubles(staging, "households", "household", "household", "household <> ''", "家庭编号重复")
    current = f"until_v is null or until_v > date '{staging.terms.as_of}'"
    heads = (
        "(select h.*, coalesce(n, 0) as n from t_households h left join (select household, count(*) filter "
        f"(role_v = 'head' and ({current})) as n from t_members group by household) m using (household) "
        "where h.household <> '')"
    )
    words = "'这一户有 ' || n || ' 个户主，应为一个，请核对“成员”表。'"
    staging.fault("households", "household", "n <> 1", words, source=heads)


def _members(staging: Staging) -> None:
    staging.fault("members", "citizen", "who = ''", "'没有号码。请填身份证号、其他证件号或人员编号。'")
    overlap = (
        "(select t.*, lag(coalesce(until_v, date '9999-12-31')) over w as before, lag(row) over w as first, "
        "lag(household) over w as earlier from t_members t where who <> '' "
        "window w as (partition by who order by coalesce(since_v, date '1900-01-01'), file, row))"
    )
    again = "before > coalesce(since_v, date '1900-01-01')"
    words = "'同一人出现两次(与第 ' || first || ' 行)，请删去一行，或填清起止日期。'"
    staging.fault("members", "citizen", again, words, source=overlap)
    staging.fault("members", "reason", "counted_v = '1' and reason <> ''", "'计入的成员不应填不计入原因。请核对。'")


def _relations(staging: Staging) -> None:
    fault = staging.fault
    fault("relations", "citizen", "who = ''", "'没有号码。请填身份证号、其他证件号或人员编号。'")
    fault("relations", "citizen2", "who2 = ''", "'没有对方的号码。请填身份证号、其他证件号或人员编号。'")
    fault("relations", "citizen2", "who <> '' and who = who2", "'本人与对方是同一个人。请更正对方。'")
    pair = "kind_v, case when kind_v = 'spouse' then least(who, who2) else who end, "
    pair += "case when kind_v = 'spouse' then greatest(who, who2) else who2 end, since_v"
    _doubles(staging, "relations", "kind", pair, "who <> '' and who2 <> ''", "同一关系出现两次")


def _accounts(staging: Staging) -> None:
    holder = "(who <> '') = (uscc <> '')"
    staging.fault("accounts", "citizen", holder, "'账户须属于一个人或一个单位。请填身份证号或统一社会信用代码之一。'")
    _doubles(staging, "accounts", "number", "number", "number <> ''", "同一账号出现两次")


def _organisations(staging: Staging) -> None:
    _doubles(staging, "organisations", "uscc", "uscc", "uscc <> ''", "同一单位出现两次")


def _facilities(staging: Staging) -> None:
    _doubles(staging, "facilities", "name", "name, division_v", "name <> ''", "同一设施出现两次")


def _debts(staging: Staging) -> None:
    staging.fault("debts", "citizen", "who = ''", "'没有号码。请填身份证号、其他证件号或人员编号。'")
    key = "who, benefit_v, kind_v, month_v"
    _doubles(staging, "debts", "citizen", key, "who <> '' and benefit_v is not null", "同一笔欠款重复")
    staging.fault("debts", "fen", "fen_v <= 0", "'金额应大于零。请核对。'")
    late = f"month_v > date '{staging.terms.as_of}'"
    staging.fault("debts", "month", late, f"'所属月份晚于接管日 {staging.terms.as_of}。请核对。'")
