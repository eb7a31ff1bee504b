"""The tokens: whether Slack takes them, whose they are, what they may, and what Slack's clock says meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import checkup
from bot.domain.checkup import Finding, doubtful, right, wrong
from bot.outbound.api import Api
from bot.outbound.checkup.asked import asked
from bot.outbound.errors import Again, Limited, Refusal, Unclear, answer_of, sort

BOT_PAGE = "the app's page, OAuth & Permissions, Bot User OAuth Token"
APP_PAGE = "the app's page, Basic Information, App-Level Tokens"
NETWORK = "see whether this machine reaches it: network, proxy (HTTPS_PROXY), SLACK_API_URL"

SCOPES = "x-oauth-scopes"
"""The header of every answer, a refusal too, with the token's scopes.
Source: https://docs.slack.dev/legacy/legacy-authentication/legacy-oauth-scopes."""

FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""How a call of slack-sdk fails, apart from bugs."""

_APP = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
"""An app-level token names its app. Seen in every token; not documented, so a token of another shape says nothing."""


@dataclass
class Access:
    """What was found about the tokens. `team` is the workspace's id once the bot token was accepted, else empty."""

    findings: list[Finding] = field(default_factory=list)
    team: str = ""
    granted: frozenset[str] = frozenset()


def granted_scopes(response: Any) -> frozenset[str] | None:
    """The scopes that Slack says the token has, by the headers of any answer; None where it does not say."""
    header = _header(response, SCOPES)
    return None if header is None else frozenset(filter(None, (one.strip() for one in header.split(","))))


async def credentials(client: AsyncWebClient, app_token: str | None, wanted: frozenset[str]) -> Access:
    """Look at the bot token (and the app token, if there is one), its scopes and Slack's clock."""
    found = Access()
    before, bot_id = time.time(), ""
    try:
        response: Any = await client.auth_test()
    except FAILURES as error:
        found.findings.append(_not_accepted("bot token", "SLACK_BOT_TOKEN", BOT_PAGE, error, client.base_url))
        response = getattr(error, "response", None)
        if response is None:
            return found  # nobody was reached, so nothing else is either
    else:
        me = {key: str(response.get(key, "")) for key in ("team_id", "team", "user", "url", "bot_id")}
        found.team, bot_id = me["team_id"], me["bot_id"]
        found.findings.append(right("bot token", f"@{me['user']} in {me['team']}, {me['url']}"))
    now = (before + time.time()) / 2
    if app_token is not None:
        found.findings.append(await _app_token(client, app_token, bot_id))
    if found.team:
        found.findings += _scopes(found, granted_scopes(response), wanted)
    found.findings += _clock(_header(response, "date"), now)
    return found


def _scopes(found: Access, granted: frozenset[str] | None, wanted: frozenset[str]) -> Iterator[Finding]:
    if granted is None:
        text = "Slack's answers do not say what the token may (no X-OAuth-Scopes header)"
        yield doubtful("scopes", text, "compare OAuth & Permissions with manifest.yml; a proxy may take headers away")
        return
    found.granted = granted
    yield from checkup.scopes(granted, wanted)


async def _app_token(client: AsyncWebClient, token: str, bot_id: str) -> Finding:
    """Asking for an address opens no socket: the bot that runs keeps its own, and the address is thrown away."""
    try:
        await client.apps_connections_open(app_token=token)
    except FAILURES as error:
        return _not_accepted("app token", "SLACK_APP_TOKEN", APP_PAGE, error, client.base_url)
    mine, theirs = _APP.match(token), await _app_of(client, bot_id)
    if mine and theirs and mine[1] != theirs:
        text = f"SLACK_APP_TOKEN belongs to the app {mine[1]}, SLACK_BOT_TOKEN to {theirs}"
        return wrong("app token", text, f"copy both from the same app: {APP_PAGE}")
    return right("app token", "Slack gives it a socket's address (none was opened)")


async def _app_of(client: AsyncWebClient, bot_id: str) -> str:
    """The id of the app that the bot belongs to; empty where Slack does not say."""
    if not bot_id:
        return ""
    try:
        return str((await asked(Api(client), "bots.info", bot=bot_id))["bot"].get("app_id", ""))
    except (Refusal, Again, Unclear):
        return ""


def _not_accepted(about: str, variable: str, page: str, error: Exception, url: str) -> Finding:
    """Why a token did not do, and what to do about it; never the token."""
    kind = sort(error)
    answer = answer_of(error) if isinstance(error, SlackApiError) else {}
    if isinstance(kind, Limited):
        wait = f"run sitrep doctor again in {kind.after_seconds or 60:.0f} s"
        return doubtful(about, f"Slack wants a pause before it looks at {variable}", wait)
    if isinstance(kind, Unclear) or "error" not in answer:
        return wrong(about, f"Slack cannot be reached at {url} ({kind})", NETWORK)
    code, again = answer["error"], f"copy it again: {page}"
    match code:
        case "missing_scope":
            text, again = f"{variable} lacks {answer.get('needed') or 'a scope'}", f"make a new one that has it: {page}"
        case "account_inactive" | "token_revoked" | "token_expired":
            text, again = (
                f"{variable} is not valid any more ({code})",
                f"reinstall the app and copy the new one: {page}",
            )
        case "not_allowed_token_type":
            text = f"{variable} holds a token of another kind"
        case _:
            text = f"Slack does not accept {variable} ({code})"
    return wrong(about, text, again)


def _clock(date: str | None, ours: float) -> Iterator[Finding]:
    """Compare with the Date header, which has whole seconds."""
    try:
        theirs = parsedate_to_datetime(date).timestamp() + 0.5 if date else None
    except ValueError:
        theirs = None
    if theirs is not None:
        yield checkup.clock("Slack's", theirs - ours)


def _header(response: Any, name: str) -> str | None:
    """A header of an answer of slack-sdk or of aiohttp, whatever its case."""
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)
