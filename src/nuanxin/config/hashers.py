"""How passwords are hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OfficeHasher(PBKDF2PasswordHasher):
    """PBKDF2-HMAC-SHA256 with the 600,000 rounds OWASP asks for; hashes of more rounds are made anew at sign-in."""

    iterations = 600_000
