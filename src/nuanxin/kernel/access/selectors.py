"""What an account may do and see, and how personal data looks in a list."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet

from nuanxin.kernel.access.enums import RequestState
from nuanxin.kernel.access.models import Account, AccountRequest, Disclosure, RecoveryCode, SignIn
from nuanxin.kernel.access.passwords import shortest_for
from nuanxin.kernel.access.roles import ADMINISTRATION, APPROVING, CUT_BY_LINE, ROLES, Role
from nuanxin.kernel.access.throttle import slowed_accounts as slowed_accounts
from nuanxin.kernel.access.totp import FactorOffer, offer_of, secret_of
from nuanxin.kernel.core.anchors import read_anchors
from nuanxin.kernel.core.changes import changes_by_verb
from nuanxin.kernel.core.crypto import keyed_hex, sm3_hex

if TYPE_CHECKING:
    from nuanxin.kernel.core.models import Change

LEVELS = ("province", "city", "county", "township", "village")
NOTHING = Q(pk__in=[])
SEES_MEANS = 2
"""From this sensitivity on a role sees names in full, incomes and health."""
DISCLOSURES = "disclosures"
"""The log's name among the anchored chains."""


@dataclass(frozen=True)
class DemoRole:
    """One button of the demo's login page."""

    username: str
    title: str
    may: tuple[str, ...]


def role_of(account: Account) -> Role | None:
    """Return the account's role, None when it names none."""
    return ROLES.get(account.role)


def may(account: Account, permission: str) -> bool:
    """Return whether an active account's role holds the permission.

    An account with lines of business holds only what is cut by line (`CUT_BY_LINE`): elsewhere it would see all lines.
    """
    role = role_of(account)
    held = bool(account.is_active and role and permission in role.permissions)
    return held and (not account.lines or permission in CUT_BY_LINE)


def sees_path(account: Account, path: str) -> bool:
    """Return whether a division's path is the account's area or lies in it; merely beginning alike does not count."""
    area = account.area
    return bool(account.is_active and area) and (path == area or path.startswith(f"{area}."))


def area_filter(account: Account, field: str = "division") -> Q:
    """Return the condition that a row's division (`field`, a foreign key) lies in the account's area."""
    if not (account.is_active and account.area):
        return NOTHING
    place = f"{field}__path" if field else "path"
    return Q(**{place: account.area}) | Q(**{f"{place}__startswith": f"{account.area}."})


def township_filter(account: Account, field: str = "township") -> Q:
    """Return the condition that a row's nine-character township code lies in the account's area.

    An area below the township sees nothing this way: such rows do not tell the village.
    """
    level = area_level(account)
    if level is None or level == "village":
        return NOTHING
    code = account.area.rsplit(".", 1)[-1]
    return Q(**{field: code}) if level == "township" else Q(**{f"{field}__startswith": code})


def area_level(account: Account) -> str | None:
    """Return the level of the account's area, None when it has none."""
    depth = account.area.count(".") + 1 if account.is_active and account.area else 0
    return LEVELS[depth - 1] if 0 < depth <= len(LEVELS) else None


def county_of(account: Account) -> str | None:
    """Return the six-character county the account's area lies in, None when the area is wider than one county."""
    parts = account.area.split(".")
    return parts[2] if len(parts) > 2 else None


def masked_name(name: str) -> str:
    """Return a name with all but its first and last character starred: 张*丰, 李*."""
    if len(name) < 2:
        return name
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def name_for(account: Account, name: str, path: str = "") -> str:
    """Return a person's name as an account may see it, the one rule of lists, pages, exports and letters' drafts.

    In full for a role that sees means (sensitivity 2), for people whose division's `path` lies in the account's area;
    whoever asks without a path has made sure of the area.
    """
    role = role_of(account)
    whole = role is not None and role.sensitivity >= SEES_MEANS and (not path or sees_path(account, path))
    return name if whole else masked_name(name)


def mask_id(tail: str, region: str = "") -> str:
    """Return how an identity number looks in a list: region if known, stars, the last four characters."""
    return f"{region:*<6}********{tail}"


def mask_account(tail: str) -> str:
    """Return how an account looks in a list: its last four digits."""
    return f"**** {tail}"


def account_by_id(account_id: int) -> Account | None:
    """Return an account, None when there is none."""
    return Account.objects.filter(pk=account_id).first()


def account_by_username(username: str) -> Account | None:
    """Return an account by its login name, None when there is none."""
    return Account.objects.filter(username=username).first()


def colleagues(account: Account, permissions: Collection[str]) -> list[Account]:
    """Return the other people in office of the account's county whose role holds one of some permissions."""
    county = county_of(account)
    if county is None:
        return []
    roles = [role.code for role in ROLES.values() if role.permissions & set(permissions)]
    rows = Account.objects.filter(is_active=True, role__in=roles, area__contains=f".{county}").exclude(pk=account.pk)
    return [one for one in rows.order_by("area", "display_name", "id") if county_of(one) == county]


