"""The second factor: codes of RFC 6238 from a telephone, each taken once, and ten codes for a lost telephone."""

import secrets
from hmac import compare_digest

from django.db import transaction

from nuanxin.kernel.access.models import Account, RecoveryCode
from nuanxin.kernel.access.throttle import code_wait_seconds
from nuanxin.kernel.access.totp import STEP, FactorOffer, offer_of, secret_of, totp
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.crypto import blind, encrypt
from nuanxin.kernel.core.errors import Fault, Refused

SECRET = 20
DRIFT = 1  # a telephone's clock may be one step off either way (RFC 6238 5.2)
RECOVERY, LETTERS = 10, "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def open_factor(*, account: Account) -> FactorOffer:
    """Make a secret for an account; it counts once `confirm_factor` saw a code of it. Refused when one is in use."""
    secret = secrets.token_bytes(SECRET)
    cipher, key_id = encrypt(secret.hex())
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.factor_on:
            raise Refused("access.factor_on", "双因素认证已经启用。", "换手机请找系统管理员重设。")
        held.factor_cipher, held.factor_key_id, held.factor_step = cipher, key_id, 0
        held.save(update_fields=["factor_cipher", "factor_key_id", "factor_step"])
    return offer_of(secret, account.username)


def confirm_factor(*, account: Account, code: str) -> list[str]:
    """Take the offered secret into use with a first code; return ten recovery codes, shown this once only."""
    with transaction.atomic():
        held = Account.objects.select_for_update().get(pk=account.pk)
        if held.factor_on or not held.factor_key_id:
            raise Refused("access.factor_state", "没有待确认的双因素认证。", "请重新扫码。")
        step = _matching_step(secret_of(held), code, held.factor_step)
        if step is None:
            raise Refused("access.code", "动态码不对。", "请核对手机时间，输入手机上现在显示的六位数。")
        held.factor_on, held.factor_step = True, step
        held.save(update_fields=["factor_on", "factor_step"])
        return _make_recovery_codes(held)


def check_factor(*, account: Account, code: str) -> str:
    """Return `factor` or `recovery` for a right code, empty for a wrong one or one that came too early.

    Each code is taken once; the caller writes the try down, and wrong ones make the next wait longer.
    """
    if not account.factor_on:
        raise Fault("an account without a second factor was asked for one")
    if code_wait_seconds(account):
        return ""
    with transaction.atomic():
        return "factor" if _take_step(account, code) else "recovery" if _take_recovery(account, code) else ""


def clear_factor(account: Account) -> None:
    """Take an account's second factor and recovery codes away; the caller holds the transaction and saves."""
    account.factor_cipher, account.factor_key_id, account.factor_on, account.factor_step = b"", "", False, 0
    RecoveryCode.objects.filter(account=account).delete()


def _take_step(account: Account, code: str) -> bool:
    """Take a code of the telephone; the row's own step decides between two who bring the same one."""
    held = Account.objects.select_for_update().get(pk=account.pk)
    step = _matching_step(secret_of(held), code, held.factor_step)
    return step is not None and bool(Account.objects.filter(pk=held.pk, factor_step__lt=step).update(factor_step=step))


def _take_recovery(account: Account, code: str) -> bool:
    digest = _digest(account, code)
    return bool(RecoveryCode.objects.filter(account=account, digest=digest, used_at=None).update(used_at=clock.now()))


def _make_recovery_codes(account: Account) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY)]
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(account=account, digest=_digest(account, code)) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(account: Account, code: str) -> str:
    return blind(f"recovery|{account.pk}|{code.replace('-', '').replace(' ', '').upper()}").hex()


def _matching_step(secret: bytes, code: str, used: int) -> int | None:
    """Return the time step whose code this is, later than the last one used; None when there is none."""
    typed, now = code.replace(" ", "").strip().encode(), int(clock.instant()) // STEP
    maker = totp(secret)
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > used]
    return next((step for step in steps if compare_digest(maker.generate(step * STEP), typed)), None)
