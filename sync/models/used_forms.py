"""Forms that have acted: a second post of the same page finds its row and does nothing."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from sync.models.fields import ShortTextField

# How long a page may stay open until its form is sent; what was sent is kept for longer.
GOOD_FOR = timedelta(days=1)
KEPT = timedelta(days=7)
FIELD = "form_token"
LONGEST_RESULT = 1000
_SALT = "paidup.form"


def new_token(user_id: int | None, page: str) -> str:
    """Return a token for one form that the person may send once, to that address.

    It is signed with who and where, so another's page or an invented one is refused.
    """
    return signing.dumps([user_id, iri_to_uri(page), secrets.token_hex(16)], salt=_SALT)


def token_in(signed: str, user_id: int | None, page: str) -> str | None:
    """Return the form's own part of a token, None where it is not for this person and page now."""
    try:
        user, sent_to, token = signing.loads(signed, salt=_SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError):
        return None
    return str(token) if (user, sent_to) == (user_id, iri_to_uri(page)) else None


class UsedForm(models.Model):
    """One form that a person sent, stored in the transaction of what it did."""

    token = models.CharField(max_length=32, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = ShortTextField(max_length=300, help_text="The address that it was sent to.")
    used_at = models.DateTimeField(auto_now_add=True, db_index=True)
    result = models.CharField(
        max_length=LONGEST_RESULT, blank=True, help_text="Where what it did is shown."
    )
    words = ShortTextField(max_length=2000, blank=True, help_text="What the person was told.")

    def __str__(self) -> str:
        return _("%(page)s by %(user)s") % {"page": self.page, "user": self.user}
