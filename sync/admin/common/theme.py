"""The parts of unfold that pages use, with Django's types: unfold ships none."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

if TYPE_CHECKING:
    from django import forms
    from django.contrib.admin.views.main import ChangeList
    from django.forms import CheckboxInput as Checkbox
    from django.forms import FileInput, Select, Textarea, TextInput

    from sync.models import Customer, Invoice, InvoiceLine, Payment, Refund

    class ModelAdmin(admin.ModelAdmin[Any]):
        def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]: ...

    TabularInline: TypeAlias = admin.TabularInline[Any, Any]
    ModelForm: TypeAlias = forms.ModelForm[Any]
    InlineFormSet: TypeAlias = forms.BaseInlineFormSet[Any, Any, Any]
    CustomerFields: TypeAlias = forms.ModelForm[Customer]
    InvoiceFields: TypeAlias = forms.ModelForm[Invoice]
    LineFields: TypeAlias = forms.ModelForm[InvoiceLine]
    PaymentFields: TypeAlias = forms.ModelForm[Payment]
    RefundFields: TypeAlias = forms.ModelForm[Refund]
    DropdownFilter: TypeAlias = admin.SimpleListFilter
    AutocompleteSelectFilter: TypeAlias = admin.RelatedFieldListFilter
    ChoicesDropdownFilter: TypeAlias = admin.ChoicesFieldListFilter

    def action(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
    def display_of_theme(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
else:
    from django.forms import ModelForm
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.contrib.filters.admin import (
        AutocompleteSelectFilter,
        ChoicesDropdownFilter,
        DropdownFilter,
    )
    from unfold.decorators import action
    from unfold.decorators import display as display_of_theme
    from unfold.forms import PaginationInlineFormSet as InlineFormSet
    from unfold.views import ChangeList
    from unfold.widgets import UnfoldAdminFileFieldWidget as FileInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanWidget as Checkbox

    CustomerFields = InvoiceFields = LineFields = PaymentFields = RefundFields = ModelForm

__all__ = [
    "AutocompleteSelectFilter",
    "ChangeList",
    "Checkbox",
    "ChoicesDropdownFilter",
    "CustomerFields",
    "DropdownFilter",
    "FileInput",
    "InlineFormSet",
    "InvoiceFields",
    "LineFields",
    "ModelAdmin",
    "ModelForm",
    "PaymentFields",
    "RefundFields",
    "Select",
    "TabularInline",
    "TextInput",
    "Textarea",
    "action",
    "display",
    "page_anew",
    "part_of_page",
    "renewed",
]
STOP_ASKING = 286  # to htmx
# What a column says that has nothing to say; a phone's cards leave it out.
NOTHING = mark_safe('<span class="paidup-none">-</span>')


class _Toned(dict[str, str]):
    """Tones of states; without one the theme would show a state's code in place of its name."""

    def __missing__(self, code: str) -> str:
        return "default"


def display(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say of a column what it is called, and which tones its states have."""
    if tones := options.get("label"):
        options["label"] = _Toned(tones)
    return display_of_theme(**options)


def renewed(
    request: HttpRequest, template: str, context: dict[str, Any], *, is_over: bool = False
) -> HttpResponse:
    """Answer a part of a page that htmx asks for again and again, until it is over."""
    status = STOP_ASKING if is_over else 200
    return TemplateResponse(request, template, context, status=status)


def page_anew() -> HttpResponse:
    """Have the whole page shown anew that asked for a part of it."""
    return HttpResponse(headers={"HX-Refresh": "true"})


def part_of_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap the view of a part that htmx asks for: who is signed out keeps what is shown."""
    of_the_site = admin.site.admin_view(require_GET(view))

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "HX-Request" in request.headers and not admin.site.has_permission(request):
            return HttpResponse(status=STOP_ASKING, headers={"HX-Reswap": "none"})
        return of_the_site(request, *args, **kwargs)

    return guarded
