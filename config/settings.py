"""Every setting, read from the environment; the defaults run on one machine.

The comment above a setting is its line in docs/settings.md (`make settings`).
"""

import sys
from datetime import timedelta
from typing import Any

import structlog
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config import env, safety
from config.env import BASE_DIR, SHIPPED_DIR
from sync.company.where import tell_where

VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

# Must be false in production: with it, errors are shown at length and mails are printed.
DEBUG = env.flag("DEBUG", default=True)
# What signs sessions and links: 32 characters or more, used for nothing else. In production there
# is no default; `paidup make_key` prints one.
SECRET_KEY = env.text("SECRET_KEY", safety.INSECURE_SECRET_KEY)
# Keys for tokens and what else is encrypted at rest, comma-separated: the first encrypts, all
# decrypt. In production there is no default; `paidup make_key` prints one.
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEYS") or [safety.INSECURE_ENCRYPTION_KEY]
# Where the site is, without a slash at the end; with https, cookies and redirects become secure.
# PORT is where `make run` and `paidup serve` listen.
SITE_URL = env.text("SITE_URL", f"http://localhost:{env.text('PORT', '8000')}").rstrip("/")
# The names under which the site may be asked for, comma-separated; in production none by itself.
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or (["*"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Who runs this installation, as its terms and privacy pages name them; else “the operator of this
# site”.
OPERATOR_NAME = env.text("OPERATOR_NAME", "")
OPERATOR_EMAIL = env.text("OPERATOR_EMAIL", "")
# Addresses or networks of the proxies before the site, comma-separated, `unix` for a socket:
# callers are told apart by what these say of them.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
# Where `make run` has the simulated QuickBooks.
SIMULATOR_PORT = env.text("SIMULATOR_PORT", "8001")

# --- Applications ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_q",
    "django_structlog",
    "simple_history",
    "accounts",
    "sync",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "config.callers.caller_middleware",
    "django.middleware.security.SecurityMiddleware",
    # What is not compressed yet; Django pads answers, so that no secret is guessed by their length.
    "config.compression.WholeAnswers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.upgrading.UpgradingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.languages.PersonsLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.errors.way_on_middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.logs.RequestMiddleware",
    "config.requests.ReadableMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "accounts.sign_in.device_middleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SHIPPED_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sync.admin.help.panel.page_with_help",
            ],
        },
    },
]

# --- Database, cache, queue -----------------------------------------------------------------

# `postgres://user@host/name`; without it, SQLite in the folder `var`.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'paidup.sqlite3'}"),
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Each atomic() takes the write lock at once, so two processes queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # 8 MB of pages kept: a list in order of date reads here and there more than the usual 2.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Broker and cache; without it the database is both. While it is away nothing is refused: the sweep
# wakes what was asked for.
REDIS_URL = env.redis("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    )
}

