"""What a person saves is checked at once, and what waited for it attaches by itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from sync.exports.runs import verdicts
from sync.intake.door import typed


class CheckedWhenSaved:
    """A page whose documents come in, and get their verdicts anew, when one of them is saved."""

    def load_anew(self, row: Any) -> None:
        """Lock the unit first, as by each delivery, then the row: else two wait for each other."""
        typed.begin(row)
        super().load_anew(row)  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        typed.begin(obj)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def when_whole(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Say what is to be done once the document is saved with its parts."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        self.when_whole(request, form, formsets, change)
        if attached := typed.came(form.instance):
            waited = ngettext(
                "%(count)s payment or refund from a file or a source waited for it: attached.",
                "%(count)s payments and refunds from a file or a source waited for it: attached.",
                attached,
            )
            messages.info(request, waited % {"count": attached})
        if own := getattr(form, "own", ""):
            messages.info(request, own)
        verdicts.renew_soon(form.instance.business_unit.quickbooks_company_id)
