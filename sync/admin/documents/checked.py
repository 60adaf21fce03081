"""What a person saves is checked at once, so that it need not be waited for."""

from typing import Any

from django.http import HttpRequest

from sync.exports.runs import verdicts


class CheckedWhenSaved:
    """A page whose documents get their verdicts anew when one of them is saved."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        verdicts.renew_soon(form.instance.business_unit.quickbooks_company_id)
