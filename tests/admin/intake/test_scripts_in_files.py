"""What a file holds is shown at every stage of its import, and followed by no page."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from xlsxwriter import Workbook

from sync import tasks
from sync.models import Customer, Import, Invoice
from tests.admin.stored_text import LONG, SHORT, followed

BRING = "/admin/sync/import/bring/"
# Payloads stand in the file's name, its sheet's, what is above its headings, headings, and cells.
NAME = '"><pz7 x-init=1>.xlsx'
HEADINGS = ["Number", "Customer", "Date", "Total", "Status", f"Note {LONG}"]
ROWS = [
    ["1", f"Ada {SHORT}", "3/4/2026", "10.00", "", LONG],
    [f"2{SHORT}", f"=Ada {LONG}", "5/4/2026", "12.00", f"Paid {SHORT}", LONG],
    ["3", LONG, LONG, "13.00", "", LONG],
    ["4", f"Bo {LONG}", "6/4/2026", LONG, "", LONG],
    [LONG, "", "", "1.999", LONG, LONG],
]


def workbook():
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(SHORT.replace("'", ""))
        for number, row in enumerate(([LONG], [], HEADINGS, *ROWS)):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile(NAME, file.getvalue())


@pytest.fixture(autouse=True)
def imports_dir(settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")


def test_no_cell_name_or_heading_of_a_file_is_followed(accountant, riverside):
    sent = {"business_unit": riverside.pk, "file": workbook(), "kind": "auto"}
    assert accountant.post(BRING, sent).status_code == 302
    entry, shown = Import.objects.get(), {}

    def look(stage):
        for address in (entry.get_absolute_url(), reverse("admin:sync_import_changelist")):
            answer = accountant.get(address)
            assert followed(answer) == [], (stage, address)
            shown[stage] = shown.get(stage, "") + answer.content.decode()

    look("brought")
    tasks.bring_in(entry.pk)
    look("asking")
    entry.refresh_from_db()
    asked = enumerate(entry.questions)
    answers = {f"q{n}": each["choices"][0]["answer"] for n, each in asked if each["choices"]}
    accountant.post(reverse("admin:sync_import_answer", args=[entry.pk]), answers)
    tasks.bring_in(entry.pk)
    look("shown")
    accountant.post(reverse("admin:sync_import_confirm", args=[entry.pk]), {"good": "1"})
    tasks.bring_in(entry.pk)
    look("taken in")
    stored = [*Customer.objects.all(), *Invoice.objects.all()]
    assert [str(each) for each in stored] == [f"Ada {SHORT}", "Invoice 1"]
    for each in stored:
        address = reverse(f"admin:sync_{each._meta.model_name}_change", args=[each.pk])
        assert followed(accountant.get(address)) == []
    assert "pz7 x-init" in shown["taken in"]
