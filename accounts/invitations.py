"""Inviting: a person who has no account yet gets one, and sets a password by a mailed link."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import passwords
from accounts.mail import as_name
from accounts.models import Membership, User

# A franchise invites its people in a morning; nobody mails strangers by the hundred.
MOST, WITHIN = 30, timedelta(hours=1)


def is_enough(unit_ids: frozenset[int] | set[int]) -> bool:
    """Say whether so many people were invited into these units lately that it must wait."""
    fresh = User.objects.filter(last_login=None, date_joined__gt=timezone.now() - WITHIN)
    return fresh.filter(memberships__business_unit__in=unit_ids).distinct().count() >= MOST


def stranger(address: str) -> User:
    """Return a person, not stored yet, who signs in with that e-mail address once invited."""
    user = User(username=address[:150], email=address)
    user.set_unusable_password()
    return user


def stored(invited: User) -> User:
    """Return the invited person as stored: two who invite the same one at once invite one."""
    user, _ = User.objects.get_or_create(
        username=invited.username,
        defaults={"email": invited.email, "password": invited.password},
    )
    return user


def mail(role: Membership, actor: AbstractBaseUser | AnonymousUser) -> bool:
    """Mail the link by which an invited person sets a password; say whether it was sent."""
    user, unit = role.user, as_name(role.business_unit)
    who = as_name(actor.get_username())
    return passwords.mail(
        user,
        _("You are invited to %(unit)s in Paidup") % {"unit": unit},
        _(
            "%(who)s invites you to work in %(unit)s, as %(partition)s.\n\nSet your "
            "password here, within %(days)s days:\n\n%(link_for)s\n\nAfter that you sign in "
            "at %(SITE_URL)s as %(user)s.\n"
        )
        % {
            "who": who,
            "unit": unit,
            "partition": role.get_role_display().partition(":")[0],
            "days": passwords.days(),
            "link_for": passwords.link_for(user),
            "SITE_URL": settings.SITE_URL,
            "user": user.get_username(),
        },
    )
