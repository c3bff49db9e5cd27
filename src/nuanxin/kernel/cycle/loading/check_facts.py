"""Facts by the dictionary: who may have them, how they are written, their bounds; rows of one record agree."""

from nuanxin.kernel.cycle.loading import texts
from nuanxin.kernel.cycle.loading.staging import Staging

YES, NO = ("是", "有", "true"), ("否", "无", "false")


def check_facts(staging: Staging) -> None:
    """Check the table and make `record`: one row for each circumstance that several rows together state."""
    _make_stated(staging)
    if staging.filled("facts"):
        _check_words(staging)
        _check_values(staging)
        _check_days(staging)
        _check_together(staging)
    _make_records(staging)


def _make_stated(staging: Staging) -> None:
    """Make `stated`: each row with what the dictionary says of its fact, and its value as fen, number, day or code."""
    unit = (
        "case when unit <> '' and ends_with(value, unit) then trim(substring(value, 1, length(value) - length(unit))) "
    )
    unit += "else value end"
    yes, no = (", ".join(texts.quoted(word) for word in words) for words in (YES, NO))
    staging.con.execute(
        f"""create or replace table stated as
        with named as (
          select t.*, f.label, f.fact as code_of, f.kind, f.subject, f.take, f.type, f.unit, f.codes, f.certificate,
            try_cast(nullif(f.least, '') as bigint) as least, try_cast(nullif(f.most, '') as bigint) as most
          from t_facts t left join fact f on f.word = t.fact),
        plain as (select *, {texts.half_width(unit)} as plain from named),
        listed as (select *, list_filter(string_split(codes, '|'), x -> split_part(x, '=', 1) = plain
            or substring(x, strpos(x, '=') + 1) = plain) as fitting from plain)
        select * exclude (fitting),
          case when type = 'money' then {texts.fen("plain")}
            when type = 'number' and regexp_full_match(plain, '-?[0-9]{{1,9}}') then try_cast(plain as bigint)
            when type = 'yesno' and plain in ({yes}) then 1
            when type = 'yesno' and plain in ({no}) then 0 end as whole,
          case when type = 'code' and codes <> '' then split_part(fitting[1], '=', 1)
            when type = 'code' then nullif(plain, '') end as coded,
          case when type = 'date' then {texts.day("plain")} end as stated_day
        from listed"""
    )


def _check_words(staging: Staging) -> None:
    words = [fact.label for fact in staging.terms.facts if fact.word == fact.label]
    known = "(select word from fact)"
    staging.unknown_words("facts", "fact", f"fact <> '' and fact not in {known}", words, "没有可登记的情况")
    fault = staging.fault
    both = "(who <> '') = (household <> '')"
    fault("facts", "citizen", both, "'情况须属于一个人或一个家庭。请填身份证号(人员编号)或家庭编号之一。'")
    fault(
        "facts",
        "household",
        "subject = 'person' and who = '' and household <> ''",
        "label || '是个人的情况。请填身份证号，家庭编号留空。'",
        source="stated",
    )
    fault(
        "facts",
        "citizen",
        "subject = 'household' and who <> ''",
        "label || '是家庭的情况。请填家庭编号，身份证号留空。'",
        source="stated",
    )


def _check_values(staging: Staging) -> None:
    said = "value <> '' and kind is not null"
    wrong = {
        "money": (
            "whole is null",
            "'请写成 1735.00 这样的' || coalesce(nullif(unit, ''), '元') || '数，小数不超过两位。'",
        ),
        "number": ("whole is null", "'请填整数' || case when unit = '' then '' else '(' || unit || ')' end || '。'"),
        "yesno": ("whole is null", "'请填 是 或 否。'"),
        "date": ("stated_day is null", "'请写成 2021-07-01 的形式。'"),
        "code": ("coded is null", "'请从 ' || replace(codes, '|', '、') || ' 中选。'"),
    }
    for kind, (condition, todo) in wrong.items():
        message = f"label || '不能是“' || value || '”。' || {todo}"
        staging.fault("facts", "value", f"{said} and type = '{kind}' and {condition}", message, source="stated")
    none = f"{said} and take = 'exists' and whole = 0"
    staging.fault("facts", "value", none, "'没有“' || label || '”的不必登记。请删去这一行。'", source="stated")
    shown = "case when type = 'money' then printf('%.2f', {0} / 100.0) else {0}::varchar end"
    for bound, sign, words in (("least", "<", "小于"), ("most", ">", "大于")):
        message = f"label || '不能{words} ' || {shown.format(bound)} || '。请核对。'"
        staging.fault("facts", "value", f"whole {sign} {bound}", message, source="stated")


def _check_days(staging: Staging) -> None:
    for take, column in (("since", "since"), ("until", "until")):
        message = f"label || ' ' || value || ' 与{'起始' if take == 'since' else '截止'}日期不一致。请核对。'"
        where = f"take = '{take}' and stated_day is not null and {column}_v is not null and stated_day <> {column}_v"
        staging.fault("facts", "value", where, message, source="stated")
    missing = "coalesce(certificate, '') <> '' and until = ''"
    words = "certificate || '没有截止日期：按长期有效登记，不会到期提醒。'"
    staging.notice("facts", "until", missing, words, source="stated")


def _check_together(staging: Staging) -> None:
    """Rows of one record (残疾等级 and 残疾类别 of one card) begin and end together; the same fact stands once."""
    subject = "who, household, kind, standing_v"
    again = (
        f"(select *, row_number() over w as nth, first_value(row) over w as first from stated where kind is not null "
        f"window w as (partition by {subject}, code_of, since_v order by file, row))"
    )
    staging.fault("facts", "fact", "nth > 1", "'同一情况出现两次(与第 ' || first || ' 行)，请删去一行。'", source=again)
    ends = (
        f"(select *, count(distinct coalesce(until_v, date '9999-12-31')) over w as ends, first_value(row) over w as "
        f"first from stated where kind is not null window w as (partition by {subject}, since_v))"
    )
    words = "'与第 ' || first || ' 行是同一份证明，截止日期应一致。请核对。'"
    staging.fault("facts", "until", "ends > 1", words, source=ends)
    overlap = (
        f"(select *, lag(coalesce(until_v, date '9999-12-31')) over w as before, lag(since_v) over w as earlier, "
        f"lag(row) over w as first from stated where kind is not null and since_v is not null "
        f"window w as (partition by {subject}, code_of order by since_v, file, row))"
    )
    words = "'与第 ' || first || ' 行时间重叠。请给较早的一行填截止日期 ' || since || '。'"
    staging.fault("facts", "since", "before > since_v and earlier < since_v", words, source=overlap)


def _make_records(staging: Staging) -> None:
    """Make `record`: subject's key, kind, standing, days, fen, level, code and source of each circumstance stated."""
    staging.con.execute(
        """create or replace table record as
        select who, household, kind, standing_v as standing, since_v as valid_from,
          max(coalesce(until_v, case when take = 'until' then stated_day end)) as valid_to,
          max(case when take in ('amount', 'sum') then whole end) as amount_fen,
          max(case when take = 'level' then whole end) as level,
          max(case when take = 'code' then coded end) as code,
          min(source) as source, min(file) as file, min(row) as row
        from stated where kind is not null and since_v is not null and standing_v is not null
        group by all"""
    )
