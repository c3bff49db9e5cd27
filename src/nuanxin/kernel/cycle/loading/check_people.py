"""People, households and relations against the register and each other: names, the dead, who is missing or torn."""

from nuanxin.kernel.cycle.loading.schema import tables
from nuanxin.kernel.cycle.loading.staging import Staging
from nuanxin.kernel.registry.selectors import matching as registry

TEARABLE = "请先办理并户或更正名单。"
NAMED = (("", "citizen", "name"), ("2", "citizen2", "name2"))


def check_people(staging: Staging) -> None:
    """Check everybody named; afterwards every row's people and households are known or a finding."""
    _check_shared(staging)
    _check_missing(staging)
    _check_names(staging)
    _check_dead(staging)
    _check_registered(staging)
    _check_homes(staging)
    _check_members(staging)
    _check_births(staging)
    _check_relations(staging)


def _named(staging: Staging) -> list[tuple[str, str, str, str]]:
    """Return table, suffix, column of the number and of the name of every filled table that names people."""
    found = []
    for name, spec in tables().items():
        if spec.has("citizen") and staging.filled(name):
            found += [(name, end, number, called) for end, number, called in NAMED if spec.has(number)]
    return found


def _check_shared(staging: Staging) -> None:
    several = "(select key, count(*) as n from held group by key having count(*) > 1)"
    for table, suffix, number, _ in _named(staging):
        source = f"(select t.*, s.n from t_{table} t join {several} s on s.key = t.who{suffix})"
        words = "'这个号码登记在 ' || n || ' 个人名下，请先订正居民档案。'"
        staging.fault(table, number, "true", words, source=source)


def _check_missing(staging: Staging) -> None:
    for table, suffix, number, _ in _named(staging):
        if table != "people":
            where = f"who{suffix} <> '' and pid{suffix} is null"
            words = "'居民档案和“居民”表里没有此人，请补填姓名和村(社区)代码，或在“居民”表补上。'"
            staging.fault(table, number, where, words, source=f"m_{table}")


def _check_names(staging: Staging) -> None:
    """What a list states is compared: the name beside a number with the name of whose number it is."""
    for table, suffix, _, called in _named(staging):
        fresh = "w.name as known, w.fresh" if table != "people" else "c.name as known, false as fresh"
        join = f"who_is w on w.pid = t.pid{suffix}" if table != "people" else "card c on c.person = t.pid"
        source = f"(select t.*, {fresh} from m_{table} t join {join})"
        words = (
            f"'表中姓名“' || {called} || '”，这个号码在' || case when fresh then '本次其他行' else '居民档案' end "
            "|| '里是“' || known || '”。请核对号码或姓名。'"
        )
        staging.fault(table, called, f"{called} <> '' and {called} <> known", words, source=source)
    words = "'同一号码写了两个姓名：“' || name || '”“' || other_name || '”。请核对。'"
    torn = (
        "(select m.*, i.other_name from m_members m join implicit i using (who) "
        "where i.name <> i.other_name and m.name = i.name)"
    )
    staging.fault("members", "name", "true", words, source=torn)


def _check_dead(staging: Staging) -> None:
    for table, suffix, number, _ in _named(staging):
        if table in ("debts", "relations", "facts"):
            continue  # a debt, a parent or a record may well be of the dead
        stays = "true" if table != "members" else "until_v is null"
        agrees = "true" if table != "people" else "death_v is null"
        source = f"(select t.*, w.death as gone from m_{table} t join card w on w.person = t.pid{suffix})"
        words = "'此人已于 ' || gone || ' 死亡，请核对后删去。'"
        staging.fault(table, number, f"gone is not null and {stays} and {agrees}", words, source=source)
    source = "(select t.*, w.death as gone from m_members t join newcomer w using (pid))"
    ended = "gone is not null and (until_v is null or until_v > gone + 1)"
    staging.fault("members", "until", ended, "'此人已于 ' || gone || ' 死亡，请填截止日期。'", source=source)
    source = "(select t.*, w.death as gone from m_grants t join newcomer w using (pid))"
    staging.fault(
        "grants", "citizen", "gone is not null", "'此人已于 ' || gone || ' 死亡，请核对后删去。'", source=source
    )


def _check_registered(staging: Staging) -> None:
    """Tell what the register says otherwise; it is not changed by a load."""
    source = (
        "(select t.*, c.name as kname, c.sex as ksex, c.birth as kbirth, c.death as kdeath, c.division as kdivision, "
        "c.county as kcounty from m_people t join card c on c.person = t.pid)"
    )
    for column, known, words in (
        (
            "birth",
            "kbirth",
            "'居民档案里的出生日期是 ' || kbirth || '，表中是 ' || birth || '。没有改动，要改请在居民档案里订正。'",
        ),
        (
            "division",
            "kdivision",
            "'居民档案里的村(社区)是 ' || kdivision || '，表中是 ' || division || '。没有改动，迁移请办理变动。'",
        ),
        (
            "death",
            "kdeath",
            "'表中死亡日期是 ' || death || '，居民档案里' || coalesce('是 ' || kdeath, '没有') || '。请办理死亡。'",
        ),
    ):
        staging.notice(
            "people", column, f"{column}_v is not null and {column}_v is distinct from {known}", words, source=source
        )
    sex = "sex_v is not null and sex_v::bigint <> ksex"
    staging.notice("people", "sex", sex, "'性别与居民档案不一致。没有改动，要改请在居民档案里订正。'", source=source)
    words = "'此人登记在另一个县(' || kcounty || ')，不能由本县导入。请先办理迁入。'"
    staging.fault("people", "citizen", f"kcounty <> '{staging.terms.county}'", words, source=source)


