"""The site as a WSGI application."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from sync.operations.keys import refuse_closed  # noqa: E402 - after the apps are ready

refuse_closed()
# What is loaded by now stays: no request need look there for garbage.
gc.freeze()
