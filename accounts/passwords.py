"""Passwords that people set by themselves: forgotten ones, and the first one of who was invited.

A link works once and for some days. What a page answers tells nobody who has an account.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import forms, views
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.mail import send_mail
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlencode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts.languages import spoken_by
from accounts.models import User

log = structlog.get_logger(__name__)
# A stranger who asks again and again fills nobody's mailbox.
PAUSE = timedelta(minutes=5)
UID = "password_reset_uid"


def link_for(user: User) -> str:
    """Return the address at which the person sets a password, once."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    query = urlencode({"uid": key, "token": token})
    return f"{settings.SITE_URL}{reverse('password_reset_confirm')}?{query}"


def days() -> int:
    """Return for how many days a link works."""
    return int(settings.PASSWORD_RESET_TIMEOUT // 86_400)


def mail(user: User, subject: str, text: str) -> bool:
    """Send a mail to the person; say whether the mail server took it."""
    try:
        send_mail(subject, text, None, [user.email])
    except OSError as failure:  # smtplib's errors are among them
        log.warning("mail_not_sent", user=user.pk, reason=type(failure).__name__)
        return False
    return True


class ForgottenForm(forms.PasswordResetForm):
    """Asks for an e-mail address; who was invited and never came gets a link as well."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Mail a link to each person of that address, at most one in five minutes."""
        address = self.cleaned_data["email"]
        for user in User.objects.filter(email__iexact=address, is_active=True).order_by("pk")[:5]:
            if not cache.add(f"forgotten:{user.pk}", 1, PAUSE.total_seconds()):
                continue
            with spoken_by(user):
                mail(user, _("Your password for Paidup"), _forgotten(user))


def _forgotten(user: User) -> str:
    return _(
        "Somebody, you we think, asked for a new password for %(user)s.\n\nSet it here, within"
        " %(days)s days:\n\n%(link_for)s\n\nIf it was not you, do nothing: your password stays as"
        " it is.\n"
    ) % {"user": user.get_username(), "days": days(), "link_for": link_for(user)}


class ForgottenView(views.PasswordResetView):
    """Asks for the address; answers alike whoever it belongs to."""

    form_class = ForgottenForm
    success_url = reverse_lazy("password_reset_done")


class NewPasswordView(views.PasswordResetConfirmView):
    """Takes the new password; a link that was used or is too old says so.

    What proves the link stands in its query, which comes into no log.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if uid := request.GET.get("uid", ""):
            request.session[UID] = uid
        token = request.GET.get("token", self.reset_url_token)
        return super().dispatch(request, uidb64=request.session.get(UID, ""), token=token)


urlpatterns = [
    path("forgotten/", ForgottenView.as_view(), name="admin_password_reset"),
    path("sent/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("new/", NewPasswordView.as_view(), name="password_reset_confirm"),
    path("set/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]
