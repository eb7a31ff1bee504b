"""Everything that can be set from outside: the environment and `sitrep.yml`, typed, read once at the start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from rapidfuzz import process
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.calendar import Calendar, zone
from bot.domain.oncall import ON_CALL, Rotation
from bot.domain.protocol import Protocol
from bot.store.protocols import builtin_names, locate
from bot.store.yaml_marks import FileError, Node, nearest, read, validated

DEFAULT_PROTOCOL = "self-healing-pipeline"
DEFAULT_FILE = "sitrep.yml"
_OWN_VARIABLES = ("SITREP_CONFIG", "SITREP_CLOCK")
_FILE_KEYS = (
    "protocol",
    "announce_channel",
    "stakeholder_channel",
    "timezone",
    "business_hours",
    "directory",
    "oncall",
    "reactions",
)
_REACTION_KEYS = ("mark",)
_LATER = {
    "protocols": "every incident is declared with the one that protocol names",
    "assets": "nothing is known of an asset, so say in the impact what is affected and for whom",
    "alerts": "no alert is received, so declare with /incident",
    "permissions": "every full member who may see an incident may resolve, close and cancel it",
    "lineage": "it is not known what reads from what, so say in the impact what is affected",
    "reactions.task": "such a reaction does nothing, so keep the message with one of reactions.mark",
    "reactions.action": "such a reaction does nothing, so keep the message with one of reactions.mark",
    "reactions.update": "such a reaction does nothing, so post it with /incident update",
}
"""Keys that a later version reads, so that one file serves both: what is true instead, and what to do."""
_HOURS_KEYS = {"days": "days", "from": "opens", "to": "closes"}
_ROTATIONS = ("primary", "secondary")
_ROTATION_KEYS = ("members", "starts", "handoff")

# Slack's object ids: https://docs.slack.dev/reference/objects — U/W user, S user group, C/G channel.
_ID = re.compile(r"[UWSCG][A-Z0-9]+")
_PERSON_ID = re.compile(r"[UW][A-Z0-9]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Names of channels: https://docs.slack.dev/reference/methods/conversations.create — at most 80, no capitals or spaces.
_CHANNEL = re.compile(r"[^\s#A-Z.,:;!?\"'()/\\]{1,80}|[CG][A-Z0-9]+")
_EMOJI = re.compile(r"[a-z0-9_+'-]+")


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


def _channel(text: str | None) -> str | None:
    name = (text or "none").strip().removeprefix("#")
    if not _CHANNEL.fullmatch(name):
        raise ValueError(f'"{text}" is no channel; write its name in small letters without spaces, or its id')
    return None if name == "none" else name


def _ids(value: object) -> tuple[str, ...]:
    ids = tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else (str(value),)
    for each in ids:
        if not _ID.fullmatch(each) and not _EMAIL.fullmatch(each):
            raise ValueError(f'"{each}" is neither the id of a user, user group or channel nor an e-mail address')
    return ids


def _emoji(names: tuple[str, ...]) -> tuple[str, ...]:
    bare = tuple(name.strip(":") for name in names)
    for name in bare:
        if not _EMOJI.fullmatch(name):
            raise ValueError(f'"{name}" is not the name of an emoji; write it like pushpin')
    return bare


_BOT_PAGE = "OAuth & Permissions, Bot User OAuth Token"
_APP_PAGE = "Basic Information, App-Level Tokens"
_BotToken = Annotated[SecretStr | None, AfterValidator(_prefixed("xoxb-", "xoxe.xoxb-", page=_BOT_PAGE))]
_AppToken = Annotated[SecretStr | None, AfterValidator(_prefixed("xapp-", page=_APP_PAGE))]
_Port = Annotated[int, Field(ge=0, le=65535)]
_Channel = Annotated[str | None, AfterValidator(_channel)]


class Environment(BaseModel):
    """The environment variables, by their names in small letters."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: _BotToken = None
    slack_app_token: _AppToken = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Annotated[str, AfterValidator(_api_url)] = "https://slack.com/api/"
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(default="sqlite:///sitrep.db", repr=False)
    """A SQLAlchemy URL. It may hold a password, so it is kept out of every repr."""
    host: str = "127.0.0.1"
    port: _Port = 3000
    sitrep_config: str | None = None
    sitrep_clock: Annotated[_Port | None, BeforeValidator(_stepped_port)] = None
    """`stepped:<port>`: business time stands still and is moved through this local port. For the demo and tests."""