# How many processes one worker command has.
Q_CLUSTER: dict[str, Any] = {
    # A task only wakes a relay (sync/tasks.py): a lost or doubled one changes nothing.
    "name": "paidup",
    "workers": int(env.number("WORKERS", 2)),
    "timeout": 300,
    "retry": 1200,
    "bulk": 1,
    "queue_limit": 1,
    "recycle": 10_000,  # rarely: a cluster that loses a worker is stopped and started anew
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.5,
    "guard_cycle": 1,
    "label": "Background worker",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# Seconds after which a web process looks anew whether the schema is its code's; 0: only when a page
# failed.
SCHEMA_LOOK_SECONDS = env.number("SCHEMA_LOOK_SECONDS", 5)

# Bearer token of /metrics; without one there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- E-mail ---------------------------------------------------------------------------------

# For example `smtp+tls://user:password@host:587`; without it mails are printed, and in production
# sent nowhere.
vars().update(env.email("EMAIL_URL", "consolemail://" if DEBUG else "dummymail://"))
EMAIL_TIMEOUT = 20
# Whom mails come from.
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Paidup <paidup@localhost>")

# --- QuickBooks -----------------------------------------------------------------------------

# `simulator`, `sandbox` or `production`.
QUICKBOOKS_ENVIRONMENT = env.text("QUICKBOOKS_ENVIRONMENT", "simulator")
_SIMULATOR_URL = f"http://localhost:{SIMULATOR_PORT}"
_DISCOVERY_URLS = {
    "simulator": f"{_SIMULATOR_URL}/.well-known/openid_configuration",
    "sandbox": "https://developer.api.intuit.com/.well-known/openid_sandbox_configuration",
    "production": "https://developer.api.intuit.com/.well-known/openid_configuration",
}
_API_URLS = {
    "simulator": f"{_SIMULATOR_URL}/v3",
    "sandbox": "https://sandbox-quickbooks.api.intuit.com/v3",
    "production": "https://quickbooks.api.intuit.com/v3",
}
_SIMULATED = QUICKBOOKS_ENVIRONMENT == "simulator"
# From Intuit's developer site; the simulator knows its own.
QUICKBOOKS_CLIENT_ID = env.text(
    "QUICKBOOKS_CLIENT_ID", safety.SIMULATORS_CLIENT if _SIMULATED else ""
)
QUICKBOOKS_CLIENT_SECRET = env.text(
    "QUICKBOOKS_CLIENT_SECRET", safety.SIMULATORS_SECRET if _SIMULATED else ""
)
QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN = env.text(
    "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN", safety.SIMULATORS_VERIFIER if _SIMULATED else ""
)
# Where Intuit is, where the environment's own addresses are not to be used.
QUICKBOOKS_DISCOVERY_URL = env.text(
    "QUICKBOOKS_DISCOVERY_URL", _DISCOVERY_URLS.get(QUICKBOOKS_ENVIRONMENT, "")
)
QUICKBOOKS_API_URL = env.text("QUICKBOOKS_API_URL", _API_URLS.get(QUICKBOOKS_ENVIRONMENT, ""))
QUICKBOOKS_REDIRECT_URI = f"{SITE_URL}/quickbooks/callback/"
# `batch` or `both`: with the second bulk exports use single writes besides, 1.4 times the pace for
# nine times the requests, out of a budget that the company's other apps share.
QUICKBOOKS_BULK_LANES = env.text("QUICKBOOKS_BULK_LANES", "batch")
# Seconds for one send, from connect to last byte; must fit inside the lease.
QUICKBOOKS_SEND_DEADLINE = env.number("QUICKBOOKS_SEND_DEADLINE", 90)
# Seconds to connect.
QUICKBOOKS_CONNECT_TIMEOUT = env.number("QUICKBOOKS_CONNECT_TIMEOUT", 10)
# Seconds after which Intuit has done a request or never will (its published time-out).
QUICKBOOKS_SERVER_LIMIT = env.number("QUICKBOOKS_SERVER_LIMIT", 120)
# Seconds that a lease lasts; it is renewed before every send.
QUICKBOOKS_LEASE = env.number("QUICKBOOKS_LEASE", 110)
# Seconds after which a long run yields its worker to other companies.
QUICKBOOKS_TIME_SLICE = env.number("QUICKBOOKS_TIME_SLICE", 60)
# Seconds to pause a company that answered 429, as Intuit advises.
QUICKBOOKS_THROTTLE_PAUSE = env.number("QUICKBOOKS_THROTTLE_PAUSE", 60)
# Seconds in the minute of those limits; only tests shorten it.
QUICKBOOKS_MINUTE = env.number("QUICKBOOKS_MINUTE", 60)
# Seconds that a pace learned from a 429 is kept to, before the published limits are tried again.
QUICKBOOKS_PACE_MEMORY = env.number("QUICKBOOKS_PACE_MEMORY", 3600)
# Seconds to leave a company alone that is refused as a whole (subscription, rights).
QUICKBOOKS_BLOCKED_PAUSE = env.number("QUICKBOOKS_BLOCKED_PAUSE", 300)
# Seconds to leave a company alone when it cannot be reached.
QUICKBOOKS_RETRY_PAUSE = env.number("QUICKBOOKS_RETRY_PAUSE", 10)
# Requests and batches a minute, and requests a second, that we allow ourselves per company.
QUICKBOOKS_REQUESTS_PER_MINUTE = env.number("QUICKBOOKS_REQUESTS_PER_MINUTE", 490)
QUICKBOOKS_BATCHES_PER_MINUTE = env.number("QUICKBOOKS_BATCHES_PER_MINUTE", 39)
QUICKBOOKS_REQUESTS_PER_SECOND = env.number("QUICKBOOKS_REQUESTS_PER_SECOND", 8.4)
# Requests of a company that are under way at a time: as many as Intuit runs.
QUICKBOOKS_REQUESTS_AT_ONCE = env.integer("QUICKBOOKS_REQUESTS_AT_ONCE", 10)
# Reads that Intuit includes a month, of all companies of the app; the first tier's, in 2026.
QUICKBOOKS_READS_PER_MONTH = env.integer("QUICKBOOKS_READS_PER_MONTH", 500_000)
# Invoices in a row that differ in QuickBooks before an export pauses; 0: it never does.
EXPORTS_PAUSE_AFTER = env.integer("EXPORTS_PAUSE_AFTER", 3)

# --- Sources that are pulled ----------------------------------------------------------------

# Classes of further sources, comma-separated (docs/sources.md).
SOURCES = ["sync.intake.sources.vonigo.source.Vonigo", *env.words("EXTRA_SOURCES")]
# Where `make run` has the stand-in for Vonigo.
VONIGO_SIMULATOR_PORT = env.text("VONIGO_SIMULATOR_PORT", "8002")
_VONIGO_URLS = {"simulator": f"http://localhost:{VONIGO_SIMULATOR_PORT}/api/v1"}
# Where Vonigo is.
VONIGO_URL = env.text(
    "VONIGO_URL", _VONIGO_URLS.get(QUICKBOOKS_ENVIRONMENT, "https://{tenant}.vonigo.com/api/v1")
)
# Seconds for one request to Vonigo, from connect to last byte.
VONIGO_DEADLINE = env.number("VONIGO_DEADLINE", 60)
# Seconds after which what Vonigo did not answer is asked once more.
VONIGO_RETRY_PAUSE = env.number("VONIGO_RETRY_PAUSE", 3)
# Where the source of JSON lines is read, for whoever names it in EXTRA_SOURCES.
LINES_URL = env.text("LINES_URL")

REFUSED = safety.refusals(
    safety.Start(
        debug=DEBUG,
        environment=QUICKBOOKS_ENVIRONMENT,
        site_url=SITE_URL,
        allowed_hosts=ALLOWED_HOSTS,
        secret_key=SECRET_KEY,
        encryption_keys=FIELD_ENCRYPTION_KEYS,
        client_id=QUICKBOOKS_CLIENT_ID,
        client_secret=QUICKBOOKS_CLIENT_SECRET,
        verifier_token=QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN,
    )
)
# make_key gives what may be missing.
if REFUSED and sys.argv[1:2] != ["make_key"]:
    raise ImproperlyConfigured(f"Not starting: set {', '.join(REFUSED)} (docs/settings.md).")

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "config.errors.locked_out"
AXES_HANDLER = "accounts.sign_in.Handler"
# A lock that each further try prolongs could be held shut by a stranger.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False

# --- Security -------------------------------------------------------------------------------

SECURE = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.forged"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # The theme writes style attributes.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
# A list of a thousand ticked payments is stored with its run, not posted again.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_500

# --- Words, times, files --------------------------------------------------------------------

# What is stored, logged and done without a person is in this one, which has no catalog.
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English: 28 Nov 2026"),
    ("en-us", "English (US): Nov 28, 2026"),
    ("es", "Español: 28 nov 2026"),
    ("fr-ca", "Français (Canada) : 2026-11-28"),
]
LOCALE_PATHS = [SHIPPED_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
STATIC_URL = "static/"
# Where files that people bring in lie, encrypted; web and workers see the same place.
IMPORTS_DIR = env.text("IMPORTS_DIR", str(VAR_DIR / "imports"))
# Days until they are deleted.
IMPORTS_KEPT_DAYS = env.integer("IMPORTS_KEPT_DAYS", 30)
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [SHIPPED_DIR / "static"]
MESSAGE_STORAGE = "config.messages.SpokenStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Looks ----------------------------------------------------------------------------------

_BLUES = ["239 246 255", "219 234 254", "191 219 254", "147 197 253", "96 165 250", "59 130 246",
          "37 99 235", "29 78 216", "30 64 175", "30 58 138", "23 37 84"]  # fmt: skip
_WEIGHTS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950]
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Paidup",
    "SITE_HEADER": "Paidup",
    "SITE_SUBHEADER": _("Paid invoices into QuickBooks"),
    "SITE_SYMBOL": "task_alt",
    "SITE_URL": None,
    "ACCOUNT": {
        "navigation": [
            {"title": _("Your e-mails"), "link": reverse_lazy("needs_mail")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Language"), "link": reverse_lazy("language")},
        ]
    },
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "sync.admin.home.dashboard.index",
    "SIDEBAR": {"navigation": "sync.admin.common.navigation.sidebar", "show_search": True},
    "STYLES": [lambda request: static("paidup/admin.css")],
    "SCRIPTS": [
        lambda request: static("paidup/unevaluated.js"),
        lambda request: static("paidup/once.js"),
        lambda request: static("paidup/reach.js"),
        lambda request: static("paidup/find.js"),
        lambda request: static("paidup/keys.js"),
        lambda request: static("paidup/ticks.js"),
    ],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda r: static("paidup/favicon.svg")}
    ],
    "COLORS": {
        "primary": {str(w): f"rgb({blue})" for w, blue in zip(_WEIGHTS, _BLUES, strict=True)}
    },
}

