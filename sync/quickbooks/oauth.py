"""The handshake with Intuit, by intuit-oauth.

Its client is a `requests.Session` that fetches the discovery document in its constructor, so
ours stands between the two classes: deadlines and the cached document are there before the
constructor asks. `state` always comes from the caller, as the library's comes from `random`.

https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sync.quickbooks.handshake import ClientError, Handshake, Scopes
from sync.quickbooks.transport import BROKEN, from_settings

# What the token endpoint says when it refuses for good; other answers may pass.
_DEFINITE = range(400, 429)


class OAuthError(Exception):
    """The handshake failed; the text holds no token and no code."""


class OAuthRefused(OAuthError):
    """Intuit said no, and will again; `error` is its word for why, such as invalid_grant."""

    def __init__(self, error: str, intuit_tid: str) -> None:
        self.error = error
        self.intuit_tid = intuit_tid
        super().__init__(f"Intuit refused: {error}, intuit_tid {intuit_tid or 'none'}")


class OAuthUnavailable(OAuthError):
    """Intuit did not answer so that it could be understood; what it did is not known."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a grant or a refresh gave; the lifetimes are seconds from now."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_in: int
    refresh_expires_in: int
    hard_expires_in: int | None


def authorize_url(state: str) -> str:
    """Where to send a person who connects a company; `state` comes back with them."""
    if not state:
        raise ValueError("a state is what proves that the answer is to our question")
    url: str = _asked(lambda client: client.get_authorization_url([Scopes.ACCOUNTING], state))
    return url


def exchange(code: str) -> Tokens:
    """The tokens for the code that came back from the consent page; a code works once."""
    return _tokens(lambda client: client.get_bearer_token(code))


def refresh(refresh_token: str) -> Tokens:
    """New tokens; store them before use, as the old refresh token ends within a day or at once."""
    return _tokens(lambda client: client.refresh(refresh_token=refresh_token))


def revoke(token: str) -> None:
    """Ends the whole connection that the access or refresh token belongs to."""
    _asked(lambda client: client.revoke(token=token))


def _tokens(ask: Callable[[Any], Any]) -> Tokens:
    def answered(client: Any) -> Tokens:
        ask(client)
        return _tokens_of(client)

    tokens: Tokens = _asked(answered)
    return tokens


def _tokens_of(client: Any) -> Tokens:
    hard = getattr(client, "x_refresh_token_hard_expires_in", None)
    if not (isinstance(client.access_token, str) and isinstance(client.refresh_token, str)):
        raise OAuthUnavailable("the answer holds no tokens")
    return Tokens(
        access_token=client.access_token,
        refresh_token=client.refresh_token,
        access_expires_in=int(client.expires_in),
        refresh_expires_in=int(client.x_refresh_token_expires_in),
        hard_expires_in=None if hard is None else int(hard),
    )


def _asked(ask: Callable[[Any], Any]) -> Any:
    """Runs one step of the handshake; raises outside the handler, as errors hold the request."""
    failure: OAuthError
    try:
        with Handshake(from_settings()) as client:
            return ask(client)
    except ClientError as error:
        failure = _failure(error)
    except BROKEN as error:
        failure = OAuthUnavailable(type(error).__name__)
    except (LookupError, TypeError, ValueError):
        failure = OAuthUnavailable("the answer could not be read")
    raise failure


def _failure(error: Any) -> OAuthError:
    said = _error_word(error.response)
    if error.status_code in _DEFINITE and error.status_code != 408 and said:
        return OAuthRefused(said, error.intuit_tid or "")
    return OAuthUnavailable(f"HTTP {error.status_code}")


def _error_word(response: Any) -> str:
    """Intuit's `error`, empty when the answer has none."""
    try:
        answer = response.json()
    except ValueError:
        return ""
    said = answer.get("error") if isinstance(answer, dict) else None
    return said if isinstance(said, str) else ""
