"""What other applications put into the site and ours leaves out.

A schedule of django-q2 runs any function it names, so nobody writes one here; lock-outs of axes
end by themselves.
"""

from django.apps import apps
from django.contrib import admin

for label in ("axes", "django_q"):
    for model in apps.get_app_config(label).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
