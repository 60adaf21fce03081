"""Operations: whether the site works, what each company waits for, and what is kept how long."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import holds_everything
from sync.models import QuickBooksCompany, SyncRecord
from sync.operations import doctor, pruning

MOST_COMPANIES = 50


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """Show superusers what a probe and `doctor` say, in one page."""
    if not holds_everything(request.user):
        raise PermissionDenied
    queued = Q(records__state__in=[SyncRecord.State.PENDING, SyncRecord.State.IN_FLIGHT])
    companies = QuickBooksCompany.objects.annotate(
        waiting=Count("records", filter=queued), oldest=Min("records__queued_at", filter=queued)
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Operations"),
        "findings": doctor.examine(),
        "companies": companies.filter(waiting__gt=0).order_by("oldest")[:MOST_COMPANIES],
        "retentions": pruning.due(),
    }
    return TemplateResponse(request, "admin/sync/home/operations.html", context)
