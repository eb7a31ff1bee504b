"""How a call to Slack can fail, sorted by what may be done about it.

Source of the codes: the common errors of every method page, https://docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError


class Refusal(Exception):
    """Slack will not do this, however often it is asked. `error` is Slack's code, `needed` the scopes it misses."""

    def __init__(self, error: str, needed: str = "", detail: str = "") -> None:
        super().__init__(f"{error} ({needed or detail})" if needed or detail else error)
        self.error = error
        self.needed = needed


class Again(Exception):
    """It certainly did not happen and may later. `after_seconds` is None where Slack named no time."""

    def __init__(self, error: str, after_seconds: float | None = None) -> None:
        super().__init__(error)
        self.after_seconds = after_seconds


class Limited(Again):
    """Slack answered 429: it wants nothing of this kind for so many seconds."""

    def __init__(self, after_seconds: float) -> None:
        super().__init__("ratelimited", after_seconds)


class Paced(Again):
    """Nothing was sent: Slack's limits leave no room just now, and this is when it is the message's turn."""

    def __init__(self, after_seconds: float) -> None:
        super().__init__("paced", after_seconds)


class LeaseLost(Exception):
    """The message is another worker's by now, so this one does nothing more about it."""


class Unclear(Exception):
    """No answer, or one that leaves open whether it happened: look before it is tried again."""


LIMITED = frozenset({"ratelimited", "rate_limited"})

UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "update_failed"})
"""Of the first two Slack says that "some aspect of the operation" may have succeeded."""

CREDENTIALS = frozenset(
    {
        "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "org_login_required",
        "accesslimited", "team_access_not_granted", "team_added_to_org", "ekm_access_denied",
        "two_factor_setup_required",
    }
)  # fmt: skip
"""Refusals of the token, not of the call: whoever runs Sitrep puts a new one in, and nothing may be lost until then."""

CREDENTIALS_PAUSE = 60.0
"""Seconds until a call is tried again with a token that was not accepted."""


def answer_of(error: SlackApiError) -> dict[str, Any]:
    """What Slack answered, or nothing where it was not a JSON object (an HTML page of a proxy, for example)."""
    data = getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}


def sort(error: Exception) -> Exception:
    """The failed call as one of the classes above; an error of another kind is a bug and stays what it is."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Again(f"no connection: {type(error).__name__}")
    if isinstance(error, aiohttp.ClientError | TimeoutError | ConnectionError):
        return Unclear(type(error).__name__)
    return error


def _answered(error: SlackApiError) -> Exception:
    data = answer_of(error)
    code = data.get("error")
    status: int = getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0
    if status == 429 or code in LIMITED:
        return Limited(_retry_after(error))
    if not isinstance(code, str) or code in UNCLEAR or status >= 500:
        return Unclear(code if isinstance(code, str) else f"HTTP {status}")
    if code in CREDENTIALS:
        return Again(code, CREDENTIALS_PAUSE)
    messages = (data.get("response_metadata") or {}).get("messages") or ()
    return Refusal(code, str(data.get("needed") or ""), "; ".join(map(str, messages)))


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    try:
        return max(1.0, float(headers.get("Retry-After", 1)))
    except ValueError:
        return 1.0
