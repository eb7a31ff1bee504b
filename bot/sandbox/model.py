"""What lives in the workspace. Plain mutable records; only the modules beside this one change them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im"]


@dataclass
class User:
    id: str
    name: str
    """The handle, without @."""
    real_name: str
    email: str
    tz: str = "Europe/London"
    team_id: str = "T0001"
    admin: bool = False
    owner: bool = False
    guest: bool = False
    single_channel_guest: bool = False
    stranger: bool = False
    deleted: bool = False
    is_bot: bool = False
    updated: int = 0
    muted: tuple[int, int] | None = None
    """Do Not Disturb: from and until, in unix seconds of the workspace's clock."""

    def is_muted(self, at: float) -> bool:
        return self.muted is not None and self.muted[0] <= at < self.muted[1]


@dataclass
class Bookmark:
    id: str
    channel: str
    title: str
    link: str
    emoji: str | None
    created: int


@dataclass
class Channel:
    id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    general: bool = False
    shared: bool = False
    """Slack Connect: shared with another workspace."""
    pins: list[str] = field(default_factory=list)
    """Timestamps, oldest pin first."""
    bookmarks: list[Bookmark] = field(default_factory=list)
    previous_names: list[str] = field(default_factory=list)


@dataclass
class File:
    id: str
    name: str
    title: str
    user: str
    created: int
    size: int
    content: bytes = b""
    uploaded: bool = False
    completed: bool = False
    snippet_type: str | None = None
    channels: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


SYSTEM_SUBTYPES = frozenset(
    {
        "channel_join",
        "channel_leave",
        "channel_topic",
        "channel_purpose",
        "channel_name",
        "channel_archive",
        "channel_unarchive",
        "group_join",
        "group_leave",
        "group_topic",
        "group_purpose",
        "group_name",
        "group_archive",
        "group_unarchive",
        "tombstone",
    }
)


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    posted_at: float
    """Monotonic seconds, for the history lag."""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    client_msg_id: str | None = None
    edited: Json | None = None
    edits: int = 0
    deleted: bool = False
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    pinned_by: str | None = None
    files: list[File] = field(default_factory=list)
    ephemeral_to: str | None = None
    username: str | None = None
    icon_emoji: str | None = None
    state: Json = field(default_factory=dict)
    """What people have chosen in input elements of this message."""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def is_system(self) -> bool:
        return self.subtype in SYSTEM_SUBTYPES


@dataclass
class View:
    id: str
    user: str
    type: Literal["modal", "home"]
    definition: Json
    hash: str
    seq: int
    """The workspace's change number when the view was opened."""
    state: Json = field(default_factory=dict)
    root_id: str = ""
    previous_id: str | None = None
    open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    """Sentences shown at fields (by block_id) since the last submit."""
    updates: int = 0

    @property
    def callback_id(self) -> str:
        return str(self.definition.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.definition.get("private_metadata", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.definition["blocks"])

    @property
    def title(self) -> str:
        return str(self.definition.get("title", {}).get("text", ""))


@dataclass(frozen=True)
class Ping:
    """Somebody's device rang. ``why``: ``mention``, ``channel``, ``here``, ``everyone``, ``subteam`` or ``dm``."""

    at: str
    user: str
    message: Message = field(compare=False)
    why: str


@dataclass
class Subteam:
    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


@dataclass
class Call:
    """One Web API call (or response_url / upload post) as the workspace saw it; times are monotonic seconds."""

    method: str
    args: Json
    started: float
    ended: float | None = None
    status: int | None = None
    error: str | None = None
    result: Json = field(default_factory=dict)
    fault: str | None = None

    @property
    def ok(self) -> bool:
        return self.status == 200 and self.error is None
