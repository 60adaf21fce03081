"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.languages import choose
from sync.admin.common.theme import part_of_page
from sync.admin.connections.app_pages import launch, privacy, reconnect, terms
from sync.admin.connections.invite_link import disconnected, follow_link, open_link
from sync.admin.connections.views import callback
from sync.admin.discrepancies.digests import switch_view, unsubscribe_view
from sync.admin.discrepancies.webhooks import webhook
from sync.admin.help.panel import show_help
from sync.admin.home.needs_mail import needs_mail, unsubscribe_needs
from sync.admin.home.operations import operations
from sync.admin.intake.source_calls import source_call
from sync.admin.lists.view_pages import change_view, choose_columns, save_view
from sync.admin.search.finder import find

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/mail/", admin.site.admin_view(needs_mail), name="needs_mail"),
    path("admin/help/", part_of_page(show_help), name="page_help"),
    path("admin/search/", part_of_page(find), name="find"),  # in place of the theme's
    path("admin/lists/views/", admin.site.admin_view(save_view), name="view_save"),
    path("admin/lists/views/<int:pk>/", admin.site.admin_view(change_view), name="view_change"),
    path("admin/lists/columns/", admin.site.admin_view(choose_columns), name="list_columns"),
    path("admin/", admin.site.urls),
    path("language/", choose, name="language"),
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
    path("mail/unsubscribe/", unsubscribe_needs, name="needs_unsubscribe"),
    path("digest/unsubscribe/", unsubscribe_view, name="digest_unsubscribe"),
    path("digest/<int:unit_id>/", admin.site.admin_view(switch_view), name="digest_switch"),
]
