"""Text built from data, where the theme would print it as HTML."""

from django.utils.html import escape
from django.utils.safestring import SafeString


def as_text(words: object) -> SafeString:
    """Return words as HTML that shows exactly them: markup in a name is shown, not followed.

    The theme prints help texts and descriptions of forms unescaped, so whoever builds one of data
    passes it through here.
    """
    return escape(words)
