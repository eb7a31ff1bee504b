"""What the environment says: tokens, addresses, where the database and the configuration file are."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.store.files.yaml_marks import nearest

_OWN_VARIABLES = ("SITREP_CONFIG", "SITREP_CLOCK")


class SettingsError(Exception):
    """Something set from outside cannot be used; `str(error)` is one sentence naming the variable, or file and line."""


@dataclass(frozen=True)
class SlackAccess:
    """What it takes to speak with Slack: a bot token, and an app token (Socket Mode) or a signing secret (HTTP)."""

    bot_token: SecretStr
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    api_url: str

    @property
    def mode(self) -> Literal["socket", "http"]:
        """How Slack reaches us; an app token means Socket Mode, whatever else is set."""
        return "socket" if self.app_token else "http"


def _prefixed(*prefixes: str, page: str) -> Callable[[SecretStr | None], SecretStr | None]:
    def check(token: SecretStr | None) -> SecretStr | None:
        if token and not token.get_secret_value().startswith(prefixes):
            raise ValueError(f"must start with {prefixes[0]}: copy it from the app's page, {page}")
        return token

    return check


def _api_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an address that begins with https:// or http://")
    return text.rstrip("/") + "/"


def _database_url(text: str) -> str:
    text = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ValueError("must look like sqlite:///sitrep.db or postgresql://user:password@host/name") from error
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text


def _stepped_port(text: object) -> object:
    kind, _, port = str(text).partition(":")
    if kind != "stepped" or not port.isdecimal():
        raise ValueError("must be written stepped:<port>; only the demo and tests use it")
    return port


BOT_PAGE = "OAuth & Permissions, Bot User OAuth Token"
APP_PAGE = "Basic Information, App-Level Tokens"
_BotToken = Annotated[SecretStr | None, AfterValidator(_prefixed("xoxb-", "xoxe.xoxb-", page=BOT_PAGE))]
_AppToken = Annotated[SecretStr | None, AfterValidator(_prefixed("xapp-", page=APP_PAGE))]
_Port = Annotated[int, Field(ge=0, le=65535)]


class Environment(BaseModel):
    """The environment variables, by their names in small letters."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: _BotToken = None
    """The bot token, `xoxb-…`: the app's page, *OAuth & Permissions*, Bot User OAuth Token. Always needed."""
    slack_app_token: _AppToken = None
    """Socket Mode's token `xapp-…`, with `connections:write`: the app's page, *Basic Information*, App-Level Tokens."""
    slack_signing_secret: SecretStr | None = None
    """The signing secret: the app's page, *Basic Information*, App Credentials. Without `SLACK_APP_TOKEN` it means HTTP
    mode: Slack calls `POST /slack/events`."""
    slack_api_url: Annotated[str, AfterValidator(_api_url)] = "https://slack.com/api/"
    """Where Slack's Web API is; another address for a proxy or the sandbox."""
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(default="sqlite:///sitrep.db", repr=False)
    """The database: `sqlite:///file`, relative to the working directory, `sqlite:////absolute/path/to/file`, or
    `postgresql://user:password@host/name`. Its password is shown nowhere."""
    host: str = "127.0.0.1"
    """The address that Sitrep listens on; `0.0.0.0` is every address of the machine, as in a container."""
    port: _Port = 3000
    """The port that Sitrep listens on: for Slack in HTTP mode, and for `GET /healthz`, `/readyz` and `/metrics`. In
    Socket Mode it listens only when this is set."""
    sitrep_config: str | None = None
    """The configuration file, relative to the working directory; without it `sitrep.yml` there, if there is one."""
    sitrep_clock: Annotated[_Port | None, BeforeValidator(_stepped_port)] = None
    """`stepped:<port>`: business time is moved through this local port; for the demo and tests only."""

    def secrets(self) -> tuple[str, ...]:
        """Everything here that must not be read anywhere, a log least of all."""
        tokens = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        database = make_url(self.database_url)
        passwords = (database.password, database.query.get("password"))
        return tuple(str(one) for one in (*(t.get_secret_value() for t in tokens if t), *passwords) if one)


def read_environment(environ: Mapping[str, str]) -> Environment:
    """The environment without the file. Raises SettingsError with one sentence that names the variable."""
    for name in environ:
        if name.startswith("SITREP_") and name not in _OWN_VARIABLES:
            raise SettingsError(f"unknown variable {name}{nearest(name, _OWN_VARIABLES)}")
    known = {name: environ.get(name.upper(), "").strip() for name in Environment.model_fields}
    try:
        return Environment.model_validate({name: text for name, text in known.items() if text})
    except ValidationError as error:
        fault = error.errors()[0]
        # Never `from error`: its text may hold a secret.
        raise SettingsError(f"{str(fault['loc'][0]).upper()} {_said(fault['type'], fault['msg'])}") from None


def _said(kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return "must be a port: a number from 0 to 65535"