def demo_roles() -> list[DemoRole]:
    """Return the roles as the demo's login page offers them: username = role code."""
    titles = {role.code: tuple(sorted(role.permissions)) for role in ROLES.values()}
    return [DemoRole(username=code, title=ROLES[code].title, may=may_do) for code, may_do in titles.items()]


def shortest_password(account: Account) -> int:
    """Return how many characters the account's password must have; one Han character counts as two."""
    return shortest_for(account.role)


def needs_factor(account: Account) -> bool:
    """Return whether the account must have a second factor here: it decides for good, or administers accounts."""
    role = role_of(account)
    return bool(settings.SECOND_FACTOR == "required" and role and role.permissions & (APPROVING | ADMINISTRATION))


def offered_factor(account: Account) -> FactorOffer | None:
    """Return the second factor that was offered and not confirmed yet, None when none was or one is in use."""
    if account.factor_on or not account.factor_key_id:
        return None
    return offer_of(secret_of(account), account.username)


def recovery_codes_left(account: Account) -> int:
    """Return how many recovery codes of the account were not used."""
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


def accounts_in(account: Account) -> QuerySet[Account]:
    """Return the accounts in an administrator's area, those asked for and not yet agreed to among them."""
    asked = AccountRequest.objects.filter(_in_area(account, "area")).values("account_id")
    return Account.objects.filter(_in_area(account, "area") | Q(area="", pk__in=asked)).order_by("username")


def requests_in(account: Account, state: str = RequestState.WAITING) -> QuerySet[AccountRequest]:
    """Return the requests for accounts in an administrator's area, the oldest first; an empty state means all."""
    rows = AccountRequest.objects.filter(account__in=accounts_in(account).order_by().values("pk"))
    rows = rows.filter(state=state) if state else rows
    return rows.select_related("account", "asked_by", "decided_by").order_by("asked_at", "id")


def sign_ins_in(account: Account) -> QuerySet[SignIn]:
    """Return the tries to sign in to accounts of the area, and those that named no account, the newest first."""
    mine = _in_area(account, "account__area") | Q(account=None)
    return SignIn.objects.filter(mine).select_related("account").order_by("-at", "-id")


def disclosures_in(account: Account) -> QuerySet[Disclosure]:
    """Return the looks at full numbers by accounts of the area, the newest first."""
    return Disclosure.objects.filter(_in_area(account, "account__area")).select_related("account").order_by("-id")


def acts_in(account: Account) -> "QuerySet[Change]":
    """Return what the area's administrators did to accounts, the newest first."""
    return changes_by_verb("account_").filter(_in_area(account, "actor__area") | Q(actor=None))


def usernames(ids: Iterable[int]) -> dict[int, str]:
    """Return login names by account id."""
    return dict(Account.objects.filter(pk__in=set(ids)).values_list("pk", "username"))


def _in_area(account: Account, field: str) -> Q:
    if not (account.is_active and account.area):
        return NOTHING
    return Q(**{field: account.area}) | Q(**{f"{field}__startswith": f"{account.area}."})


def disclosure_text(entry: Disclosure) -> str:
    """Return what one entry of the log states, the previous hash first; its SM3 is the entry's own."""
    who = f"{entry.account_id}|{'' if entry.person_id is None else entry.person_id}"
    return f"{entry.previous}|{entry.at.timestamp():.6f}|{who}|{entry.what}|{entry.purpose}"


def disclosure_seal(entry: Disclosure) -> str:
    """Return the keyed SM3 an entry must bear."""
    return keyed_hex(DISCLOSURES, entry.chain)


def newest_disclosure() -> Disclosure | None:
    """Return the newest entry, whose hash the next one names."""
    return Disclosure.objects.order_by("-id").first()


def disclosure_head() -> str:
    """Return the hash of the newest entry (empty when there is none), to be kept where a later removal must show."""
    last = newest_disclosure()
    return last.chain if last else ""


def broken_disclosures() -> list[int]:
    """Return the ids of entries whose hash, seal or predecessor does not fit; none when nothing was altered."""
    broken, previous = [], ""
    for entry in Disclosure.objects.order_by("id").iterator(chunk_size=2000):
        hashed = entry.previous == previous and entry.chain == sm3_hex(disclosure_text(entry))
        if not hashed or entry.seal != disclosure_seal(entry):
            broken.append(entry.pk)
        previous = entry.chain
    return broken


def disclosure_faults() -> list[str]:
    """Return what is wrong with the log, in sentences: entries altered, and entries gone that were anchored outside."""
    broken = broken_disclosures()
    faults = [f"查看号码日志有 {len(broken)} 处被改动，最早是第 {broken[0]} 条。"] if broken else []
    anchors = read_anchors(DISCLOSURES)
    places = {int(anchor.place): anchor.head for anchor in anchors.lines}
    held = dict(Disclosure.objects.filter(pk__in=places).values_list("pk", "chain"))
    gone = [place for place, head in sorted(places.items()) if held.get(place) != head]
    if gone:
        faults.append(f"查看号码日志第 {gone[0]} 条在库外锚定过，现在不见了或不是原来的。")
    return faults + list(anchors.faults)
