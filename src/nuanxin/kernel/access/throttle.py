"""How long a try to sign in must wait: it grows with each wrong one, by address and account; nobody is locked out.

Wrong tries from elsewhere do not keep a clerk from the desk she always signs in at: an account's own known addresses
answer only for themselves (GB/T 22239-2019 8.1.4.1 b asks for a bound, not for a lock that anybody can close).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from nuanxin.kernel.access.enums import SignInKind
from nuanxin.kernel.access.models import Account, SignIn
from nuanxin.kernel.core import clock

WRONG = (SignInKind.WRONG, SignInKind.CODE, SignInKind.CLOSED, SignInKind.OWN)


@dataclass(frozen=True)
class Rule:
    """So many wrong tries are free within a time; each further one doubles the wait, up to the longest (seconds)."""

    free: int
    within: dt.timedelta
    longest: int

    def wait(self, wrong: int, last: dt.datetime | None, now: dt.datetime) -> int:
        """Return how many seconds are left to wait after the last of so many wrong tries."""
        if wrong < self.free or last is None:
            return 0
        delay = min(2 ** min(wrong - self.free + 1, 20), self.longest)
        return max(0, int((last + dt.timedelta(seconds=delay) - now).total_seconds() + 0.999))


PAIR = Rule(free=5, within=dt.timedelta(days=1), longest=900)
ACCOUNT = Rule(free=15, within=dt.timedelta(hours=1), longest=300)
ADDRESS = Rule(free=40, within=dt.timedelta(minutes=15), longest=60)
CODES = Rule(free=5, within=dt.timedelta(days=1), longest=900)
KNOWN_FOR = dt.timedelta(days=90)


def wait_seconds(*, username: str, address: str) -> int:
    """Return how long a try with this name from this address must wait; names nobody bears wait alike."""
    now = clock.now()
    mine = SignIn.objects.filter(username=username[:150])
    since = _forgiven(username)
    pair = _waits(PAIR, mine.filter(address=address), now, since)
    if mine.filter(address=address, good=True, at__gte=now - KNOWN_FOR).exists():
        return pair
    elsewhere = _waits(ACCOUNT, mine, now, since)
    return max(pair, elsewhere, _waits(ADDRESS, SignIn.objects.filter(address=address), now, None))


def code_wait_seconds(account: Account) -> int:
    """Return how long the next code of the second factor must wait, wherever it comes from."""
    codes = SignIn.objects.filter(username=account.username).filter(Q(how=SignInKind.CODE) | Q(good=True))
    return _waits(CODES, codes, clock.now(), account.unlocked_at)


def slowed_accounts(accounts: Iterable[Account]) -> set[int]:
    """Return the ids of the accounts that somebody must wait for just now, be it at one address only."""
    by_name = {account.username: account for account in accounts}
    now = clock.now()
    rows = SignIn.objects.filter(username__in=by_name, good=False, how__in=WRONG, at__gte=now - PAIR.within)
    tries = rows.values("username", "address").annotate(wrong=Count("id")).filter(wrong__gte=PAIR.free)
    pairs = [(row["username"], row["address"]) for row in tries.order_by("username", "address")]
    slowed = {by_name[name].pk for name, address in pairs if wait_seconds(username=name, address=address)}
    return slowed | {by_name[name].pk for name, _ in pairs if code_wait_seconds(by_name[name])}


def _forgiven(username: str) -> dt.datetime | None:
    """Return since when an account's wrong tries count: an administrator forgave the earlier ones."""
    return Account.objects.filter(username=username).values_list("unlocked_at", flat=True).first()


def _waits(rule: Rule, tries: QuerySet[SignIn], now: dt.datetime, since: dt.datetime | None) -> int:
    """Return the wait after the wrong tries since the last good one among them."""
    recent = tries.filter(at__gte=max(now - rule.within, since) if since else now - rule.within)
    if rule is not ADDRESS and (good := recent.filter(good=True).aggregate(at=Max("at"))["at"]):
        recent = recent.filter(at__gt=good)
    wrong = recent.filter(good=False, how__in=WRONG).aggregate(many=Count("id"), last=Max("at"))
    return rule.wait(wrong["many"], wrong["last"], now)
