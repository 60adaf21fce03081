"""Pages for people and their roles: superusers add people, administrators give roles."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import ForeignKey, QuerySet
from django.http import Http404, HttpRequest

from accounts.access import Capability, holds_everything, may, unit_ids
from accounts.models import Membership, User
from sync.admin.common.once import OneUseForms

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
    verbose_name = "role"
    verbose_name_plural = "roles"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_everything(request.user)


@admin.register(User)
class PersonAdmin(SuperusersOnly, OneUseForms, People, ModelAdmin):
    """Everyone who signs in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [RolesInline]
    list_display = ["username", "first_name", "last_name", "email", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "Signing in",
            {
                "fields": ("is_active", "is_superuser"),
                "description": "A superuser sees every business unit and adds people; "
                "everyone else does what their roles below allow.",
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    filter_horizontal = ()


class RoleForm(RoleModelForm):
    """Gives a role to a person named exactly: nobody leafs through the people of other units."""

    person = forms.CharField(
        label="Person",
        help_text="Their user name or e-mail address, exactly.",
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
        """Find the person; an e-mail address that two people share names nobody."""
        name = self.cleaned_data["person"]
        people = User.objects.filter(is_active=True)
        found = list(people.filter(username=name)[:1]) or list(
            people.filter(email__iexact=name)[:2]
        )
        if len(found) != 1:
            raise forms.ValidationError(
                "Nobody signs in with this name. Whoever looks after the site adds people."
            )
        self.instance.user = found[0]
        return str(name)

    def clean(self) -> dict[str, Any]:
        """Say it in words when the person already has a role in the unit."""
        data = super().clean() or {}
        unit = data.get("business_unit")
        if unit and "person" in data and unit.memberships.filter(user=self.instance.user).exists():
            raise forms.ValidationError(
                f"{self.instance.user} already has a role in {unit}: change that one."
            )
        return data


@admin.register(Membership)
class RoleAdmin(OneUseForms, ModelAdmin):
    """Who may do what in a unit, for those who manage it."""

    form = RoleForm
    list_display = ["user", "business_unit", "role"]
    list_display_links = ["user"]
    list_select_related = ["user", "business_unit"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__email", "business_unit__name"]
    search_help_text = "Person or business unit"
    ordering = ["business_unit__name", "user__username", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        roles: QuerySet[Membership] = super().get_queryset(request)
        if holds_everything(request.user):
            return roles
        return roles.filter(business_unit__in=unit_ids(request.user, Capability.MANAGE))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Membership:
        role: Membership | None = super().get_object(request, object_id, from_field)
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
        unit_id = role.business_unit_id if role else None
        return may(request.user, Capability.MANAGE, unit_id)

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
