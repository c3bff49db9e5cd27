"""Settings of an instance; every value that differs between instances comes from the environment."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from nuanxin.config.secret import load_or_make_secret

PACKAGE = Path(__file__).resolve().parent.parent
NUANXIN_HOME = Path(os.environ.get("NUANXIN_HOME", Path.cwd() / ".nuanxin")).absolute()
STORE = NUANXIN_HOME / "store"
ATTACHMENT_LIMIT = int(os.environ.get("NUANXIN_ATTACHMENT_MB", "20")) * 1024 * 1024
REQUEST_LIMIT = max(5 * ATTACHMENT_LIMIT, 80 * 1024 * 1024)  # several attachments, or one large workbook
KEY_FILE = Path(os.environ.get("NUANXIN_KEY_FILE", NUANXIN_HOME / "keys" / "data.key"))
ANCHOR_FILE = Path(os.environ.get("NUANXIN_ANCHORS", KEY_FILE.parent / "anchors.jsonl"))  # heads of the chains

POSTGRESQL_TOOLS = os.environ.get("NUANXIN_PG_TOOLS", "")  # where pg_dump and pg_restore lie, if not in the path

DEBUG = False
DEMO = os.environ.get("NUANXIN_DEMO", "") == "1"
SECOND_FACTOR = os.environ.get("NUANXIN_SECOND_FACTOR", "offered" if DEMO else "required")  # of those who decide
IDLE_SECONDS = 60 * int(os.environ.get("NUANXIN_IDLE_MINUTES", "30"))
SECRET_KEY = os.environ.get("NUANXIN_SECRET_KEY") or load_or_make_secret(NUANXIN_HOME)
ALLOWED_HOSTS = os.environ.get("NUANXIN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("NUANXIN_ORIGINS", "").split(",") if o]
TLS = not DEMO and os.environ.get("NUANXIN_TLS", "required") != "off"  # off: for this machine only, said by a switch
PROXIES = [ip_network(place.strip()) for place in os.environ.get("NUANXIN_PROXIES", "").split(",") if place.strip()]


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL URL, or for the embedded SQLite file when there is none."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": NUANXIN_HOME / "nuanxin.sqlite3",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
            },
        }
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.Account"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "nuanxin.kernel.core",
    "nuanxin.kernel.access",
    "nuanxin.kernel.registry",
    "nuanxin.kernel.work",
    "nuanxin.kernel.engine",
    "nuanxin.kernel.rulebook",
    "nuanxin.kernel.grants",
    "nuanxin.kernel.payments",
    "nuanxin.kernel.casework",
    "nuanxin.kernel.cycle",
    "nuanxin.kernel.statistics",
    "nuanxin.domains.assistance",
    "nuanxin.domains.eldercare",
    "nuanxin.domains.welfare",
    "nuanxin.domains.civil",
    "nuanxin.interfaces.staff",
    "nuanxin.interfaces.cli",
]

MIDDLEWARE = [
    "nuanxin.interfaces.staff.proxies.trusted_proxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "nuanxin.interfaces.staff.middleware.content_policy",
    "nuanxin.interfaces.staff.middleware.language",
    "nuanxin.interfaces.staff.middleware.demo_progress",
    "nuanxin.interfaces.staff.middleware.upload_limit",
    "nuanxin.interfaces.staff.middleware.one_day",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "nuanxin.interfaces.staff.middleware.Refusals",
    "nuanxin.interfaces.staff.middleware.SessionRules",
]

ROOT_URLCONF = "nuanxin.config.urls"
WSGI_APPLICATION = "nuanxin.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "interfaces" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nuanxin.interfaces.staff.context.frame",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "interfaces" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "interfaces" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"/dist/[a-z]+-[0-9a-f]{8}\.[a-z]+$"

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = SESSION_SECONDS = 3600 * int(os.environ.get("NUANXIN_SESSION_HOURS", "10"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SESSION_COOKIE_NAME = "__Host-sessionid" if TLS else "sessionid"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # only a proxy of PROXIES gets this header through
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "nuanxin.config.hashers.OfficeHasher",  # Django's own default takes a thread for a second on an office's server
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
CSRF_FAILURE_VIEW = "nuanxin.interfaces.staff.views.errors.expired"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "nuanxin.kernel.access.passwords.OfficePasswords"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "nuanxin.kernel.core.logs.PrivateFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
