"""Django's settings: what is constant stands here, what differs between machines comes from the environment.

docs/operation.md lists the variables. Nothing here opens a connection or starts a process.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from mayorista.adapters.host import environment, logs, secret_files
from mayorista.adapters.postgres import urls
from mayorista.config import databases

ENVIRONMENT = environment.read()
PACKAGE = Path(__file__).resolve().parent.parent
DATA = ENVIRONMENT.data

DEBUG = ENVIRONMENT.debug
DEMO = ENVIRONMENT.demo
SECRET_KEY = os.environ.get("MAYORISTA_SECRET_KEY") or secret_files.read_or_make(DATA, "django", length=48)
PUBLIC_URL = ENVIRONMENT.address
OWN_DOOR = ENVIRONMENT.own_door
OVER_TLS = PUBLIC_URL.startswith("https://")

# ---- the rooms of the house, lowest first

ROOMS = (
    "procedure",
    "customers",
    "messaging",
    "contracts",
    "monitoring",
    "faults",
    "billing",
    "receivables",
    "assurance",
    "indicators",
    "onboarding",
    "overview",
)
INSTALLED_APPS = [
    *(f"mayorista.apps.{room}" for room in ROOMS),
    "mayorista.interfaces.desk",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "mayorista.interfaces.hooks.fast_lane.FastLane",  # alarm posts need none of what follows
    "mayorista.interfaces.requests.RequestLog",
    "mayorista.interfaces.requests.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mayorista.interfaces.desk.middleware.Desk",
    "mayorista.interfaces.errors.DomainErrors",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mayorista.config.urls"
WSGI_APPLICATION = "mayorista.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mayorista.interfaces.desk.context.frame",
            ],
        },
    },
]

FORM_RENDERER = "mayorista.interfaces.desk.rendering.Written"

# ---- database, jobs, files

DATABASES = {
    "default": databases.django_database(
        urls.for_owner(ENVIRONMENT) if os.environ.get("MAYORISTA_AS_OWNER") else urls.for_app(ENVIRONMENT),
        pooled=int(os.environ.get("MAYORISTA_DB_POOL") or 0),
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# What all processes must know of each other: codes already used, failures of the second factor.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "mayorista_cache"}
}
FILES_ROOT = Path(os.environ.get("MAYORISTA_FILES") or DATA / "files")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["mayorista.interfaces.jobs.tasks"]
PROCRASTINATE_READONLY_MODELS = True

ADAPTERS = {
    "files": "mayorista.adapters.files.folder.FolderStore",
    "mail": "mayorista.adapters.mail.smtp.SmtpChannel",
    "mailbox": "mayorista.adapters.mail.imap.ImapMailbox",
    "whatsapp": "mayorista.adapters.whatsapp.cloud.CloudApi",
    "documents": "mayorista.adapters.documents.typst_documents.TypstDocuments",
    "invoicer_external": "mayorista.adapters.invoicing.external.ExternalInvoicer",
    "invoicer_internal": "mayorista.adapters.invoicing.own_series.OwnSeries",
}

# ---- people: login, second factor, lock-out

AUTH_USER_MODEL = "procedure.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004"
]  # usernames are unique whatever their case: a constraint over Lower(username)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["mayorista.config.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "mayorista.interfaces.accounts.ClosedAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {
    "login_failed": "8/5m/key"
}  # for codes of the second factor; passwords are counted by axes, earlier
ACCOUNT_EMAIL_NOTIFICATIONS = False

MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Mayorista"
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "mayorista.interfaces.accounts.EnterOnce",
    "reauthenticate": "mayorista.interfaces.accounts.ConfirmOnce",
    "activate_totp": "mayorista.interfaces.accounts.SwitchOnOnce",
}
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=30)
MFA_ALLOW_UNVERIFIED_EMAIL = True

AXES_FAILURE_LIMIT = int(os.environ.get("MAYORISTA_LOGIN_FAILURES") or 5)
AXES_COOLOFF_TIME = timedelta(minutes=int(os.environ.get("MAYORISTA_LOGIN_LOCKOUT_MINUTES") or 15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "mayorista.interfaces.accounts.attempted_name"
AXES_LOCKOUT_CALLABLE = "mayorista.interfaces.accounts.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "mayorista.interfaces.requests.client_address"

SESSION_COOKIE_AGE = 14 * 3600  # a night shift of twelve hours and its hand-over
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = 14 * 24 * 3600  # a form left open over a week-end can still be sent

# ---- the browser

ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts) or ["127.0.0.1", "localhost", "[::1]"]
if ENVIRONMENT.public_url:
    ALLOWED_HOSTS.append(ENVIRONMENT.public_url.split("://", 1)[1].split("/")[0].rsplit(":", 1)[0])
    CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.trusted_proxy else None
TRUSTED_PROXY = ENVIRONMENT.trusted_proxy
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MFA_TRUST_COOKIE_SECURE = OVER_TLS
SECURE_SSL_REDIRECT = OVER_TLS and ENVIRONMENT.trusted_proxy
SECURE_REDIRECT_EXEMPT = [r"^salud$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
LARGEST_BODY = 64 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 33 * 1024 * 1024  # an alarm body may have 32 MB; its view says 413 itself
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CSRF_FAILURE_VIEW = "mayorista.interfaces.errors.csrf_failure"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

# ---- language and time

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "America/La_Paz"
USE_TZ = True

LOGGING_CONFIG = None
LOGGING = logs.configuration(DATA / "log", os.environ.get("MAYORISTA_PROCESS", ""))
logs.configure(LOGGING)

# ---- the outside world: nothing leaves the machine unless it is configured (docs/operation.md)

MESSAGE_LEASE_SECONDS = int(
    os.environ.get("MAYORISTA_MESSAGE_LEASE_SECONDS") or 120
)  # then a message in hand is uncertain
SMTP_URL = os.environ.get("MAYORISTA_SMTP_URL", "")
MAIL_FROM = os.environ.get("MAYORISTA_MAIL_FROM", "")
IMAP_URL = os.environ.get("MAYORISTA_IMAP_URL", "")
# Both servers are entered with tokens (XOAUTH2) where this is given, and the URLs carry no password.
MAIL_OAUTH_URL = os.environ.get("MAYORISTA_MAIL_OAUTH_URL", "")
MAIL_OAUTH_CLIENT_ID = os.environ.get("MAYORISTA_MAIL_OAUTH_CLIENT_ID", "")
MAIL_OAUTH_CLIENT_SECRET = os.environ.get("MAYORISTA_MAIL_OAUTH_CLIENT_SECRET", "")
MAIL_OAUTH_REFRESH_TOKEN = os.environ.get("MAYORISTA_MAIL_OAUTH_REFRESH_TOKEN", "")
MAIL_OAUTH_SCOPE = os.environ.get("MAYORISTA_MAIL_OAUTH_SCOPE", "")
WHATSAPP_BASE_URL = os.environ.get("MAYORISTA_WHATSAPP_BASE_URL", "")
WHATSAPP_PHONE_NUMBER_ID = os.environ.get("MAYORISTA_WHATSAPP_PHONE_NUMBER_ID", "")
WHATSAPP_BUSINESS_ID = os.environ.get("MAYORISTA_WHATSAPP_BUSINESS_ID", "")
WHATSAPP_TOKEN = os.environ.get("MAYORISTA_WHATSAPP_TOKEN", "")
WHATSAPP_APP_SECRET = os.environ.get("MAYORISTA_WHATSAPP_APP_SECRET", "")
WHATSAPP_VERIFY_TOKEN = os.environ.get("MAYORISTA_WHATSAPP_VERIFY_TOKEN", "")
DEMO_MAIL_URL = os.environ.get("MAYORISTA_DEMO_MAIL_URL", "")
DEMO_WHATSAPP_URL = os.environ.get("MAYORISTA_DEMO_WHATSAPP_URL", "")

TEST_RUNNER = "django.test.runner.DiscoverRunner"
