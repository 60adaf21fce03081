"""What was answered of files with certain columns, for the next such file of the unit."""

from typing import Any

from sync.models import FileAnswers, Import

# How a file is written, not what is in it.
KEPT = frozenset({
    "kind", "columns", "dates", "decimals", "cents", "types", "tips", "tax", "numbers", "refunds",
    "receipts", "difference", "header_row", "encoding", "delimiter",
})  # fmt: skip


def recall(entry: Import) -> dict[str, Any]:
    """Return what was answered of the last file with these columns."""
    found = FileAnswers.objects.filter(
        business_unit=entry.business_unit_id, signature=entry.signature
    ).first()
    return dict(found.answers) if found else {}


def remember(entry: Import) -> None:
    """Keep what was answered, once a file is taken in under it."""
    said = {name: value for name, value in entry.answers.items() if name in KEPT and value}
    if said:
        FileAnswers.objects.update_or_create(
            business_unit_id=entry.business_unit_id,
            signature=entry.signature,
            defaults={"answers": said},
        )