class Settings(BaseModel):
    """What a running Sitrep has been told, from both sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Environment = Environment()
    protocol: str = DEFAULT_PROTOCOL
    """The name of a built-in protocol, or the absolute path of a file."""
    announce_channel: _Channel = "incidents"
    """Name or id of the channel that is told of incidents; None when written `none`."""
    stakeholder_channel: _Channel = None
    """Name or id of the channel that stakeholders read; None when there is none."""
    calendar: Calendar = Calendar()
    directory: dict[str, Annotated[tuple[str, ...], BeforeValidator(_ids)]] = {}
    """Every name a protocol uses for someone → user, user group or channel ids, or e-mail addresses."""
    oncall: dict[str, Rotation] = {}
    """`primary` and `secondary`; their members are user ids or e-mail addresses."""
    mark_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("pushpin", "star")
    """Emoji that add a message to the timeline, without colons."""

    later: tuple[str, ...] = ()
    """A sentence for each key in the file that this version does not use; they are to be said at the start."""

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.environment.database_url

    @property
    def stepped_clock_port(self) -> int | None:
        """The local port through which business time is moved; None on the real clock."""
        return self.environment.sitrep_clock

    def slack(self) -> SlackAccess:
        """What it takes to speak with Slack. Raises SettingsError with one sentence when something is missing."""
        found = self.environment
        if found.slack_bot_token is None:
            raise SettingsError(f"SLACK_BOT_TOKEN is missing; copy it from the app's page, {_BOT_PAGE}.")
        if found.slack_app_token is None and found.slack_signing_secret is None:
            raise SettingsError(
                f"SLACK_APP_TOKEN is missing; copy it from the app's page, {_APP_PAGE}, for Socket Mode, "
                "or set SLACK_SIGNING_SECRET for HTTP."
            )
        return SlackAccess(
            found.slack_bot_token, found.slack_app_token, found.slack_signing_secret, found.slack_api_url
        )


def load(environ: Mapping[str, str], cwd: Path) -> Settings:
    """The settings of an environment and of the configuration file that it names, or of `sitrep.yml` if there is one.

    Raises SettingsError with one sentence that names the variable, or the file, line and key.
    """
    environment = _environment(environ)
    file = _file(environment, cwd)
    if file is None:
        return Settings(environment=environment)
    try:
        return _settings(read(file, environment.sitrep_config or DEFAULT_FILE), file.parent.resolve(), environment)
    except FileError as error:
        raise SettingsError(str(error)) from error


def unused_names(found: Settings, protocol: Protocol) -> tuple[str, ...]:
    """A sentence for each name in the directory that the protocol uses for nobody: it may be mistyped."""
    used = dict.fromkeys((ON_CALL, *protocol.directory_names()))
    file = found.environment.sitrep_config or DEFAULT_FILE
    return tuple(
        f'{file}, directory: the protocol {protocol.name} has no use for the name "{name}"{nearest(name, used)}'
        for name in found.directory
        if name not in used
    )


def _environment(environ: Mapping[str, str]) -> Environment:
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


def _file(environment: Environment, cwd: Path) -> Path | None:
    if environment.sitrep_config is None:
        return cwd / DEFAULT_FILE if (cwd / DEFAULT_FILE).is_file() else None
    file = cwd / environment.sitrep_config
    if not file.is_file():
        raise SettingsError(
            f"SITREP_CONFIG names a file that is not there: {environment.sitrep_config}; correct it or unset it"
        )
    return file


def _settings(tree: Node, folder: Path, environment: Environment) -> Settings:
    later = _later(tree)
    given = {key: node for key, node in tree.mapping.items() if key not in _LATER}
    tree.holding(given).only(_FILE_KEYS)
    calendar = _calendar(tree, given.pop("timezone", None), given.pop("business_hours", None))
    shape: dict[str, Node] = {"calendar": calendar}
    shape |= _reactions(given.pop("reactions", None))
    if "oncall" in given:
        shape["oncall"] = _rotations(given.pop("oncall"), calendar)
    if "protocol" in given:
        shape["protocol"] = _protocol(given.pop("protocol"), folder)
    return validated(Settings, tree.holding({**given, **shape}), {"environment": environment, "later": later})


def _later(tree: Node) -> tuple[str, ...]:
    reactions = tree.mapping.get("reactions")
    below = reactions.mapping.values() if reactions and isinstance(reactions.value, dict) else ()
    found = [node for node in (*tree.mapping.values(), *below) if node.place in _LATER]
    return tuple(str(node.error(f"{node.place} is not used by this version; {_LATER[node.place]}")) for node in found)


def _reactions(node: Node | None) -> dict[str, Node]:
    """Emoji by the setting they belong to; what a later version reads is left out."""
    if node is None:
        return {}
    now = {key: below for key, below in node.mapping.items() if f"{node.place}.{key}" not in _LATER}
    return {f"{key}_reactions": below for key, below in node.holding(now).only(_REACTION_KEYS).mapping.items()}


def _calendar(tree: Node, timezone: Node | None, hours: Node | None) -> Node:
    calendar: dict[str, Node] = {}
    if timezone is not None:
        calendar["timezone"] = _known_timezone(timezone)
    if hours is not None:
        hours.only(_HOURS_KEYS)
        calendar |= {_HOURS_KEYS[key]: node for key, node in hours.mapping.items()}
    return (hours or timezone or tree).holding(calendar)


def _known_timezone(node: Node) -> Node:
    try:
        zone(node.text)
    except ValueError as error:
        found = process.extractOne(node.text, available_timezones(), score_cutoff=70)
        offer = f'; did you mean "{found[0]}"?' if found else ""
        raise node.error(f"timezone: {error}{offer}") from error
    return node


def _rotations(oncall: Node, calendar: Node) -> Node:
    timezone = {key: node for key, node in calendar.mapping.items() if key == "timezone"}
    rotations: dict[str, Node] = {}
    for name, rotation in oncall.only(_ROTATIONS).mapping.items():
        _check_members(rotation.only(_ROTATION_KEYS).mapping.get("members"))
        rotations[name] = rotation.holding({**rotation.mapping, "name": rotation.holding(name), **timezone})
    return oncall.holding(rotations)


def _check_members(members: Node | None) -> None:
    for member in members.value if members and isinstance(members.value, list) else ():
        if not _PERSON_ID.fullmatch(member.text) and not _EMAIL.fullmatch(member.text):
            raise member.error(f'{member.place}: "{member.text}" is neither the id of a person nor an e-mail address')


def _protocol(node: Node, folder: Path) -> Node:
    if locate(node.text, folder) is None:
        known = nearest(node.text, builtin_names())
        raise node.error(f'protocol names no built-in protocol and no file: "{node.text}"{known}')
    return node if node.text in builtin_names() else node.holding(str(folder / node.text))
