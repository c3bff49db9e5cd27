"""Accounts, organisations, grants and debts against the declarations, the register and what is in force."""

from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.grants.selectors import covered_persons, open_subjects, taken_over_open, taken_over_rows
from nuanxin.kernel.registry.selectors import matching as registry

AGAIN = "请核对；要改金额请在待遇页办理变更。"


def check_money(staging: Staging, *, own: int = 0) -> None:
    """Check accounts and grants; grants that the list `own` made already are no doubles."""
    _organisations(staging)
    _accounts(staging)
    _rules(staging)
    _grants(staging)
    _in_force(staging, own)
    if staging.filled("debts"):
        _debts(staging)


def _organisations(staging: Staging) -> None:
    codes = [code for (code,) in staging.rows(
        "select uscc from t_organisations union select uscc from t_accounts union select uscc from t_facilities"
    ) if code]  # fmt: skip
    found = list(registry.organisations_by_uscc(codes))
    staging.put("firm", ("uscc", "id", "name", "kind"), found, "varchar bigint varchar varchar")
    staging.put(
        "place",
        ("division", "name", "id", "kind"),
        registry.facilities_in(staging.terms.county),
        "varchar varchar bigint varchar",
    )
    source = "(select t.*, f.name as known from t_organisations t join firm f using (uscc))"
    words = "'登记的名称是“' || known || '”，表中是“' || name || '”。没有改动，请核对。'"
    staging.fault("organisations", "name", "known <> name", words, source=source)
    for table in ("accounts", "facilities"):
        missing = "uscc <> '' and uscc not in (select uscc from firm union select uscc from t_organisations)"
        words = "'没有登记这个单位，请在“单位”表补上。'"
        staging.fault(table, "uscc", missing, words)
    source = (
        "(select t.*, coalesce(f.name, o.name) as known from t_accounts t left join firm f using (uscc) "
        "left join t_organisations o on o.uscc = t.uscc where t.uscc <> '')"
    )
    words = "'户名“' || name || '”与单位名称“' || known || '”不一致。请核对。'"
    staging.fault("accounts", "name", "name <> '' and name <> known", words, source=source)


def _accounts(staging: Staging) -> None:
    numbers = [number for (number,) in staging.rows(
        "select number from t_accounts union select account from t_grants"
    ) if number]  # fmt: skip
    columns = ("number", "id", "person", "organisation")
    staging.put("card_of", columns, registry.account_holders(numbers), "varchar bigint bigint bigint")
    source = (
        "(select t.*, c.person as kperson, c.organisation as korg, f.id as org from m_accounts t "
        "join card_of c using (number) left join firm f using (uscc))"
    )
    words = "'这个账号登记在别人名下。请核对账号。'"
    other = "kperson is distinct from pid and korg is distinct from org"
    staging.fault("accounts", "number", other, words, source=source)


def _rules(staging: Staging) -> None:
    rules = [
        (code, rule.title, rule.pays, rule.once, rule.recognises, "|".join(rule.components))
        for code, rule in staging.terms.rules.items()
    ]
    columns = ("code", "title", "pays", "once", "recognises", "components")
    staging.put("rule", columns, rules, "varchar varchar varchar boolean boolean varchar")
    staging.con.execute(
        """create or replace table stated_grant as
        select g.*, r.title, r.pays, r.once, r.recognises, r.components, coalesce(g.fen_v, 0) as stated,
          case when g.component = '' then split_part(r.components, '|', 1) else g.component end as part,
          case when r.pays = 'household' then 'h' || g.household else 'p' || g.pid end as subject, h.hid,
          g.row + 10000000 * (dense_rank() over (order by g.file) - 1) as place
        from m_grants g join rule r on r.code = g.benefit_v left join home h
          on h.household = nullif(g.household, '')"""
    )


def _grants(staging: Staging) -> None:
    def fault(column: str, where: str, words: str) -> None:
        staging.fault("grants", column, where, words, source="stated_grant")

    fault("benefit", "once", "'一次性待遇没有在享人员。请删去这一行。'")
    fault("household", "pays = 'household' and household = ''", "'“家庭编号”不能为空。请补填。'")
    fault("citizen", "pays = 'person' and who = ''", "'“身份证号”不能为空。请补填。'")
    todo = "家庭待遇填家庭编号，个人待遇填身份证号。"
    fault("household", "pays = 'person' and household <> ''", f"title || '这一栏应留空。{todo}'")
    fault("citizen", "pays = 'household' and who <> ''", f"title || '这一栏应留空。{todo}'")
    odd = "component <> '' and not list_contains(string_split(components, '|'), component)"
    fault(
        "component", odd, "title || '没有构成“' || component || '”。可填：' || replace(components, '|', '、') || '。'"
    )
    fault("fen", "recognises and stated <> 0", "title || '不发钱。月金额请留空。'")
    unreadable = "not (fen <> '' and fen_v is null)"
    fault("fen", f"not recognises and stated <= 0 and {unreadable}", "'月金额应大于零。请补填；已停发的请删去这一行。'")
    as_of = staging.terms.as_of
    fault("start", f"start_v > date '{as_of}'", f"'开始日期晚于接管日 {as_of}。请核对。'")
    _check_groups(staging)
    words = "'“账户”表里没有这个账号，请补上。'"
    known = "(select number from t_accounts union select number from card_of)"
    fault("account", f"account <> '' and account not in {known}", words)


