"""A company whose export cannot go on says so, until it goes on."""

from django.db.models.functions import Coalesce, Now

from sync.company.isolation import Trouble
from sync.models import QuickBooksCompany
from sync.words import stored

_WORDS = stored(
    "Something unexpected stops exports. Nothing is lost, and it is tried again "
    "every minute. If it stays so, tell whoever runs this system: the log names it "
    "%(id)s."
)


def say_stuck(company_id: int, trouble: Trouble) -> None:
    """Keep that the company's export cannot go on, and since when."""
    QuickBooksCompany.objects.filter(pk=company_id).update(
        stuck_since=Coalesce("stuck_since", Now()), stuck_reason=_WORDS.filled(id=trouble.id)
    )


def say_going_on(company: QuickBooksCompany) -> None:
    """Take that back, where it was said."""
    if company.stuck_since is not None:
        QuickBooksCompany.objects.filter(pk=company.pk).update(stuck_since=None, stuck_reason="")
