"""Every behaviour of Slack that no primary source settles, as one named switch each.

A test of an app that must not depend on such a behaviour runs under both positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Unconfirmed:
    """Switches with the position most likely to be true as default. Sources are pages of docs.slack.dev."""

    archived_name_stays_taken: bool = True
    """``conversations.create`` answers ``name_taken`` for the name of an archived channel
    (reference/methods/conversations.create is silent).
    """

    bot_tokens_unarchive: bool = False
    """conversations.unarchive works for bot tokens. Its page has long said that it does not; what it answers then
    (``not_in_channel``) is seen in practice only (slack-go#1066).
    """

    archiving_removes_app: bool = True
    """An app is no member any more of a channel that is archived (seen in practice: elastic/connectors#1972), nor after
    somebody unarchives it.
    """

    deactivated_users_are_bare: bool = True
    """The user object of a deactivated account has no time zone and no flags but ``deleted`` (seen in practice)."""

    channel_names_ascii_only: bool = True
    """Channel names hold only a-z, 0-9, ``-``, ``_``; Slack's clients accept other scripts, the docs do not say so."""

    history_lag_seconds: float = 0.0
    """Seconds (real time) before a new message shows in conversations.history and .replies: read-your-write is not
    documented.
    """

    bot_replies_allowed: bool = True
    """conversations.replies with a bot token in channels: its page forbids it, yet lists bot scopes. False:
    ``not_allowed_token_type``.
    """

    pin_needs_membership: bool = True
    """pins.* in a public channel needs the app to be a member (``not_in_channel``)."""

    reaction_needs_membership: bool = True
    """reactions.* in a public channel needs the app to be a member (``not_in_channel``)."""

    bookmark_needs_membership: bool = True
    """bookmarks.* in a public channel needs the app to be a member (``not_in_channel``)."""

    reaction_events_need_membership: bool = True
    """reaction_added arrives only from channels the app is in; the docs say the app "must be able to see the item"."""

    bookmarks_allow_duplicates: bool = True
    """The same link bookmarked twice gives two bookmarks. False: the first one is returned again."""

    pins_per_channel: int = 100
    """Pins before ``too_many_pins``; commonly cited, not in the docs."""

    reactions_per_message: int = 23
    """Different emoji per message before ``too_many_reactions``; the code exists, the number is not documented."""

    trigger_error_names: Literal["expired_trigger_id", "trigger_expired"] = "expired_trigger_id"
    """Method pages say expired_trigger_id / exchanged_trigger_id, the guide says trigger_expired /
    trigger_exchanged.
    """

    app_rate_limited_nested: bool = False
    """``app_rate_limited`` inside ``event`` (json-logs sample) instead of top-level ``type`` (apis/events-api#rate-
    limiting).
    """

    interactions_retried: bool = False
    """Unacknowledged slash commands and interactions are sent again like events; the docs describe only an error to
    the user.
    """

    ack_on_another_socket_counts: bool = True
    """An acknowledgement arriving on another socket than the one that delivered is accepted.

    False: what was on a socket that closes counts as not acknowledged at once.
    """

    events_in_order: bool = True
    """Events arrive in the order they happened; no order is promised. False: every second one is overtaken."""

    connections_open_tier: Literal[1, 3] = 1
    """Rate tier of apps.connections.open: its page says 3, json metadata and the SDK's comments say 1."""

    users_conversations_tier: Literal[2, 3] = 3
    """Rate tier of users.conversations: its page says 3, json metadata says 2."""

    chat_rate_limit_code: Literal["ratelimited", "rate_limited"] = "ratelimited"
    """What chat.* answers at one message per second: apis/web-api/rate-limits and chat.postMessage's page differ."""

    invite_batch_limit: Literal[100, 1000] = 100
    """``users`` of conversations.invite: "up to 100" in the argument's text, "1-1000" in the usage text."""

    chat_post_msg_too_long: bool = False
    """chat.postMessage refuses text over 40,000 characters (``msg_too_long``, 2021 OpenAPI) instead of truncating
    it.
    """

    metadata_max_bytes: int = 8_192
    """Size of ``metadata`` as JSON before ``metadata_too_large``; the code exists, the number is not documented."""

    respond_keeps_metadata: bool = False
    """``metadata`` sent to a response_url is kept."""

    command_response_replaces: bool = False
    """``replace_original`` on a command's response_url replaces the command's last private answer instead of adding
    one.
    """

    plain_text_input_cap: int = 3_000
    """Characters a plain_text_input takes when no max_length is set."""

    option_description_max: int = 75
    """Characters of an option's description (unconfirmed in the SDK)."""

    action_ids_unique_in: Literal["surface", "block"] = "surface"
    """action_id must be unique in the whole message or view (SDK docstrings) or only inside its block (block-kit
    reference).
    """

    message_blocks_max_chars: int = 13_200
    """Characters of all texts in a message's blocks before ``msg_blocks_too_long``; the code exists, the number is
    not documented.
    """

    channel_events_scope: str | None = "channels:read"
    """Scope for channel_created / archive / unarchive / rename events; None: none is needed."""

    group_events_scope: str | None = "groups:read"
    """Scope for group_archive / unarchive / rename events; None: none is needed."""

    escaped_mention_carries_name: bool = False
    """``should_escape``: a mention in a command's text arrives as ``<@U1|ana>`` instead of ``<@U1>``."""

    command_text_entities: bool = True
    """With ``should_escape``, ``& < >`` typed in a command arrive as entities; only mentions are documented."""

    duplicates_client_msg_id: bool = False
    """chat.postMessage with a ``client_msg_id`` already used in the channel returns the first message instead of a
    second one.
    """

    text_beside_blocks_pings: bool = True
    """Mentions in the top-level ``text`` notify even when ``blocks`` are given (the text is then only the
    notification).
    """

    file_size_max: int = 1_000_000_000
    """Bytes per file (1 GB commonly cited)."""
