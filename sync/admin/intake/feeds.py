"""Sources: connect, test, answer, start, pause, disconnect, pull now, and what each brought."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Capability
from sync.admin.common.base import ReadOnlyMixin, actor_of, is_allowed
from sync.admin.common.once import acts_once, refuse, sent_once
from sync.admin.common.theme import display, page_anew, part_of_page, renewed
from sync.admin.intake.feed_forms import AnswersForm, ConnectForm, PlaceForm, ScheduleForm
from sync.admin.intake.feed_page import context_of, next_words
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.intake.sources import connecting, pulling, working
from sync.intake.sources.registry import sources
from sync.models import Delivery, Feed, Listed, Pull
from sync.words import later, told

_STOPPED = "stopped", later("Stopped")
_TONES = {
    Feed.State.ACTIVE.value: "success", Feed.State.PAUSED.value: "warning",
    Feed.State.SET_UP.value: "info", _STOPPED[0]: "danger",
}  # fmt: skip
_REFUSALS = (connecting.FeedRefused, pulling.CannotPull)


def _count(rows: QuerySet[Any]) -> Subquery:
    """Return how many rows there are for each row of the list, in its one query."""
    of = "feed" if rows.model is Listed else "business_unit"
    return Subquery(rows.order_by().values(of).annotate(count=Count("pk")).values("count"))


@admin.register(Feed)
class FeedAdmin(ReadOnlyMixin, ListAdmin):
    """What feeds units by itself. Administrators connect; accountants pull and answer."""

    list_display = ["feed", "business_unit", "fed_by", "status", "last", "refused", "waits",
                    "next"]  # fmt: skip
    list_select_related = ["business_unit"]
    list_filter = [UnitFilter]
    ordering = ["business_unit__name", "id"]
    change_list_template = "admin/sync/intake/feeds.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        rows: QuerySet[Feed] = super().get_queryset(request)
        ended = Pull.objects.filter(feed=OuterRef("pk"), finished_at__isnull=False)
        last = ended.order_by("-id").values("finished_at")[:1]
        refused = Listed.objects.filter(feed=OuterRef("pk")).exclude(code="")
        waiting = Delivery.objects.filter(
            business_unit=OuterRef("business_unit"),
            source=OuterRef("source"),
            state=Delivery.State.WAITING,
        )
        # What it signs in with is opened for the source alone.
        return (
            rows.select_related("business_unit")
            .defer("secrets")
            .annotate(
                last_at=Subquery(last), refused_count=_count(refused), waiting_count=_count(waiting)
            )
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = {
            "test": self.test, "place": self.place, "answer": self.answer, "start": self.start,
            "schedule": self.schedule, "pause": self.pause, "pull": self.pull,
        }  # fmt: skip
        one = "<int:object_id>"
        return [
            path("connect/<str:source>/", wrap(self.connect), name="sync_feed_connect"),
            path(f"{one}/moved/", part_of_page(self.moved), name="sync_feed_moved"),
            path(f"{one}/disconnect/", wrap(self.disconnect), name="sync_feed_disconnect"),
            *(
                path(f"{one}/{name}/", wrap(require_POST(view)), name=f"sync_feed_{name}")
                for name, view in acts.items()
            ),
            *super().get_urls(),
        ]

    @display(description=later("source"), ordering="source")
    def feed(self, feed: Feed) -> str:
        source = sources().get(feed.source)
        return told(source.label) if source else feed.source

    @display(description=later("fed by"), ordering="place_name")
    def fed_by(self, feed: Feed) -> str:
        return feed.place_name or "-"

    @display(description=later("status"), label=_TONES)
    def status(self, feed: Feed) -> tuple[str, str]:
        if feed.stopped_code:
            return _STOPPED[0], str(_STOPPED[1])
        return feed.state, feed.get_state_display()

    @display(description=later("last pull"))
    def last(self, feed: Any) -> str:
        return moment_words(feed.last_at, feed.business_unit)

    @display(description=later("refused"))
    def refused(self, feed: Any) -> int:
        return int(feed.refused_count or 0)

    @display(description=later("waiting"))
    def waits(self, feed: Any) -> int:
        return int(feed.waiting_count or 0)

    @display(description=later("next pull"))
    def next(self, feed: Feed) -> str:
        return next_words(feed)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        offered = sources().values() if is_allowed(request, Capability.MANAGE) else ()
        more = {"offered": [(one.name, told(one.label)) for one in offered]}
        page: HttpResponse = super().changelist_view(request, (extra_context or {}) | more)
        return page

    @method_decorator(require_GET)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one source as it stands."""
        feed = self.get_object(request, object_id)
        return self._show(request, feed)

    def moved(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Return the part of the page that moves; once the pull is over, the page is due anew."""
        feed = get_object_or_404(self.get_queryset(request), pk=object_id)
        shown = {"opts": self.opts, **context_of(feed, "")}
        if shown["running"] is None:
            return page_anew()
        return renewed(request, "admin/sync/intake/_feed_pulls.html", shown)

    @sent_once
    def connect(self, request: HttpRequest, source: str) -> HttpResponse:
        """Ask how the source is reached, keep it, and test it."""
        found = sources().get(source)
        if found is None:
            raise Http404
        if not is_allowed(request, Capability.MANAGE):
            raise PermissionDenied
        form = ConnectForm(request, found, request.POST or None)
        if request.method == "POST" and form.is_valid():
            said = dict(form.cleaned_data)
            unit = said.pop("business_unit")
            try:
                feed = connecting.connect(unit, source, said, actor_of(request))
            except connecting.FeedRefused as why:
                form.add_error(None, str(why))
            else:
                self._test(request, feed)
                return HttpResponseRedirect(feed.get_absolute_url())
        title = _("Connect %(source)s") % {"source": told(found.label)}
        return self._page(request, "feed_connect", title=title, form=form, source=found)

    @sent_once
    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Sign in, and look at what is there."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        self._test(request, feed)
        return HttpResponseRedirect(feed.get_absolute_url())

    @sent_once
    def place(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Say which part feeds the unit, and look at it."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        place, by = request.POST.get("place", ""), actor_of(request)
        if self._done(request, lambda: connecting.choose_place(feed, place, by)):
            self._test(request, feed)
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def answer(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Keep what a person answers."""
        feed = self._mine(request, object_id, Capability.RESOLVE)
        form = AnswersForm(feed, request.POST)
        if not form.is_valid():
            return self._show(request, feed, answers=form)
        by = actor_of(request)
        self._done(request, lambda: connecting.answer(feed, form.said(), by), _("Confirmed."))
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def schedule(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Set how often it is pulled."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        form = ScheduleForm(request.POST)
        if not form.is_valid():
            return self._show(request, feed, schedule=form)
        given, by = form.cleaned_data, actor_of(request)
        self._done(
            request,
            lambda: connecting.schedule(
                feed, every=given["every_minutes"], overlap=given["overlap_minutes"],
                full_days=given["full_every_days"], by=by,
            ),
            _("Saved."),
        )  # fmt: skip
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def start(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Have it pulled from now on."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        if self._done(request, lambda: connecting.start(feed, actor_of(request)), _("It is on.")):
            transaction.on_commit(lambda: working.wake(feed.pk))
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def pause(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Pull nothing more for now."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        self._done(request, lambda: connecting.pause(feed, actor_of(request)), _("It is paused."))
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def pull(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Pull now."""
        feed = self._mine(request, object_id, Capability.RESOLVE)
        is_full, by = "full" in request.POST, actor_of(request)
        if self._done(request, lambda: pulling.begin(feed, by, is_full=is_full)):
            transaction.on_commit(lambda: working.wake(feed.pk))
        return HttpResponseRedirect(feed.get_absolute_url())

    @acts_once
    def disconnect(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask first, and disconnect on the answer."""
        feed = self._mine(request, object_id, Capability.MANAGE)
        if request.method != "POST":
            return self._page(request, "feed_disconnect", title=f"{feed}", feed=feed)
        connecting.disconnect(feed, actor_of(request))
        messages.success(request, _("It is disconnected. What came in stays."))
        return HttpResponseRedirect(feed.get_absolute_url())

    def _mine(self, request: HttpRequest, object_id: int, needed: Capability) -> Feed:
        feed: Feed = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not is_allowed(request, needed, feed.business_unit_id):
            raise PermissionDenied
        return feed

    def _done(self, request: HttpRequest, act: Callable[[], Any], words: str = "") -> bool:
        try:
            act()
        except _REFUSALS as why:
            messages.error(request, str(why))
            refuse(request)
            return False
        if words:
            messages.success(request, words)
        return True

    def _test(self, request: HttpRequest, feed: Feed) -> None:
        if feed.state == Feed.State.DISCONNECTED:
            messages.error(request, _("It is disconnected: connect it anew."))
        elif words := connecting.test(feed):
            messages.error(request, told(words))
        else:
            messages.success(request, _("It answers."))

    def _show(self, request: HttpRequest, feed: Feed, **forms: Any) -> HttpResponse:
        may = {
            "may_manage": is_allowed(request, Capability.MANAGE, feed.business_unit_id),
            "may_act": is_allowed(request, Capability.RESOLVE, feed.business_unit_id),
        }
        kept = {name: getattr(feed, name) for name in ScheduleForm.base_fields}
        shown = {
            "place_form": PlaceForm(feed) if feed.looked.get("places") else None,
            "answers": AnswersForm(feed) if feed.looked.get("questions") else None,
            "schedule": ScheduleForm(initial=kept),
        }
        context = context_of(feed, request.GET.get("pull", "")) | may | shown | forms
        return self._page(request, "feed", title=str(feed), original=feed, **context)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/sync/intake/{name}.html", whole)
