"""Every address of the site."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from sync.admin.connections import callback
from sync.admin.webhooks import webhook

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("quickbooks/callback/", callback, name="quickbooks_callback"),
    path("quickbooks/webhooks/", webhook, name="quickbooks_webhooks"),
]
