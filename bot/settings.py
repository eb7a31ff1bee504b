"""Everything that can be set from outside: the environment and `sitrep.yml`, typed, read once at the start."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from rapidfuzz import process

from bot.domain.calendar import Calendar, zone
from bot.domain.choosing import Choice
from bot.domain.duty.oncall import ON_CALL, Rotation
from bot.domain.permissions import DOES
from bot.domain.protocol import Protocol
from bot.domain.rules import ANY, DUTY, LEAD, RESPONDER
from bot.environment import APP_PAGE, BOT_PAGE, Environment, SettingsError, SlackAccess, read_environment
from bot.protocol_settings import ProtocolUse, choices, located, uses
from bot.store.files.protocols import digests
from bot.store.files.protocols import load as load_protocol
from bot.store.files.rotation_shape import rotations
from bot.store.files.yaml_marks import FileError, Node, nearest, read, validated

DEFAULT_PROTOCOL = "self-healing-pipeline"
DEFAULT_FILE = "sitrep.yml"
_FILE_KEYS = (
    "protocol",
    "protocols",
    "announce_channel",
    "stakeholder_channel",
    "timezone",
    "business_hours",
    "directory",
    "oncall",
    "assets",
    "reactions",
    "permissions",
    "retention",
)
_REACTION_KEYS = ("mark", "update", "task", "action", "done")
_LATER = {
    "alerts": "no alert is received, so declare with /incident",
    "lineage": "it is not known what reads from what, so say in the impact what is affected",
}
"""Keys that a later version reads, so that one file serves both: what is true instead, and what to do."""
_HOURS_KEYS = {"days": "days", "from": "opens", "to": "closes"}
_ASSET_KEYS = ("owner", "consumers", "tier")
_RETENTION_KEYS = ("texts",)

# Slack's object ids: https://docs.slack.dev/reference/objects — U/W user, S user group, C/G channel.
_ID = re.compile(r"[UWSCG][A-Z0-9]+")
_PERSON_OR_GROUP = re.compile(r"[UWS][A-Z0-9]{2,}|[^@\s]+@[^@\s]+\.[^@\s]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Names of channels: https://docs.slack.dev/reference/methods/conversations.create — at most 80, no capitals or spaces.
_CHANNEL = re.compile(r"[^\s#A-Z.,:;!?\"'()/\\]{1,80}|[CG][A-Z0-9]+")
_EMOJI = re.compile(r"[a-z0-9_+'-]+")
_ACKNOWLEDGES = "eyes"
"""What `bot.inbound.reactions` hears on every message before anything that is configured."""


def _channel(text: str | None) -> str | None:
    name = (text or "none").strip().removeprefix("#")
    if not _CHANNEL.fullmatch(name):
        raise ValueError(f'"{text}" is no channel; write its name in small letters without spaces, or its id')
    return None if name == "none" else name


def _placed(use: ProtocolUse) -> ProtocolUse:
    """With the name of its channel as it is looked up, or `none`."""
    if use.announce_channel is None:
        return use
    return use.model_copy(update={"announce_channel": _channel(use.announce_channel) or "none"})


def _ids(value: object) -> tuple[str, ...]:
    if value is None:
        raise ValueError("nobody is named; write an id or an e-mail address, or take it out")
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
        if name == _ACKNOWLEDGES:
            raise ValueError(f"the emoji {name} acknowledges already, on the card; choose another")
    return bare


LEAST_KEPT = 30
"""Days for which an incident's words are needed once it is over: its postmortem and its actions refer to them."""

_DAYS = re.compile(r"([0-9]{1,5})d", re.ASCII)


def _days(value: object) -> int | None:
    text = str(value).strip().lower()
    if value is None or text == "none":
        return None
    found = _DAYS.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is no number of days; write it like 400d, or none to keep everything')
    if int(found[1]) < LEAST_KEPT:
        raise ValueError(f"what was written is needed for {LEAST_KEPT} days after an incident; write 30d or more")
    return int(found[1])


_Channel = Annotated[str | None, AfterValidator(_channel)]


_Ids = Annotated[tuple[str, ...], BeforeValidator(_ids)]


