"""Codes of RFC 6238 and what a telephone needs to make them."""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.crypto import decrypt

DIGITS, STEP = 6, 30
ISSUER = "暖心"


@dataclass(frozen=True)
class FactorOffer:
    """What a telephone needs: the secret to type, and the address that its QR code holds."""

    secret: str
    uri: str


def totp(secret: bytes) -> TOTP:
    """Return the maker of six-digit codes, one for each half minute."""
    return TOTP(secret, DIGITS, SHA1(), STEP)  # SHA-1 is what telephones' apps know; RFC 6238 rests on HMAC


def secret_of(account: Account) -> bytes:
    """Return the account's secret."""
    return bytes.fromhex(decrypt(account.factor_cipher, account.factor_key_id))


def offer_of(secret: bytes, username: str) -> FactorOffer:
    """Return a secret in the form that telephones read."""
    return FactorOffer(base64.b32encode(secret).decode(), totp(secret).get_provisioning_uri(username, ISSUER))
