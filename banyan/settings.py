"""Django's settings, made from the installation's configuration."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from banyan.core.database.connections import database_settings
from banyan.core.kernel.catalogues import keep_active_language, merge_alike
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.languages import LANGUAGES as PRODUCT_LANGUAGES
from banyan.core.kernel.mail import mail_server, sender_address

CONFIGURATION = Configuration.from_environment()
PACKAGE = Path(__file__).resolve().parent

SECRET_KEY = CONFIGURATION.secret_key
SECRET_KEY_FALLBACKS = list(CONFIGURATION.secret_key_fallbacks)
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = list(CONFIGURATION.allowed_hosts)

ROOMS = (
    "expressions", "ciphers", "database", "tenancy", "encryption", "identity", "access", "objects", "records", "audit", "listing", "search", "jobs",
    "files", "transfer", "bulk", "own_fields", "business_rules", "layouts", "processes", "approvals", "configuration",
    "api", "web",
)  # fmt: skip
BUSINESS_APPS = (
    "editions", "money", "documents", "portal", "customers", "privacy", "teamwork", "products", "sales", "leads", "quotes",
    "contracts", "orders", "marketing", "service", "billing", "supply", "forecasts", "commissions", "analytics", "automation",
    "migration", "training", "demo",
)  # fmt: skip

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    *(f"banyan.core.{room}" for room in ROOMS if (PACKAGE / "core" / room / "apps.py").exists()),
    *(f"banyan.{app}" for app in BUSINESS_APPS if (PACKAGE / app / "apps.py").exists()),
]

MIDDLEWARE = [
    "banyan.core.web.metrics.measure_requests",
    "banyan.core.web.middleware.security_headers",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "banyan.core.web.cookies.carry_over_sessions",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "banyan.core.web.limits.limit_requests",
    "banyan.core.web.middleware.within_organization",
]

ROOT_URLCONF = "banyan.urls"
APPEND_SLASH = False
DATABASES = database_settings(CONFIGURATION)
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "banyan.core.web.jinja.environment"},
    },
]

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "banyan.core.identity.hashing.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Length, kinds of characters and history are an organization's policy: see core/identity/policy.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "/sign-in"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())

SESSION_ENGINE = "banyan.core.identity.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.base_url.startswith("https://")
# By this prefix browsers promise that no other host has set a cookie; it needs HTTPS (banyan/core/web/cookies.py).
_PREFIX = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME = f"{_PREFIX}banyan_session"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_PREFIX}banyan_csrf"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}banyan_language"
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.base_url] if CONFIGURATION.base_url else []
CSRF_FAILURE_VIEW = "banyan.core.web.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# Before models are read: Django looks for the first text then.
merge_alike()
keep_active_language()
LANGUAGE_CODE = "zh-hans"
LANGUAGES = list(PRODUCT_LANGUAGES)
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [PACKAGE / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "core" / "web" / "static"]
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

MAIL_SERVER = mail_server(CONFIGURATION.email_url)
EMAIL_BACKEND = MAIL_SERVER.backend
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.host, MAIL_SERVER.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.user, MAIL_SERVER.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.starts_tls, MAIL_SERVER.uses_tls
EMAIL_FILE_PATH = MAIL_SERVER.folder
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = sender_address(MAIL_SERVER, host=urlsplit(CONFIGURATION.base_url).hostname or "")

#: Every so many seconds each process writes down how long people waited; never when zero.
RESPONSE_TIMES_EVERY = 60

#: The hash of new segments of the audit chain: sha256, or sm3 where that is asked for.
AUDIT_SUITE = "sha256"

MIGRATION_MODULES: dict[str, str] = {}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"secrets": {"()": "banyan.core.kernel.masking.MaskSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": CONFIGURATION.log_level.upper()},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
