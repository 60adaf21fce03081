"""QuickBooks Integration: connect a business unit, watch the verification, map, disconnect."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Capability
from sync.admin.common.base import actor_of, is_allowed, row_numbers, unit_or_404
from sync.admin.common.once import acts_once, led_to, refuse, sent_once
from sync.admin.common.theme import ModelAdmin, page_anew, part_of_page, renewed
from sync.admin.connections import going_live, invite_link, shared_changes, steps, tax_choices
from sync.admin.connections.mapping_form import CREATED, MappingForm
from sync.admin.connections.page import (
    join_context,
    latest_request,
    mapped_of,
    page_context,
    progress_of,
)
from sync.admin.connections.selects import OFFERS, found, results
from sync.admin.connections.sign_in import leading_to_sign_in
from sync.admin.connections.steps import PAGE
from sync.company.requests import ask
from sync.connections import books_step, handshake, setup
from sync.connections.handshake import ConnectRefused
from sync.connections.health_check import CHECK
from sync.connections.unit_moves import other_units
from sync.exports.runs import verdicts
from sync.exports.runs.disconnect import DisconnectRefused, disconnect, what_waits
from sync.exports.runs.trial import latest_trial
from sync.mappings import booked
from sync.mappings.create_entry import CREATE, ask_to_create
from sync.mappings.mappings import MappedEntries
from sync.mappings.parties import READ
from sync.models import BusinessUnit, CompanyRequest, ConnectAttempt, QuickBooksCompany

TEMPLATES = "admin/sync/connections"


@admin.register(QuickBooksCompany)
class ConnectionAdmin(ModelAdmin):
    """Only the addresses below: a company is reached from its units and never shown as a list."""

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of a unit's QuickBooks page and of what its buttons do."""
        wrap = self.admin_site.admin_view
        name = PAGE.removeprefix("admin:")
        unit = "unit/<int:unit_id>/"
        return [
            path(unit, wrap(self.show), name=name),
            path(f"{unit}connect/", wrap(require_POST(self.connect)), name=f"{name}_connect"),
            path(f"{unit}verify/", wrap(require_POST(self.verify)), name=f"{name}_verify"),
            path(f"{unit}check/", wrap(require_POST(self.look_up)), name=f"{name}_check"),
            path(f"{unit}create/", wrap(require_POST(self.create)), name=f"{name}_create"),
            path(f"{unit}entries/", wrap(require_GET(self.entries)), name=f"{name}_entries"),
            path(f"{unit}progress/", part_of_page(self.progress), name=f"{name}_progress"),
            path(f"{unit}disconnect/", wrap(self.disconnect), name=f"{name}_disconnect"),
            path(f"{unit}link/", wrap(require_POST(self.link)), name=f"{name}_link"),
            path(
                f"{unit}link/withdraw/",
                wrap(require_POST(invite_link.withdraw)),
                name=f"{name}_withdraw",
            ),
            path(f"{unit}going-live/", wrap(require_GET(self.go_live)), name=f"{name}_going_live"),
            path(f"{unit}tax/", wrap(require_POST(tax_choices.choose)), name=f"{name}_tax"),
            path(
                f"{unit}shared/", wrap(require_POST(shared_changes.answer)), name=f"{name}_shared"
            ),
            *steps.urls(wrap),
            path("join/<int:attempt_id>/", wrap(self.join), name=f"{name}_join"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep companies out of the site's lists; a unit's page leads here."""
        return False

    @acts_once
    def show(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Show the connection, what was found, the mappings and what is missing; save mappings."""
        needed = Capability.RESOLVE if request.method == "POST" else Capability.VIEW
        unit = unit_or_404(request, unit_id, needed)
        if request.method == "POST" and unit.quickbooks_company_id:
            # Who saves at the same moment waits, and then sees what this one saved.
            locked = QuickBooksCompany.objects.select_for_update(no_key=True)
            locked.get(pk=unit.quickbooks_company_id)
            unit = unit_or_404(request, unit_id, needed)
        company, mapped = unit.quickbooks_company, mapped_of(unit)
        form = None
        is_confirmed = unit.setup is not None and unit.setup.confirmed_at is not None
        if company is not None and mapped is not None and is_confirmed:
            may_map = is_allowed(request, Capability.RESOLVE, unit.pk)
            form = MappingForm(company, unit, mapped, request.POST or None, is_editable=may_map)
            if request.method == "POST" and form.is_valid():
                asked = form.save(actor_of(request))
                verdicts.renew_soon(company.pk)
                setup.accept(unit, actor_of(request))
                _read_customers(company, request)
                books_step.ask_first(unit_or_404(request, unit_id, needed), actor_of(request))
                messages.success(
                    request, _("Saved. These choices stay until someone changes them.")
                )
                shared_changes.tell_asked(request, len(asked))
                return redirect(PAGE, unit.pk)
        context = {**page_context(request, unit, mapped), "form": form}
        return leading_to_sign_in(request, self._page(request, "setup.html", context))

    def connect(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Lead to QuickBooks' consent page."""
        unit = unit_or_404(request, unit_id, Capability.MANAGE)
        try:
            return redirect(handshake.begin(unit, actor_of(request)))
        except ConnectRefused as refused:
            messages.error(request, str(refused))
            return redirect(PAGE, unit.pk)

    @acts_once
    def verify(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask that the company is read again, whole."""
        return self._ask(request, unit_id, handshake.VERIFY)

    @acts_once
    def look_up(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask that what the checks look at is read again."""
        return self._ask(request, unit_id, CHECK)

    def _ask(self, request: HttpRequest, unit_id: int, kind: str) -> HttpResponse:
        unit = unit_or_404(request, unit_id, Capability.RESOLVE)
        if unit.quickbooks_company is None:
            raise Http404
        ask(unit.quickbooks_company, kind, unit=unit, actor=actor_of(request))
        return redirect(PAGE, unit.pk)

    @acts_once
    def create(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask that a word gets an entry of its own in QuickBooks; what was changed is saved too."""
        unit = unit_or_404(request, unit_id, Capability.RESOLVE)
        asked = request.POST.get("create", "")
        company, (what, _, word) = unit.quickbooks_company, asked.partition(":")
        if company is None or what not in CREATED or not word:
            raise Http404
        mapped = MappedEntries.of(company, unit)
        form = MappingForm(company, unit, mapped, request.POST, is_editable=True)
        if form.is_valid():
            waiting = form.save(actor_of(request), only_changed=True)
            shared_changes.tell_asked(request, len(waiting))
        ask_to_create(unit, company, CREATED[what], word, actor_of(request))
        return redirect(PAGE, unit.pk)

    def entries(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Offer what a select may hold and the person typed a part of."""
        unit = unit_or_404(request, unit_id, Capability.VIEW)
        what, pages = request.GET.get("of", ""), row_numbers([request.GET.get("page", "1")])
        if unit.quickbooks_company is None or what not in OFFERS or not pages:
            raise Http404
        term = request.GET.get("term", "")
        offered = found(unit.quickbooks_company, what, term)
        also = "" if term else request.GET.get("also", "")
        return JsonResponse(results(offered, also, max(pages[0], 1)))

    def progress(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Show how far what the page waits for is; once it is over, the page is due anew."""
        unit = unit_or_404(request, unit_id, Capability.VIEW)
        progress = self._progress(unit, request.GET.get("of", ""))
        if progress["finished"]:
            return page_anew()
        return renewed(request, f"{TEMPLATES}/_progress_part.html", {"progress": progress})

    @staticmethod
    def _progress(unit: BusinessUnit, asked: str) -> dict[str, Any]:
        if asked == "trial":
            latest = latest_trial(unit)
            return {"finished": latest is None or not latest.is_moving}
        kind = asked if asked in {CHECK, CREATE, booked.READ} else handshake.VERIFY
        return progress_of(latest_request(unit.quickbooks_company, kind))

    @sent_once
    def disconnect(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Ask first, and disconnect on the answer."""
        unit = unit_or_404(request, unit_id, Capability.MANAGE)
        company = unit.quickbooks_company
        if company is None:
            raise Http404
        if request.method == "POST":
            try:
                messages.success(request, disconnect(unit, actor_of(request)))
            except DisconnectRefused as refused:
                messages.error(request, str(refused))
                refuse(request)
            return redirect(PAGE, unit.pk)
        context = {
            "unit": unit,
            "company": company,
            "others": other_units(company, unit),
            "waiting": what_waits(unit, company),
        }
        return self._page(request, "disconnect.html", context)

    def go_live(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Show how far the unit is on the road to its real books."""
        return self._page(request, "going_live.html", going_live.context_of(request, unit_id))

    @sent_once
    def link(self, request: HttpRequest, unit_id: int) -> HttpResponse:
        """Make a link for the bookkeeper and show it, this once."""
        led_to(request, reverse(PAGE, args=[unit_id]))
        return self._page(request, "link.html", invite_link.made(request, unit_id))

    @sent_once
    def join(self, request: HttpRequest, attempt_id: int) -> HttpResponse:
        """Ask whether to join a company that another unit posts to, and do as answered."""
        actor = actor_of(request)
        try:
            attempt = handshake.held_attempt(attempt_id, actor)
            if request.method == "POST":
                return self._answer(request, attempt)
        except ConnectRefused as refused:
            return refused_page(request, refused)
        unit = attempt.business_unit
        company = QuickBooksCompany.objects.filter(realm_id=attempt.realm_id).first()
        return self._page(request, "join.html", join_context(request, unit, company, attempt))

    def _answer(self, request: HttpRequest, attempt: ConnectAttempt) -> HttpResponse:
        unit = attempt.business_unit
        if request.POST.get("answer") != "join":
            handshake.abandon(attempt)
            messages.info(request, f"{unit} was not connected. Nothing was changed.")
        else:
            connected = handshake.confirm(attempt, actor_of(request))
            messages.success(
                request,
                _("%(unit)s is connected to %(company)s.")
                % {"unit": unit, "company": connected.company},
            )
        return redirect(PAGE, unit.pk)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        unit = context["unit"]
        titles = {"title": f"{unit}: QuickBooks", "opts": BusinessUnit._meta, "original": unit}
        context = {**self.admin_site.each_context(request), **titles, **context}
        return TemplateResponse(request, f"{TEMPLATES}/{name}", context)


def _read_customers(company: QuickBooksCompany, request: HttpRequest) -> None:
    """Have it read who is there, once, before the trial could double one of them."""
    if not CompanyRequest.objects.filter(company=company, kind=READ).exists():
        ask(company, READ, actor=actor_of(request))


@never_cache
@require_http_methods(["GET"])
def callback(request: HttpRequest) -> HttpResponse:
    """Take what Intuit sends back; always a redirect, so that no page holds the code's address."""
    link = invite_link.kept_link(request)
    if link is not None:
        return invite_link.come_back(request, link)
    if not request.user.is_authenticated:
        if invite_link.KEPT in request.session:
            return invite_link.come_too_late(request)
        messages.error(request, _("Sign in first, then choose Connect to QuickBooks again."))
        return redirect("admin:login")
    try:
        outcome = handshake.complete(request.GET.dict(), actor_of(request))
    except ConnectRefused as refused:
        return refused_page(request, refused)
    if isinstance(outcome, ConnectAttempt):
        return redirect(f"{PAGE}_join", outcome.pk)
    messages.success(
        request, _("%(unit)s is connected. QuickBooks is being read now.") % {"unit": outcome.unit}
    )
    return redirect(PAGE, outcome.unit.pk)


def refused_page(request: HttpRequest, refused: ConnectRefused) -> HttpResponse:
    """Say why on the unit's page, or on the first page where there is no unit to show."""
    messages.error(request, str(refused))
    refuse(request)
    unit = refused.unit
    if unit is not None and is_allowed(request, Capability.VIEW, unit.pk):
        return redirect(PAGE, unit.pk)
    return redirect("admin:index")
