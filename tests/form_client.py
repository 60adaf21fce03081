"""A client that posts as a browser does: with the token of the form on the page it has open."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.test import Client

from sync.models.used_forms import FIELD, new_token


class FormClient(Client):
    """Keeps the token of each form it was shown, by the address that the form is sent to.

    Where it was shown none it opens the page first. An address that only takes posts has no page
    of its own: there the post is one that somebody wrote by hand, with a token from another page
    of the kind, so that what is refused is refused for itself. `form_token=""` sends none.
    """

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.tokens, self.user_id = {}, None

    def force_login(self, user, backend=None):
        super().force_login(user, backend)
        self.user_id = user.pk

    def request(self, **request):
        response = super().request(**request)
        if not response.streaming and "html" in response.get("Content-Type", ""):
            self.tokens |= tokens_in(response.content.decode(), request["PATH_INFO"])
        return response

    def post(self, path, data=None, **more):
        if isinstance(data or {}, dict) and path.startswith("/admin/"):
            address = urlsplit(path).path
            data = {FIELD: self._token(path, address), **(data or {})}
            self.tokens.pop(address, None)  # the browser has left the page
        return super().post(path, data, **more)

    def _token(self, path, address):
        if address not in self.tokens and _has_a_page(address):
            self.get(path)
        return self.tokens.get(address) or new_token(self.user_id, address)


def _has_a_page(address):
    return re.search(
        r"/(add|change|hold|allow|release|retry|undo_link|mend|own_customer)/\Z", address
    )


def tokens_in(page, address):
    """Return the tokens on a page by the addresses that their forms are sent to."""
    found = _Forms(address)
    found.feed(page)
    return found.tokens


class _Forms(HTMLParser):
    def __init__(self, address):
        super().__init__()
        self.address, self.sent_to, self.tokens = address, address, {}

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.sent_to = urlsplit(said.get("action") or self.address).path
        if tag == "input" and said.get("name") == FIELD:
            self.tokens[self.sent_to] = said["value"]
