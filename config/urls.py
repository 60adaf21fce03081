"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from sync.admin.connections.app_pages import launch, privacy, reconnect, terms
from sync.admin.connections.invite_link import disconnected, follow_link, open_link
from sync.admin.connections.views import callback
from sync.admin.discrepancies.digests import switch_view, unsubscribe_view
from sync.admin.discrepancies.webhooks import webhook
from sync.admin.home.operations import operations
from sync.admin.intake.source_calls import source_call

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    path("password/", include("accounts.passwords")),
    path("quickbooks/callback/", callback, name="quickbooks_callback"),
    path("quickbooks/webhooks/", webhook, name="quickbooks_webhooks"),
    path("quickbooks/disconnected/", disconnected, name="quickbooks_disconnected"),
    path("quickbooks/launch/", launch, name="quickbooks_launch"),
    path("quickbooks/reconnect/", reconnect, name="quickbooks_reconnect"),
    path("terms/", terms, name="terms"),
    path("privacy/", privacy, name="privacy"),
    path("quickbooks/link/", open_link, name="quickbooks_link"),
    path("quickbooks/link/go/", follow_link, name="quickbooks_link_go"),
    path("sources/<int:feed_id>/changed/", source_call, name="source_call"),
    path("digest/unsubscribe/", unsubscribe_view, name="digest_unsubscribe"),
    path("digest/<int:unit_id>/", admin.site.admin_view(switch_view), name="digest_switch"),
]
