"""Settings with Django's stock admin over the same payments, to stand beside ours."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, MIDDLEWARE, TEMPLATES

_OURS = ("unfold", "axes", "csp", "django_structlog", "simple_history.middleware", "config.",
         "accounts.sign_in", "whitenoise")  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig" if name == "django.contrib.admin" else name
    for name in INSTALLED_APPS
    if not name.startswith(_OURS)
]
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith(_OURS)]
TEMPLATES = [{**TEMPLATES[0], "DIRS": []}]
ROOT_URLCONF = "tests.benchmarks.scale.stock_urls"
