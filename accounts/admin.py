"""Pages for people and their roles: superusers add people, administrators give roles."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts import invitations
from accounts.access import Capability, holds_everything, unit_ids
from accounts.models import Membership, User
from sync.admin.common.base import is_allowed
from sync.admin.common.once import OneUseForms
from sync.words import later

if TYPE_CHECKING:  # unfold ships no types; its classes are Django's with more attributes
    from django.contrib.auth.forms import (
        AdminPasswordChangeForm,
        UserChangeForm,
        UserCreationForm,
    )
    from django.forms import TextInput as UnfoldAdminTextInputWidget

    ModelAdmin: TypeAlias = admin.ModelAdmin[Any]
    TabularInline: TypeAlias = admin.TabularInline[Any, Any]
    People: TypeAlias = UserAdmin[Any]
    RoleModelForm: TypeAlias = forms.ModelForm[Membership]
else:
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
    from unfold.widgets import UnfoldAdminTextInputWidget

    People = UserAdmin
    RoleModelForm = forms.ModelForm

admin.site.unregister(Group)  # roles per business unit stand in its place


class SuperusersOnly:
    """For pages that nobody else learns of."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds_everything(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # people are made inactive: what they did stays theirs


class RolesInline(SuperusersOnly, TabularInline):
    """The roles of one person."""

    model = Membership
    extra = 0
    verbose_name = later("role")
    verbose_name_plural = later("roles")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)


@admin.register(User)
class PersonAdmin(SuperusersOnly, OneUseForms, People, ModelAdmin):
    """Everyone who signs in."""

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> User | None:
        """Refuse before looking: nobody else learns which people there are."""
        if not holds_everything(request.user):
            raise PermissionDenied
        # Django takes an empty name of a field for one that there is not.
        user: User | None = super().get_object(request, object_id, from_field or None)
        return user

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [RolesInline]
    list_display = ["username", "first_name", "last_name", "email", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (later("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (
            later("Signing in"),
            {
                "fields": ("is_active", "is_superuser"),
                "description": later(
                    "A superuser sees every business unit and adds people; "
                    "everyone else does what their roles below allow."
                ),
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    filter_horizontal = ()


class RoleForm(RoleModelForm):
    """Gives a role to a person named exactly: nobody leafs through the people of other units.

    Who has no account yet is invited by e-mail address.
    """

    actor: User
    person = forms.CharField(
        label=later("Person"),
        help_text=later(
            "Their e-mail address; who has no account yet is invited by mail. For people of"
            " your own business units the user name does, too."
        ),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Membership
        fields = ["business_unit", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("person", None)

    def clean_person(self) -> str:
        """Find the person, or have one invited; an address that two people share names nobody."""
        name = str(self.cleaned_data["person"]).strip()
        found = list(self._known().filter(username=name)[:1])
        if not found and _is_address(name):
            people = User.objects.filter(Q(email__iexact=name) | Q(username__iexact=name))
            found = list(people.order_by("pk")[:2]) or [self._invited(name)]
        if len(found) != 1 or not found[0].is_active:
            raise forms.ValidationError(
                _(
                    "Nobody in your business units signs in with this name. Give an e-mail"
                    " address that"
                    " is one person's alone."
                )
            )
        self.instance.user = found[0]
        return name

    def _known(self) -> QuerySet[User]:
        """Return the people whose names the person may know."""
        if holds_everything(self.actor):
            return User.objects.all()
        units = unit_ids(self.actor, Capability.MANAGE)
        return User.objects.filter(memberships__business_unit__in=units).distinct()

    def _invited(self, address: str) -> User:
        units = set(unit_ids(self.actor, Capability.MANAGE))
        if not holds_everything(self.actor) and invitations.is_enough(units):
            raise forms.ValidationError(
                _("Many people were invited in the last hour. Wait a while, then invite more.")
            )
        return invitations.stranger(address)

    def clean(self) -> dict[str, Any]:
        """Say it in words when the person already has a role in the unit."""
        data = super().clean() or {}
        unit = data.get("business_unit")
        if (
            unit
            and "person" in data
            and unit.memberships.filter(user=self.instance.user.pk).exists()
        ):
            raise forms.ValidationError(
                _("%(user)s already has a role in %(unit)s: change that one.")
                % {"user": self.instance.user, "unit": unit}
            )
        return data


def _is_address(name: str) -> bool:
    """Say whether it is an e-mail address."""
    try:
        validate_email(name)
    except forms.ValidationError:
        return False
    return True


@admin.register(Membership)
class RoleAdmin(OneUseForms, ModelAdmin):
    """Who may do what in a unit, for those who manage it."""

    form = RoleForm
    list_display = ["user", "business_unit", "role"]
    list_display_links = ["user"]
    list_select_related = ["user", "business_unit"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__email", "business_unit__name"]
    search_help_text = later("Person or business unit")
    ordering = ["business_unit__name", "user__username", "id"]

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's own
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form

    def save_model(
        self,
        request: HttpRequest,
        obj: Membership,
        form: Any,
        change: bool,  # noqa: FBT001 - Django's
    ) -> None:
        is_invited = obj.user.pk is None
        if is_invited:
            obj.user = invitations.stored(obj.user)
        super().save_model(request, obj, form, change)
        if is_invited:
            transaction.on_commit(lambda: self._mail(request, obj))

    @staticmethod
    def _mail(request: HttpRequest, role: Membership) -> None:
        if invitations.mail(role, request.user):
            messages.success(
                request, _("An invitation was mailed to %(email)s.") % {"email": role.user.email}
            )
        else:
            messages.error(
                request,
                _(
                    "The mail server did not take the invitation to %(email)s. They can have a "
                    "link sent by “Forgotten your password or username?” on the page for signing "
                    "in."
                )
                % {"email": role.user.email},
            )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        roles: QuerySet[Membership] = super().get_queryset(request)
        if holds_everything(request.user):
            return roles
        return roles.filter(business_unit__in=unit_ids(request.user, Capability.MANAGE))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Membership:
        # Django takes an empty name of a field for one that there is not.
        role: Membership | None = super().get_object(request, object_id, from_field or None)
        if role is None:
            raise Http404
        return role

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["user", "business_unit", "role"] if obj else ["person", "business_unit", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["user", "business_unit"] if obj else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "business_unit" and not holds_everything(request.user):
            kwargs["queryset"] = db_field.remote_field.model._default_manager.filter(
                pk__in=unit_ids(request.user, Capability.MANAGE)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _manages(self, request: HttpRequest, role: Membership | None) -> bool:
        return is_allowed(request, Capability.MANAGE, role.business_unit_id if role else None)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._manages(request, None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._manages(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._manages(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._manages(request, None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._manages(request, obj)
