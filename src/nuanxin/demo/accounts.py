"""Bank accounts of those who are paid: social security cards with a good check digit."""

import pyarrow as pa

from nuanxin.demo.people import COUNTY
from nuanxin.demo.world import World

BANKS = {"402376100016": "621799", "103376200028": "622848", "403376300031": "621098"}  # 农商行, 农行, 邮储


def card_number(prefix: str, serial: int) -> str:
    """Return a 19-digit card number with its Luhn digit."""
    body = f"{prefix}{serial:012d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"


def account_of(person_id: int) -> tuple[str, str]:
    """Return the bank code and the account number of a person."""
    code = list(BANKS)[person_id % 7 % 3]
    return code, card_number(BANKS[code], 340_223_000_000 + person_id)


def accounts_table(world: World) -> pa.Table:
    """Return accounts of those who will apply in the half-year; earlier holders bring theirs on the takeover list."""
    known = set(world.county.paid_before)
    asking = {asked.payee for month in world.months for asked in month.asked} - known
    people = sorted(world.person_id(position) for position in asking)
    accounts = [account_of(person) for person in people]
    return pa.table(
        {
            "county": pa.repeat(COUNTY, len(people)),
            "holder_id": pa.array(people, pa.int64()),
            "bank_code": pa.array([code for code, _ in accounts], pa.string()),
            "number": pa.array([number for _, number in accounts], pa.string()),
        }
    )
