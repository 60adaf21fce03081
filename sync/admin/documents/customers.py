"""Customers: who was served."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sync.admin.common.forms import CustomerForm
from sync.admin.common.once import acts_once
from sync.admin.common.standing import BY_STATE, Standing
from sync.admin.common.theme import action, display
from sync.admin.documents.checked import CheckedWhenSaved
from sync.admin.documents.customer_account import account_of
from sync.admin.documents.typing_aids import initial_unit
from sync.admin.lists.downloads import Downloadable
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin
from sync.admin.matching.link_page import mend_page
from sync.admin.remedies.failures import failure_of
from sync.admin.remedies.single import Question, ask
from sync.admin.search.documents import search_documents
from sync.exports.customers.deciding import unlink
from sync.exports.customers.twins import CONTACT, follow
from sync.models import Customer, SyncRecord
from sync.quickbooks.links import deep_link
from sync.words import later


@admin.register(Customer)
class CustomerAdmin(CheckedWhenSaved, Downloadable, ListAdmin):
    """Customers of the units that the person sees."""

    form = CustomerForm
    download_columns: ClassVar[dict[str, str]] = {
        "Customer": "display_name",
        "Business unit": "business_unit__name",
        "Email": "email",
        "Phone": "phone",
        "Company": "company_name",
        "Street": "address",
        "City": "city",
        "State": "region",
        "ZIP": "postal_code",
        "Country": "country",
        "Source": "source",
        "Source's ID": "external_id",
    }
    list_display = ["display_name", "business_unit", "email", "phone", "city"]
    list_select_related = ["business_unit"]
    list_filter = [UnitFilter]
    more_columns = ("company_name", "region", "source")
    search_fields = ["display_name"]
    search_help_text = later("Name, e-mail or id in QuickBooks")
    ordering = ["display_name", "id"]
    actions_detail = ["undo_link", "mend"]
    change_form_outer_before_template = "admin/sync/documents/standing_panel.html"
    change_form_outer_after_template = "admin/sync/documents/customer_account.html"
    fieldsets = (
        (None, {"fields": ("business_unit", "display_name", "quickbooks_name", "in_quickbooks")}),
        (
            later("Contact"),
            {"fields": ("given_name", "family_name", "company_name", "email", "phone")},
        ),
        (
            later("Address"),
            {"fields": ("address", "city", "region", "postal_code", "country")},
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return initial_unit(request) | given

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None or not (obj.twin_of_id or obj.twins.exists()):
            return sets
        (name, first), *rest = sets
        return ((name, {"fields": (*first["fields"], "in_currencies")}), *rest)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return ["in_quickbooks"]
        followed = ["display_name", *CONTACT] if obj.twin_of_id else []
        return ["business_unit", "in_quickbooks", "in_currencies", *followed]

    @display(description=later("in other currencies"))
    def in_currencies(self, customer: Customer) -> SafeString:
        """Link a customer and those of its own that it has for other currencies."""
        base = customer.twin_of or customer
        others = [each for each in (base, *base.twins.order_by("pk")) if each != customer]
        links = ((reverse("admin:sync_customer_change", args=[row.pk]), row) for row in others)
        return format_html_join(", ", '<a class="paidup-link" href="{}">{}</a>', links)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        follow([obj])

    @display(description=later("in QuickBooks"))
    def in_quickbooks(self, customer: Customer) -> SafeString | str:
        record = _record_of(customer)
        if record is None:
            return "-"
        link = format_html(
            '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} ↗</a>',
            deep_link(record.company.realm_id, "Customer", record.qbo_id),
            record.content["display_name"],
        )
        if record.linked_by is None:
            return link
        return format_html(_("{}, linked by {}"), link, record.linked_by)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer to undo a link where there is one."""
        found = super().get_actions_detail(request, object_id)
        customer: Customer = self.get_object(request, str(object_id))
        record = _record_of(customer)
        unfit = set()
        if record is None:
            unfit.add("sync_customer_mend")
        if record is None or record.linked_by is None:
            unfit.add("sync_customer_undo_link")
        return [one for one in found if one.action_name not in unfit]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return search_documents(request, queryset, search_term), False

    @action(description=later("Mend the link"), permissions=["resolve"], icon="add_link")
    @acts_once
    def mend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show to whom in QuickBooks it is linked, and let that be changed."""
        customer: Customer = self.get_object(request, object_id)
        return mend_page(request, self, customer, _record_of(customer))

    def page_of(self, request: HttpRequest, row: Customer, **shown: Any) -> HttpResponse:
        """Show the customer, and what stops it."""
        record = _record_of(row, is_there=False)
        failure = failure_of(record)
        if record is not None and failure is not None:
            label, tone = BY_STATE[SyncRecord.State(record.state)]
            shown["standing"] = Standing(label, tone, failure.words, record.error_code)
        shown["account"] = account_of(row)
        return super().page_of(request, row, failure=failure, **shown)

    @action(description=later("Undo the link"), permissions=["resolve"], icon="link_off")
    @acts_once
    def undo_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that it was linked to the wrong one in QuickBooks."""
        customer: Customer = self.get_object(request, object_id)
        question = Question(
            title=_("Undo the link of %(customer)s to QuickBooks?") % {"customer": customer},
            sentence=_(
                "It is to be matched again afterwards, or created. That goes only until an"
                " invoice of it is in QuickBooks or on its way. Nothing is changed in QuickBooks."
            ),
            button=_("Undo the link"),
            done=_(
                "%(customer)s is linked no more. It is to be looked at under Customers to match."
            )
            % {"customer": customer},
        )
        rows = Customer.objects.filter(pk=customer.pk)
        return ask(request, self, customer, question, lambda actor, _: unlink(rows, actor))


def _record_of(customer: Customer, *, is_there: bool = True) -> SyncRecord | None:
    """Return where the customer is in the company that its unit posts to now, or is to be."""
    records = SyncRecord.objects.filter(
        customer=customer.pk, company=customer.business_unit.quickbooks_company_id
    )
    if is_there:
        records = records.exclude(qbo_id="")
    return records.select_related("company", "linked_by").first()