class AssetSettings(BaseModel):
    """What is known of an asset, or of all whose names fit a pattern."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: _Ids = ()
    """Who is told, once, when it is affected: user or user group ids, or e-mail addresses."""
    consumers: _Ids = ()
    """Channels and people who then read what stakeholders read."""
    tier: int | None = Field(default=None, ge=1)
    """How much it matters; 1 matters most."""


class Settings(BaseModel):
    """What a running Sitrep has been told, from both sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Environment = Environment()
    protocol: str = DEFAULT_PROTOCOL
    """The name of a built-in protocol, or a file, relative to the configuration file."""
    protocols: dict[str, Annotated[ProtocolUse, AfterValidator(_placed)]] = {}
    """Further protocols: channel (`"#name"` or its id) in which it is the one that is meant, or name of a team that
    chooses it in the form → the protocol's name or file; or `{protocol: …, announce_channel: …}`, where its incidents
    are announced elsewhere."""
    announce_channel: _Channel = "incidents"
    """Name or id of the channel that is told of incidents; created when missing and allowed. `none` turns it off."""
    stakeholder_channel: _Channel = None
    """Name or id of the channel that stakeholders read; created when missing and allowed."""
    calendar: Calendar = Calendar()
    directory: dict[str, _Ids] = {}
    """Every name a protocol uses for someone → user, user group or channel ids, or e-mail addresses. A name that the
    protocol never uses is said at the start."""
    oncall: dict[str, Rotation] = {}
    """Who is on call: the rotations `primary` and `secondary`, and by any further name specialists, with what they know
    (`for`). Instead of members a rotation may have a `calendar`: a file in which each event names one person."""
    assets: dict[str, AssetSettings] = {}
    """Tables, dashboards and the like, by name or by a pattern with `*`; the first that fits counts."""
    mark_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("pushpin", "star")
    """Emoji that add a message to the timeline, without colons."""
    update_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("mega",)
    """Emoji that post a message as the incident's update."""
    task_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("ballot_box_with_check",)
    """Emoji that make a message a task, to be done while the incident lasts."""
    action_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("clipboard",)
    """Emoji that make a message an action item, to be done afterwards."""
    done_reactions: Annotated[tuple[str, ...], AfterValidator(_emoji)] = ("white_check_mark",)
    """Emoji that complete the task or action item that a message was made into."""

    texts_kept: Annotated[int | None, BeforeValidator(_days)] = None
    """How long what people wrote is kept once an incident is over, in days such as `400d`; then it is deleted, and the
    record says so. What it came to stays: times, people's ids, promises, figures. `none` keeps everything."""
    permissions: dict[str, tuple[str, ...]] = {}
    """Per verb who may say it: `any` (every full member), or a list of roles (`lead` and `responder` too), `on-call`,
    names of the directory, user or user group ids and e-mail addresses. A verb that is not named here is for whom it
    is without: docs/permissions.md."""

    later: tuple[str, ...] = ()
    """A sentence for each key in the file that this version does not use; they are to be said at the start."""

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        named = [name for names in self.reactions.values() for name in names]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the emoji {twice} stands twice under reactions; each does one thing")
        return self

    @property
    def reactions(self) -> dict[str, tuple[str, ...]]:
        """Emoji by what they do to the message they are put on."""
        return {key: getattr(self, f"{key}_reactions") for key in _REACTION_KEYS}

    def choices(self) -> tuple[Choice, ...]:
        """Every protocol there is to declare with, loaded, the usual one first. Raises ProtocolError."""
        return choices(self.protocol, self.protocols, self.calendar, self.announce_channel)

    def digests(self) -> dict[str, str]:
        """What the files of those protocols hold just now, by path."""
        files = dict.fromkeys((self.protocol, *(use.protocol for use in self.protocols.values())))
        return {path: digest for file in files for path, digest in digests(file).items()}

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.environment.database_url

    @property
    def stepped_clock_port(self) -> int | None:
        """The local port through which business time is moved; None on the real clock."""
        return self.environment.sitrep_clock

    @property
    def listens(self) -> tuple[str, int] | None:
        """Host and port to listen on; None for nowhere. In Socket Mode nobody needs to reach us, and two bots on one
        machine must not fight over a port that nobody asked for: there it is the port that is set, or none."""
        found = self.environment
        socket = found.slack_app_token is not None
        return None if socket and "port" not in found.model_fields_set else (found.host, found.port)

    def slack(self) -> SlackAccess:
        """What it takes to speak with Slack. Raises SettingsError with one sentence when something is missing."""
        found = self.environment
        if found.slack_bot_token is None:
            raise SettingsError(f"SLACK_BOT_TOKEN is missing; copy it from the app's page, {BOT_PAGE}.")
        if found.slack_app_token is None and found.slack_signing_secret is None:
            raise SettingsError(
                f"SLACK_APP_TOKEN is missing; copy it from the app's page, {APP_PAGE}, for Socket Mode, "
                "or set SLACK_SIGNING_SECRET for HTTP."
            )
        return SlackAccess(
            found.slack_bot_token, found.slack_app_token, found.slack_signing_secret, found.slack_api_url
        )


def load(environ: Mapping[str, str], cwd: Path) -> Settings:
    """The settings of an environment and of the configuration file that it names, or of `sitrep.yml` if there is one.

    Raises SettingsError with one sentence that names the variable, or the file, line and key.
    """
    environment = read_environment(environ)
    file = _file(environment, cwd)
    if file is None:
        return Settings(environment=environment)
    try:
        return _settings(read(file, environment.sitrep_config or DEFAULT_FILE), file.parent.resolve(), environment)
    except FileError as error:
        raise SettingsError(str(error)) from error


