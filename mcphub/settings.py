"""Django's settings. The only file that reads the environment; docs/settings.md lists what it reads."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import global_settings

from mcphub import databases, environment, keys

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    ENV = environment.read(os.environ)
    DATA_DIR = (BASE_DIR / ENV["MCPHUB_DATA"]).resolve()
    EMBEDDED = not ENV["DATABASE_URL"]
    SECRET_KEYS = keys.secret_keys(
        given=ENV["MCPHUB_SECRET_KEY"],
        file=ENV["MCPHUB_SECRET_KEY_FILE"],
        made_in=DATA_DIR if EMBEDDED else None,
    )
except environment.BadSetting as error:
    print(f"mcphub: {error}", file=sys.stderr)  # noqa: T201  there is no log yet
    raise SystemExit(2) from error

SECRET_KEY, SECRET_KEY_FALLBACKS = SECRET_KEYS[0], SECRET_KEYS[1:]
DEBUG: bool = ENV["MCPHUB_DEBUG"]

# --- where the hub is reached -------------------------------------------------------------------
HOST: str = ENV["HOST"]
PORT: int = ENV["PORT"]
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
# Without a public URL the three loopback names each stand for it and mean the same server.
PUBLIC_URL_GIVEN = bool(ENV["MCPHUB_PUBLIC_URL"])
PUBLIC_URL: str = ENV["MCPHUB_PUBLIC_URL"] or f"http://127.0.0.1:{PORT}"
_public_host = urlsplit(PUBLIC_URL).netloc.rpartition("@")[2]
_public_name = _public_host if _public_host.endswith("]") else _public_host.rpartition(":")[0]
PUBLIC_NAMES = ((_public_name or _public_host),) if PUBLIC_URL_GIVEN else LOOPBACK_NAMES
ALLOWED_HOSTS = [*PUBLIC_NAMES, *ENV["MCPHUB_EXTRA_HOSTS"]]
TRUSTED_PROXIES: list[str] = ENV["MCPHUB_TRUSTED_PROXIES"]
SECURE = PUBLIC_URL.startswith("https://")
# Client ID Metadata Documents bind clients to domains of the internet, where a hub on loopback is not:
# there real clients would offer their document instead of registering, and need the hub to fetch it.
CLIENT_DOCUMENTS = PUBLIC_URL_GIVEN and SECURE and not set(PUBLIC_NAMES) & set(LOOPBACK_NAMES)
# Beside https and http on loopback, what clients may have people sent back to.
PRIVATE_SCHEMES: list[str] = ENV["MCPHUB_PRIVATE_SCHEMES"]

SERVER: str = ENV["SERVER"]
WORKERS: int = ENV["WORKERS"]
TOOL_PATHS = [part for part in ENV["MCPHUB_TOOLS"].split(os.pathsep) if part]
TOOL_THREADS: int = ENV["MCPHUB_TOOL_THREADS"]
STREAMS_PER_USER: int = ENV["MCPHUB_STREAMS_PER_USER"]
METRICS_TOKEN: str = ENV["MCPHUB_METRICS_TOKEN"]
ADMIN_USER: str = ENV["MCPHUB_ADMIN_USER"]
ADMIN_PASSWORD: str = ENV["MCPHUB_ADMIN_PASSWORD"]

# --- applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "mcphub",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "mcphub.admin_app.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "oauth2_provider",
    "monitoring",
    "accounts",
    "catalog",
    "servers",
]
MIDDLEWARE = [
    "monitoring.middleware.HealthMiddleware",
    "mcphub.middleware.CrossOriginMiddleware",
    "mcphub.middleware.ForwardedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mcphub.middleware.ContentSecurityPolicyMiddleware",
    "mcphub.middleware.TimeZoneMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mcphub.middleware.UnavailableMiddleware",
]
ROOT_URLCONF = "mcphub.urls"
ASGI_APPLICATION = "mcphub.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mcphub.site.may_enter",
                "mcphub.notices.notices",
            ]
        },
    }
]

# --- where things are kept ----------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": databases.sqlite(DATA_DIR / "mcphub.sqlite3")
    if EMBEDDED
    else databases.postgres(ENV["DATABASE_URL"])
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL: str = ENV["REDIS_URL"]
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # redis-py's default of 5 s would end a subscription that is merely quiet.
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
        }
    }
    CACHES: dict[str, dict[str, Any]] = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # Brakes count in it (accounts/throttle.py): 300, the default, are soon pushed out.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

# --- jobs ---------------------------------------------------------------------------------------
BROKER_URL: str = ENV["MCPHUB_BROKER_URL"] or REDIS_URL
# Without a broker the web process works on its jobs itself, and nobody else does.
JOBS_EMBEDDED = not BROKER_URL
JOB_SLOTS: int = ENV["MCPHUB_JOB_SLOTS"]
JOB_MEMORY_MB: int = ENV["MCPHUB_JOB_MEMORY_MB"]
WORKER_PORT: int = ENV["MCPHUB_WORKER_PORT"]
CELERY_BROKER_URL = BROKER_URL or "memory://"
BROKER_SECONDS = 3.0
"""How long a broker may take to answer."""
if JOBS_EMBEDDED:
    CELERY_BROKER_TRANSPORT = "mcphub.in_process:Transport"
elif BROKER_URL.startswith("amqp"):
    # A connection may die without a word. A bell that is confirmed went over one that lives.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "confirm_publish": True,
        "read_timeout": BROKER_SECONDS,
        "write_timeout": BROKER_SECONDS,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Messages are bells: one that is lost with its worker is rung again from the row of its job.
        "ack_emulation": False,
        "socket_connect_timeout": 2.0,
        # A worker that is idle is not cut off by it: it hears every second that there is nothing.
        "socket_timeout": BROKER_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 5,  # and how long a worker may hear nothing
    }
CELERY_BROKER_HEARTBEAT = 4  # of RabbitMQ; two that are missed end a connection
CELERY_BROKER_CONNECTION_TIMEOUT = 2.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CONSUMER = "mcphub.consumer:Consumer"
CELERY_WORKER_CONCURRENCY = JOB_SLOTS
# A child that kept so much after a job is replaced; the process alone needs some.
PROCESS_MEMORY_MB = 256
CELERY_WORKER_MAX_MEMORY_PER_CHILD = (
    (PROCESS_MEMORY_MB + JOB_MEMORY_MB) * 1024 if JOB_MEMORY_MB else None
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What workers do is in the database; on RabbitMQ two of one host could not both be reached by its name.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 30.0
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the lease of its job ends, and the row says what then
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"  # what was done when is in the database
CELERY_ENABLE_UTC = True

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.OAuthClient"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"
OAUTH2_PROVIDER = {
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "PKCE_REQUIRED": True,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 900,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,  # without use
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,  # the hub's own, in accounts/oauth/refreshing.py
    "ACCESS_TOKEN_GENERATOR": "accounts.oauth.generating.access_token",
    "REFRESH_TOKEN_GENERATOR": "accounts.oauth.generating.refresh_token",
    "CLIENT_SECRET_HASHER": "random_sha256",
    "OAUTH2_SERVER_CLASS": "accounts.oauth.server.Server",
    "OAUTH2_VALIDATOR_CLASS": "accounts.oauth.validator.Validator",
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "refresh_token"],
    "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": [
        "none",
        "client_secret_post",
        "client_secret_basic",
    ],
    "SCOPES_BACKEND_CLASS": "accounts.oauth.scopes.ScopesBackend",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [*global_settings.PASSWORD_HASHERS, "accounts.hashers.RandomSecretHasher"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
_prefix = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}mcphub_session"
CSRF_COOKIE_NAME = f"{_prefix}mcphub_csrf"
CSRF_FAILURE_VIEW = "accounts.views.forged.forged"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL_GIVEN else []
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Warnings of `check --deploy` that do not speak of this hub; what it insists on is in mcphub/checks/.
SILENCED_SYSTEM_CHECKS = [
    "oauth2_provider.W008",  # http redirects: of native apps on loopback alone (RFC 8252)
    "security.W005",  # HSTS for subdomains: the hub does not own its neighbours
    "security.W008",  # from http to https redirects whoever speaks TLS: the proxy
    "security.W021",  # a preload list is the domain owner's to ask for
]

# --- pages --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["mcphub.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # served from where they lie: nothing to collect before a start

# --- the admin's look ---------------------------------------------------------------------------
TEAL = {
    "50": "#f0fdfa",
    "100": "#dff4f0",
    "200": "#b6e6df",
    "300": "#86e2d5",
    "400": "#5ed3c3",
    "500": "#2bb3a3",
    "600": "#0f766e",
    "700": "#0b5f58",
    "800": "#115e59",
    "900": "#134e4a",
    "950": "#06231f",
}
UNFOLD = {
    "SITE_TITLE": "mcphub",
    "SITE_HEADER": "mcphub",
    "SITE_SUBHEADER": "One home for your MCP servers",
    "SITE_URL": "/",
    "SITE_ICON": f"{STATIC_URL}mcphub/logo.svg",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}mcphub/logo.svg"}
    ],
    "COLORS": {"primary": TEAL},
    "SHOW_HISTORY": False,  # the audit trail is the history
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [f"{STATIC_URL}mcphub/admin.css"],
    "SCRIPTS": [f"{STATIC_URL}mcphub/{name}.js" for name in ("zone", "refresh")],
    "DASHBOARD_CALLBACK": "mcphub.overview.dashboard",
    "SIDEBAR": {"show_search": False, "navigation": "mcphub.navigation.sidebar"},
}

# --- log ----------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": ENV["MCPHUB_LOG_LEVEL"].upper()},
    "loggers": {
        # What becomes of a job is in the database, and its outages are told once, in the hub's words.
        "celery": {"level": "WARNING"},
        "celery.worker.consumer": {"level": "CRITICAL"},
        "celery.beat": {"level": "CRITICAL"},
        "celery.worker.request": {"level": "CRITICAL"},
        "kombu": {"level": "ERROR"},
        "daphne.http_protocol": {"level": "ERROR"},
        # What it says at the start and the end, the hub says in its own words.
        "daphne.server": {"level": "WARNING"},
        # During an outage they log every attempt; monitoring.bus logs the outage, once.
        "channels_redis.pubsub": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "ERROR"},
        # At debug both write codes, tokens and whole requests; what they have to say is answered.
        "oauthlib": {"level": "WARNING"},
        "oauth2_provider": {"level": "WARNING"},
        # A foreign Host is answered with 400; anybody could fill the log with its tracebacks.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
