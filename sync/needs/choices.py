"""How often a person is mailed what needs them."""

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, roles_with
from accounts.mail import ids_left, leaving_address
from accounts.models import Membership, User
from sync.models import Event, NeedsMail, Subject
from sync.words import in_english

Rhythm = NeedsMail.Rhythm
PAGE = "needs_unsubscribe"
ACTING = roles_with(Capability.RESOLVE)  # nobody else is needed for anything


def default_for(*, has_role: bool) -> NeedsMail.Rhythm:
    """Return what holds until something is chosen.

    Once a day for who can act in some unit: what stopped waits for its end of month no longer than
    a morning, and mail comes on days with news only. Who merely runs the site is not mailed.
    """
    return Rhythm.DAILY if has_role else Rhythm.NEVER


def rhythm_of(person: User) -> NeedsMail.Rhythm:
    """Return how often mail comes to a person."""
    chosen = NeedsMail.objects.filter(user=person).values_list("rhythm", flat=True).first()
    roles = Membership.objects.filter(user=person, role__in=ACTING)
    return Rhythm(chosen) if chosen else default_for(has_role=roles.exists())


@in_english
@transaction.atomic
def choose(person: User, rhythm: NeedsMail.Rhythm) -> bool:
    """Have mail come so often from now on; return whether that was news."""
    NeedsMail.objects.get_or_create(user=person, defaults={"looked_at": timezone.now()})
    row = NeedsMail.objects.select_for_update().get(user=person)
    if row.rhythm == rhythm:
        return False
    row.rhythm = rhythm
    if rhythm == Rhythm.NEVER:
        row.told = {}  # what comes back after a pause is new
    row.save(update_fields=["rhythm", "told"])
    subject = Subject(None, "user", person.pk, {"what": str(rhythm.label)})
    Event.objects.record(Event.Action.NEEDS_MAIL_CHOSEN, person, [subject])
    return True


def unsubscribe_address(person: User) -> str:
    """Return the signed address that ends these mails."""
    return leaving_address(PAGE, [person.pk])


def leaver(token: str) -> User | None:
    """Return whose mails a signed address ends, if it holds and the person is still active."""
    return User.objects.filter(pk__in=ids_left(PAGE, token), is_active=True).first()


def unsubscribe(token: str) -> bool:
    """End the mails that a signed address names; say whether it holds."""
    person = leaver(token)
    if person is not None:
        choose(person, Rhythm.NEVER)
    return person is not None