def _check_homes(staging: Staging) -> None:
    for table in ("members", "grants", "facts"):
        missing = "household <> '' and household not in (select household from home)"
        words = "'“家庭”表里没有编号“' || household || '”，请补上该户。'"
        staging.fault(table, "household", missing, words)
    torn = (
        "(select t.*, h.low, h.high, h.known_division, h.known_address "
        "from t_households t join home h using (household))"
    )
    staging.fault("households", "household", "low <> high", f"'成员现登记在不同的家庭，{TEARABLE}'", source=torn)
    shared = (
        "(select t.*, count(*) over (partition by h.registered) as n from t_households t join home h using (household) "
        "where h.registered is not null)"
    )
    words = "'与另一编号对应同一个已登记的家庭，请合并。'"
    staging.fault("households", "household", "n > 1", words, source=shared)
    words = "'这一户登记在 ' || known_division || '，表中是 ' || division || '。没有改动，迁移请办理家庭变动。'"
    staging.notice("households", "division", "known_division <> division_v", words, source=torn)
    words = "'登记的地址是“' || known_address || '”，表中是“' || address || '”。没有改动，要改请在家庭页更正。'"
    staging.notice("households", "address", "address <> '' and known_address <> address", words, source=torn)


def _check_members(staging: Staging) -> None:
    """A registered person already lives somewhere: there as stated, or the row is told."""
    ids = [pid for (pid,) in staging.rows("select distinct pid from m_members where pid > 0")]
    rows = [row for row in registry.memberships_now(ids) if row[5] is None or row[5] > staging.terms.on]
    columns = ("pid", "hid", "role", "counted", "valid_from", "valid_to")
    staging.put("lived", columns, rows, "bigint bigint varchar boolean date date")
    source = (
        "(select t.*, h.hid, l.hid as khid, l.role as krole, l.counted as kcounted from m_members t "
        "join home h using (household) join lived l using (pid) where t.until_v is null)"
    )
    elsewhere = "khid <> hid"
    staging.fault("members", "household", elsewhere, f"'此人现登记在另一个家庭，{TEARABLE}'", source=source)
    words = "'与登记的与户主关系或是否计入不一致。没有改动，请在家庭页办理变动。'"
    differs = "khid = hid and (krole <> role_v or kcounted is distinct from (counted_v = '1'))"
    staging.notice("members", "role", differs, words, source=source)


def _check_births(staging: Staging) -> None:
    """Nothing of a person begins before the birth."""
    for table, column in (("members", "since"), ("facts", "since"), ("relations", "since"), ("grants", "start")):
        source = f"(select t.*, w.birth from m_{table} t join who_is w using (pid))"
        words = "'早于本人出生日期 ' || birth || '。请核对。'"
        where = f"{column}_v < birth"
        if table == "grants":
            where = f"date_trunc('month', {column}_v) < date_trunc('month', birth)"
        staging.fault(table, column, where, words, source=source)
    source = "(select t.*, w.birth from m_debts t join who_is w using (pid))"
    words = "'所属月份早于本人出生日期 ' || birth || '。请核对。'"
    staging.fault("debts", "month", "month_v < date_trunc('month', birth)", words, source=source)


def _check_relations(staging: Staging) -> None:
    source = (
        "(select t.*, a.birth as born, b.birth as born2 from m_relations t join who_is a on a.pid = t.pid "
        "join who_is b on b.pid = t.pid2)"
    )
    words = "'父母的出生日期 ' || born2 || ' 不早于本人的 ' || born || '。请核对谁是谁的父母。'"
    staging.fault("relations", "kind", "kind_v = 'parent' and born2 >= born", words, source=source)
    ids = [pid for (pid,) in staging.rows("select distinct pid from m_relations where pid > 0")]
    staging.put("related", ("pid", "pid2", "kind"), registry.relations_now(ids), "bigint bigint varchar")
    source = "(select t.*, r.pid2 as kpid2 from m_relations t join related r on r.pid = t.pid and r.kind = t.kind_v)"
    words = "'登记的配偶是另一个人。请先办理离婚登记，或核对名单。'"
    staging.fault("relations", "kind", "kind_v = 'spouse' and until_v is null and kpid2 <> pid2", words, source=source)
