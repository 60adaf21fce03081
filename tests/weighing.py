"""What a browser fetches for a page that it sees for the first time."""

import gzip
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

from tests.fonts import WEIGHTS

MOST_PAGE, MOST_FIRST_VIEW = 100_000, 400_000  # bytes, compressed as they are sent
MOST_QUERIES = 25
FONTS = [f"unfold/fonts/inter/Inter-{weight}-Latin.woff2" for weight in WEIGHTS]
FONTS.append("unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2")
HASH = re.compile(r"\.[0-9a-f]{12}(?=\.)")


def fetched(page):
    """Return the files that a page names, and its fonts, by size as they are sent."""
    named_there = re.findall(r'(?:src|href)="/static/([^"?]+)', page)
    fonts = {name: _file(name).stat().st_size for name in FONTS}
    return {name: _packed(HASH.sub("", name)) for name in named_there} | fonts


def _file(name):
    return Path(finders.find(name))


@cache
def _packed(name):
    return len(gzip.compress(_file(name).read_bytes()))