def _check_groups(staging: Staging) -> None:
    """Rows of one subject and benefit are the components of one grant; a household needs members that count."""
    again = (
        "(select *, first_value(row) over w as first, row_number() over w as nth from stated_grant "
        "window w as (partition by benefit_v, subject, part order by file, row))"
    )
    words = "'同一对象的同一待遇重复(与第 ' || first || ' 行)，请删去一行。'"
    staging.fault("grants", "benefit", "nth > 1 and subject is not null", words, source=again)
    differs = (
        "(select *, first_value(row) over w as first, first_value(start_v) over w as start1, "
        "first_value(account) over w as account1 from stated_grant "
        "window w as (partition by benefit_v, subject order by file, row))"
    )
    words = "'与第 ' || first || ' 行是同一待遇，开始日期和账号应一致。'"
    staging.fault("grants", "start", "start_v <> start1 or account <> account1", words, source=differs)
    uncounted = (
        "(select * from stated_grant where pays = 'household' and household <> '' and hid is not null and "
        f"household not in ({_counted(staging)}))"
    )
    staging.fault("grants", "household", "true", "'这一户没有计入的成员，请核对“成员”表。'", source=uncounted)


def _counted(staging: Staging) -> str:
    """Make `counted`, the counted members of each stated household; return the query of households that have any."""
    on = staging.terms.as_of
    ids = [hid for (hid,) in staging.rows("select distinct hid from stated_grant where hid > 0")]
    staging.put("living_there", ("hid", "pid", "role"), registry.counted_members(ids, on), "bigint bigint varchar")
    staging.con.execute(
        f"""create or replace table counted as
        select distinct household, pid, role from (
          select m.household, m.pid, m.role_v as role from m_members m where m.counted_v = '1'
            and m.pid is not null and (m.until_v is null or m.until_v > date '{on}')
          union all select h.household, l.pid, l.role from living_there l join home h using (hid)
            where h.household not in (select household from m_members))"""
    )
    return "select household from counted"


def _in_force(staging: Staging, own: int) -> None:
    """Name the rows whose subject or persons have the benefit: unchanged ones are passed over, others are told."""
    open_ = [row for row in taken_over_open(staging.terms.county) if row[0] != own]
    columns = ("list", "benefit", "pid", "hid", "start", "fen")
    staging.put("had", columns, open_, "bigint varchar bigint bigint date bigint")
    staging.con.execute(
        """create or replace table passed as
        select s.benefit_v, s.subject from (select benefit_v, subject, any_value(pid) as pid, any_value(hid) as hid,
          any_value(pays) as pays, min(start_v) as start, sum(stated)::bigint as fen from stated_grant
          group by benefit_v, subject) s
        join had h on h.benefit = s.benefit_v and h.fen = s.fen and h.start = date_trunc('month', s.start)
          and case when s.pays = 'household' then h.hid = s.hid else h.pid = s.pid end"""
    )
    if not staging.number("select count(*) from m_grants where pid > 0") and not staging.number(
        "select count(*) from counted where pid > 0"
    ):
        return
    own_rows = taken_over_rows(own) if own else set()
    for (benefit,) in staging.rows("select distinct benefit_v from stated_grant"):
        _check_benefit(staging, benefit, own_rows)


def _check_benefit(staging: Staging, benefit: str, own_rows: set[int]) -> None:
    groups = staging.rows(
        f"select pays, any_value(pid), any_value(hid), subject, min(place) from stated_grant "
        f"where benefit_v = '{benefit}' and (benefit_v, subject) not in (select benefit_v, subject from passed) "
        "group by pays, subject"
    )
    groups = [group for group in groups if group[4] not in own_rows]
    persons = [pid for pays, pid, _, _, _ in groups if pays == "person" and (pid or 0) > 0]
    homes = [hid for pays, _, hid, _, _ in groups if pays == "household" and (hid or 0) > 0]
    taken = open_subjects(benefit, persons=persons, households=homes)
    subjects = [s for pays, pid, hid, s, _ in groups if (pays, hid if pays == "household" else pid) in taken]
    listed = {s for *_, s, _ in groups}
    members = staging.rows("select 'h' || household, pid from counted where pid > 0") if homes or listed else []
    covered = covered_persons(benefit, [pid for subject, pid in members if subject in listed])
    subjects += [subject for subject, pid in members if pid in covered and subject in listed]
    staging.put("doubled", ("subject",), [(subject,) for subject in set(subjects)])
    words = "'对象或其成员已在享' || title || '，与登记的不同。" + AGAIN + "'"
    source = f"(select * from stated_grant where benefit_v = '{benefit}' and subject in (select subject from doubled))"
    staging.fault("grants", "benefit", "true", words, source=source)


def _debts(staging: Staging) -> None:
    source = "(select t.*, r.once from m_debts t join rule r on r.code = t.benefit_v)"
    staging.fault("debts", "benefit", "once", "'一次性待遇没有按月的欠款。请核对。'", source=source)
