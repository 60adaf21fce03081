"""What the theme would work out for every row of a list: the same words, worked out once."""

from collections import Counter

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from unfold.admin import checkbox
from unfold.templatetags import unfold_list

from sync.admin.common.theme_rows import tick_box
from tests.factories import InvoiceFactory


@pytest.mark.parametrize("pk", [17, '"><script>'])
def test_box_that_ticks_a_row_is_the_themes_own(pk):
    assert tick_box(pk) == checkbox.render(ACTION_CHECKBOX_NAME, str(pk))


def test_headers_are_worked_out_once_however_many_rows(exporter, riverside, monkeypatch):
    asked = Counter()
    label_for_field = unfold_list.label_for_field

    def counted(name, *args, **options):
        asked[name] += 1
        return label_for_field(name, *args, **options)

    monkeypatch.setattr(unfold_list, "label_for_field", counted)
    for _ in range(3):
        InvoiceFactory(business_unit=riverside)
    page = exporter.get("/admin/sync/invoice/")
    listed = page.context["cl"]
    assert len(listed.result_list) == 3
    assert asked == Counter(listed.list_display)
    # Phones show no heads: each cell carries its own.
    assert page.content.decode().count('data-label="number"') == 3
