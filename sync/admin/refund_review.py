"""The form in which a reviewer says what became of a refund."""

from typing import TYPE_CHECKING

from django import forms

from sync.admin.theme import Textarea
from sync.discrepancies.refunds import Status
from sync.discrepancies.reviews import LONGEST_NOTE

if TYPE_CHECKING:  # unfold ships no types
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select


class ReviewForm(forms.Form):
    """A status and a note; what the two must be together, the room says."""

    status = forms.ChoiceField(
        choices=Status.choices, widget=Select(), initial=Status.RECORDED.value
    )
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=Textarea(attrs={"rows": 3}),
        help_text="What you entered, such as “Credit memo 1051”, or why nothing is needed.",
    )

    def said(self) -> tuple[Status, str]:
        """Return the status and the note."""
        return Status(self.cleaned_data["status"]), self.cleaned_data["note"]