# --- Errors ---------------------------------------------------------------------------------

# The address that Sentry gives a project; errors go there without anything of a customer. It needs
# `pip install 'paidup[sentry]'`.
SENTRY_DSN = env.text("SENTRY_DSN")
if SENTRY_DSN:
    try:
        from config import sentry
    except ModuleNotFoundError as missing:
        words = "SENTRY_DSN is set: pip install 'paidup[sentry]'"
        raise ImproperlyConfigured(words) from missing
    sentry.begin(SENTRY_DSN, QUICKBOOKS_ENVIRONMENT)

# --- Logs -----------------------------------------------------------------------------------

# What our own lines and those of libraries have alike.
_LINE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.format_exc_info if DEBUG else tell_where,
]
# The least that is logged: DEBUG, INFO, WARNING or ERROR.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _LINE,
            "processor": (
                structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
                if DEBUG
                else structlog.processors.JSONRenderer()
            ),
        }
    },
    "filters": {"without_errors_text": {"()": "config.logs.WithoutErrorsText"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        # Their debug lines hold URLs and, in places, tokens.
        "urllib3": {"level": "WARNING"},
        "requests_oauthlib": {"level": "WARNING"},
        "intuitlib": {"level": "WARNING"},
        "django-q": {"filters": ["without_errors_text"]},
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_LINE,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
