"""Errors to Sentry, where SENTRY_DSN names one: what failed and where, nothing of a customer.

What goes is listed here, so that what a later version of their library collects stays at home.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration

from sync.company import where

KEPT = (
    "event_id",
    "timestamp",
    "level",
    "platform",
    "release",
    "environment",
    "transaction",
    "tags",
)
OF_ERROR = ("type", "module")
OF_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")


def begin(dsn: str, environment: str) -> None:
    """Send every error from now on that nobody expected, also those that stop only one row."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        before_send=bare,
        before_breadcrumb=lambda *_: None,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
        # A line of the log is no error, and its text is for the log alone.
        disabled_integrations=[LoggingIntegration()],
    )
    where.TOLD.append(_tell)


def _tell(error: BaseException, known_as: str) -> None:
    """Send an error under the id that people are told."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("paidup", known_as)
        scope.capture_exception(error)


def bare(event: Any, _hint: Any) -> Any:
    """Return what of an event may leave: types and places, never messages, values or requests."""
    left = {key: event[key] for key in KEPT if key in event}
    errors = event.get("exception", {}).get("values", [])
    return left | {"exception": {"values": [_error(each) for each in errors]}}


def _error(error: Any) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames", [])
    places = [{key: frame[key] for key in OF_FRAME if key in frame} for frame in frames]
    kept = {key: error[key] for key in OF_ERROR if key in error}
    return kept | {"stacktrace": {"frames": places}}
