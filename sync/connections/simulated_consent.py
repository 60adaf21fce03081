"""Being the person on the simulator's consent page, over HTTP, for work without a browser."""

from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

_TIMEOUT = (10.0, 30.0)


class NoConsent(Exception):
    """The simulator's consent page could not be answered; the text says why."""


def consent(address: str, choose: Callable[[dict[str, str]], str]) -> dict[str, str]:
    """Press Connect for the company chosen of those offered; return what comes to the callback.

    What is offered is each realm with its home currency.
    The callback itself is not fetched.
    """
    try:
        return _consent(address, choose)
    except requests.RequestException:
        raise NoConsent("The simulator does not answer. Is it running?") from None


def _consent(address: str, choose: Callable[[dict[str, str]], str]) -> dict[str, str]:
    shown = requests.get(address, timeout=_TIMEOUT)
    form = _Form()
    form.feed(shown.text)
    if not shown.ok:
        raise NoConsent(f"The simulator's consent page answered {shown.status_code}.")
    if not form.companies:
        raise NoConsent("The simulator has no company to choose.")
    fields = {**form.hidden, "realm_id": choose(form.companies), "decision": "connect"}
    target = urljoin(address, form.action)
    answer = requests.post(target, data=fields, timeout=_TIMEOUT, allow_redirects=False)
    if not answer.is_redirect:
        raise NoConsent(f"The simulator's consent page answered {answer.status_code}.")
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class _Form(HTMLParser):
    """What a person sees and sends: the form's hidden fields and the companies to choose from."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.companies: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag == "input" and given.get("type") == "radio":
            self.companies[given["value"]] = given.get("data-currency", "")
