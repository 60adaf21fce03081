"""E-mail about what needs a person: where they choose how often, and the page that ends it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import VERTICAL
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.access import Capability
from sync.admin.common.base import actor_of, is_allowed
from sync.admin.common.leaving import leaving_page
from sync.admin.common.once import acts_once
from sync.models import NeedsMail
from sync.needs import choices
from sync.words import later

if TYPE_CHECKING:  # unfold ships no types
    RadioSelect: Any
else:
    from unfold.widgets import UnfoldAdminRadioSelectWidget as RadioSelect

Rhythm = NeedsMail.Rhythm
_WORDS = {
    Rhythm.AT_ONCE: later("At once, one an hour at most"),
    Rhythm.DAILY: later("Every morning"),
    Rhythm.WEEKLY: later("On Monday mornings"),
    Rhythm.NEVER: later("Never"),
}


class RhythmForm(forms.Form):
    """How often it comes."""

    rhythm = forms.ChoiceField(
        label=later("How often"),
        choices=[(str(rhythm), words) for rhythm, words in _WORDS.items()],
        widget=RadioSelect(radio_style=VERTICAL),
    )


@acts_once
def needs_mail(request: HttpRequest) -> HttpResponse:
    """Show how often it comes, or keep what the person chose."""
    person = actor_of(request)
    form = RhythmForm(request.POST or None, initial={"rhythm": choices.rhythm_of(person)})
    if request.method == "POST" and form.is_valid():
        choices.choose(person, Rhythm(form.cleaned_data["rhythm"]))
        messages.success(request, _("Your choice is kept."))
        return HttpResponseRedirect(reverse("needs_mail"))
    context = {
        **admin.site.each_context(request),
        "title": _("Your e-mails"),
        "form": form,
        "may_act": is_allowed(request, Capability.RESOLVE),
        "address": person.email,
    }
    return TemplateResponse(request, "admin/sync/home/needs_mail.html", context)


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the signature is the proof
def unsubscribe_needs(request: HttpRequest) -> HttpResponse:
    """End the e-mails of whoever a mail's address names."""
    is_held = choices.leaver(request.GET.get("token", "")) is not None
    about = _("e-mails about what needs you") if is_held else ""
    return leaving_page(request, about, choices.unsubscribe, reverse("needs_mail"))