def unused_names(found: Settings, *protocols: Protocol) -> tuple[str, ...]:
    """A sentence for each name in the directory that no protocol uses for anybody, and for what specialists know that
    is almost a category: it may be mistyped."""
    ruled = (name for names in found.permissions.values() for name in names)
    by_them = (name for protocol in protocols for name in protocol.directory_names())
    used = dict.fromkeys((ON_CALL, *by_them, *ruled))
    file = found.environment.sitrep_config or DEFAULT_FILE
    those = "the protocol" if len(protocols) == 1 else "the protocols"
    called = " and ".join(protocol.name for protocol in protocols)
    has = "has" if len(protocols) == 1 else "have"
    unused = (
        f'{file}, directory: {those} {called} {has} no use for the name "{name}"{nearest(name, used)}'
        for name in found.directory
        if name not in used
    )
    return (*unused, *_almost_categories(found, protocols, file))


def _almost_categories(found: Settings, protocols: Iterable[Protocol], file: str) -> Iterator[str]:
    known = [category.name for protocol in protocols for category in protocol.categories]
    for name, rotation in found.oncall.items():
        for one in rotation.covers:
            near = nearest(one, known) if one.casefold() not in known and "*" not in one else ""
            if "did you mean" in near:
                yield f'{file}, oncall.{name}.for: "{one}" is no category, so it means a thing of that name{near}'


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
        shape["oncall"] = rotations(given.pop("oncall"), calendar.mapping.get("timezone"), folder)
    for pattern, asset in given["assets"].mapping.items() if "assets" in given else ():
        if not pattern.strip():
            raise asset.error("assets: an asset has no name; write the table's, or a pattern such as orders_*")
        asset.only(_ASSET_KEYS)
    if "retention" in given:
        kept = given.pop("retention").only(_RETENTION_KEYS).mapping
        shape |= {f"{key}_kept": node for key, node in kept.items()}
    if "protocol" in given:
        shape["protocol"] = located(given.pop("protocol"), folder)
    if "protocols" in given:
        shape["protocols"] = uses(given.pop("protocols"), folder)
    if "permissions" in given:
        known = given["directory"].mapping if "directory" in given else {}
        shape["permissions"] = _permissions(given.pop("permissions"), _named(shape), tuple(known))
    return validated(Settings, tree.holding({**given, **shape}), {"environment": environment, "later": later})


def _later(tree: Node) -> tuple[str, ...]:
    found = [node for node in tree.mapping.values() if node.place in _LATER]
    return tuple(str(node.error(f"{node.place} is not used by this version; {_LATER[node.place]}")) for node in found)


def _reactions(node: Node | None) -> dict[str, Node]:
    """Emoji by the setting they belong to."""
    if node is None:
        return {}
    return {f"{key}_reactions": below for key, below in node.only(_REACTION_KEYS).mapping.items()}


def _calendar(tree: Node, timezone: Node | None, hours: Node | None) -> Node:
    calendar: dict[str, Node] = {}
    if timezone is not None:
        calendar["timezone"] = _known_timezone(timezone)
    if hours is not None:
        hours.only(_HOURS_KEYS)
        calendar |= {_HOURS_KEYS[key]: node for key, node in hours.mapping.items()}
    return (hours or timezone or tree).holding(calendar)


def _named(shape: Mapping[str, Node]) -> tuple[str, ...]:
    """The protocols that are configured, by what they are loaded by."""
    more = shape["protocols"].mapping.values() if "protocols" in shape else ()
    default = shape["protocol"].text if "protocol" in shape else DEFAULT_PROTOCOL
    return tuple(dict.fromkeys((default, *(one.mapping["protocol"].text for one in more))))


def _permissions(node: Node, protocols: tuple[str, ...], directory: tuple[str, ...]) -> Node:
    """Verbs and names that there are, or the place of the first that is none. Raises FileError."""
    roles = tuple(role.name for one in protocols for role in load_protocol(one).roles)
    known = (*roles, LEAD, RESPONDER, *DUTY, *directory)
    shape: dict[str, Node] = {}
    for verb, value in node.only(DOES).mapping.items():
        names = value.value if isinstance(value.value, list) else [value]
        for one in names:
            if one.text not in known and one.text != ANY and not _PERSON_OR_GROUP.fullmatch(one.text):
                raise value.error(f'{value.place}: "{one.text}" is nobody here{nearest(one.text, (ANY, *known))}')
        if not names or (len(names) > 1 and any(one.text == ANY for one in names)):
            raise value.error(f"{value.place} names nobody; write {ANY} alone, or those who may")
        shape[verb] = value.holding(list(names))
    return node.holding(shape)


def _known_timezone(node: Node) -> Node:
    try:
        zone(node.text)
    except ValueError as error:
        found = process.extractOne(node.text, available_timezones(), score_cutoff=70)
        offer = f'; did you mean "{found[0]}"?' if found else ""
        raise node.error(f"timezone: {error}{offer}") from error
    return node
