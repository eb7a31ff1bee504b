"""People at their Slack clients: what they type, press and see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.sandbox import channels, fields, forms, interactions, messages, modals, typed
from bot.sandbox.delivery import Dispatcher
from bot.sandbox.errors import ClientRefused, SlackError
from bot.sandbox.model import Channel, Json, Message, User, View
from bot.sandbox.render import Screen
from bot.sandbox.submission import Ack, command_answered, form_answered, received
from bot.sandbox.wire import dnd_json, user_json, view_json
from bot.sandbox.workspace import Workspace, drop_none

Where = Channel | str


class Person:
    """One user. Methods that start something the app must answer wait for its acknowledgement and return an ``Ack``;
    what Slack's client would not let a person do raises ClientRefused."""

    def __init__(self, ws: Workspace, dispatcher: Dispatcher, user: User) -> None:
        self.ws = ws
        self.dispatcher = dispatcher
        self.user = user
        self._since = 0

    def __repr__(self) -> str:
        return f"Person({self.user.real_name}, {self.id})"

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.real_name

    # what a person sees

    def place(self, where: Where) -> Channel:
        """The channel by record, id or name, if this person can see it."""
        channel = where if isinstance(where, Channel) else self.ws.channels.get(where) or self.ws.named(where)
        if channel is None or not self._sees(channel):
            raise ClientRefused(f"{self.name} sees no channel {where!r}")
        return channel

    def _sees(self, channel: Channel) -> bool:
        guest = self.user.guest or self.user.single_channel_guest or self.user.stranger
        return self.id in channel.members or (channel.kind == "public" and not guest)

    @property
    def dm(self) -> Channel:
        """The direct conversation with the app."""
        return self.ws.dm(self.id)

    def sees(self, where: Where) -> list[Message]:
        """Everything on screen in the channel, in order: what all see and what only this person sees."""
        channel = self.place(where)
        common = [m for m in self.ws.alive(channel.id) if not m.is_system]
        return sorted([*common, *self.ephemerals(channel)], key=lambda m: tuple(map(int, m.ts.split("."))))

    def can_see(self, where: Where) -> bool:
        channel = where if isinstance(where, Channel) else self.ws.channels.get(where) or self.ws.named(where)
        return channel is not None and self._sees(channel)

    def ephemerals(self, where: Where | None = None) -> list[Message]:
        """Messages only this person sees (answers to commands included), of one channel or of all."""
        wanted = where.id if isinstance(where, Channel) else where
        named = self.ws.named(wanted) if isinstance(wanted, str) else None
        ids = {wanted, named.id if named else wanted}
        mine = self.ws.ephemerals.get(self.id, [])
        return [m for m in mine if not m.deleted and (wanted is None or m.channel in ids)]

    def dms(self) -> list[Message]:
        """The messages in the direct conversation with the app, oldest first."""
        known = [c for c in self.ws.channels.values() if c.kind == "im" and self.id in c.members]
        return [m for channel in known for m in self.ws.alive(channel.id)]

    @property
    def view(self) -> View | None:
        """The modal in front, if one is open."""
        return self.ws.top_view(self.id)

    @property
    def home(self) -> View | None:
        return self.ws.homes.get(self.id)

    @property
    def screen(self) -> Screen:
        """Draws messages and views as plain lines, as this person reads them."""
        return Screen(self.ws, self.user.tz, self.id)

    async def opened_view(self, timeout: float = 3.0, where: Callable[[View], bool] | None = None) -> View:
        """The modal the app opened since this person's last command, shortcut or click; waits for it (TimeoutError)."""

        def fresh() -> View | None:
            view = self.view
            return view if view and view.seq >= self._since and (where is None or where(view)) else None

        return await self.ws.wait_for(fresh, timeout, f"a view for {self.name}")

    # commands, shortcuts, home

    def _active(self, internal: bool = False) -> None:
        if self.user.deleted:
            raise ClientRefused(f"{self.name}'s account is deactivated")
        if internal and self.user.stranger:
            raise ClientRefused("people of other workspaces cannot use this app's commands and shortcuts")
        self._since = self.ws.changes

    async def command(self, name: str, text: str = "", channel: Where | None = None) -> Ack:
        """Type a slash command in a channel this person is a member of (default: the app's direct conversation)."""
        self._active(internal=True)
        command = self.ws.manifest.commands.get(name)
        if command is None or "commands" not in self.ws.manifest.scopes:
            raise ClientRefused(f"{name} is not a valid command")
        place = self._member(channel if channel is not None else self.dm)
        payload = interactions.command(self.ws, self.user, place, name, typed.as_command_text(self.ws, command, text))
        reply = await self.dispatcher.ask("slash_commands", payload)
        return command_answered(self.ws, payload["response_url"].removeprefix(f"{self.ws.base_url}/"), received(reply))

    def _member(self, where: Where) -> Channel:
        channel = self.place(where)
        if self.id not in channel.members:
            raise ClientRefused(f"{self.name} is not a member of #{channel.name}")
        if channel.archived:
            raise ClientRefused(f"#{channel.name} is archived")
        return channel

    def _shortcut(self, wanted: str, kind: str) -> str:
        self._active(internal=True)
        offered = self.ws.manifest.shortcuts if "commands" in self.ws.manifest.scopes else {}
        for shortcut in offered.values():
            if wanted in (shortcut.callback_id, shortcut.name) and shortcut.kind == kind:
                return shortcut.callback_id
        raise ClientRefused(f"no {kind} shortcut {wanted!r}")

    async def global_shortcut(self, callback_id: str) -> Ack:
        payload = interactions.global_shortcut(self.ws, self.user, self._shortcut(callback_id, "global"))
        return await self._ask(payload, accepts=False)

    async def message_shortcut(self, callback_id: str, message: Message) -> Ack:
        self.place(message.channel)
        if message.deleted or message.ephemeral_to:
            raise ClientRefused("this message offers no shortcuts")
        chosen = self._shortcut(callback_id, "message")
        return await self._ask(interactions.message_shortcut(self.ws, self.user, message, chosen), accepts=False)

    async def _ask(self, payload: Json, accepts: bool = True) -> Ack:
        if not self.ws.manifest.interactive:
            raise ClientRefused("this app's interactivity is switched off")
        return received(await self.dispatcher.ask("interactive", payload, accepts))

    async def open_home(self, tab: str = "home") -> None:
        """Look at the app's Home (or messages) tab; the app is told every time."""
        self._active()
        if tab == "home" and not self.ws.manifest.home_tab:
            raise ClientRefused("this app has no Home tab")
        event = {"type": "app_home_opened", "user": self.id, "channel": self.dm.id, "tab": tab}
        view = view_json(self.ws, self.home) if self.home and tab == "home" else None
        self.ws.emit("app_home_opened", event | drop_none({"view": view}), None, False)

    # forms and buttons

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Ack:
        """Fill in fields (by action_id, block_id or label; the rest keep their values) and press the submit button.

        Raises FormRefused when Slack's client would not send it.
        """
        self._active()
        if not view.open or view.type != "modal":
            raise ClientRefused("this view is not open")
        if "submit" not in view.definition or view.definition.get("submit_disabled"):
            raise ClientRefused("this view has no submit button to press")
        forms.fill(view, values or {})
        forms.check(view, self.ws.unconfirmed.plain_text_input_cap)
        view.errors = {}
        ack = await self._ask(interactions.view_submission(self.ws, self.user, view))
        return form_answered(self.ws, view, ack)

    async def dismiss(self, view: View, all_views: bool = False) -> Ack | None:
        """Press Cancel (or ✕ for the whole stack); the app hears of it only with notify_on_close."""
        self._active()
        cleared = all_views or bool(view.definition.get("clear_on_close"))
        gone = list(self.ws.stacks.get(self.id, [view])) if cleared else [view]
        if cleared:
            modals.close_all(self.ws, self.id)
        modals.close_top(self.ws, view)
        told = [one for one in gone if one.definition.get("notify_on_close")]
        acks = [await self._ask(interactions.view_closed(self.ws, self.user, one, cleared), False) for one in told]
        return acks[-1] if acks else None

    async def click(
        self, target: Message | View, what: str, value: Any = None, confirm: bool = True, beside: str = ""
    ) -> Ack:
        """Press a button, tick or untick a box, pick an overflow or select option, by action_id or label; a menu also
        by its placeholder, with ``value`` for the choice. ``beside``: a piece of the text of the block it is in. A
        confirmation dialog is answered with ``confirm``; False: nothing happens (Ack.ok False, error ``denied``).

        ``target`` may be a copy of a message made earlier: a button that is no longer on the current one.
        """
        self._active()
        block, element, choice = forms.find_element(target.blocks, what, value, beside)
        if element.get("confirm") and not confirm:
            return Ack(False, 0.0, error="denied")
        if element["type"] == "checkboxes" and isinstance(choice, str):
            choice = forms.toggled(block, element, target.state, choice)
        action = forms.action_of(block, element, choice)
        if fields.slot_of(element["type"]):
            target.state.setdefault(block["block_id"], {})[element["action_id"]] = fields.entered(element, choice)
        if isinstance(target, View):
            if not target.open:
                raise ClientRefused("this view is not open")
            return await self._ask(interactions.view_action(self.ws, self.user, target, action))
        if target.deleted or (target.ephemeral_to or self.id) != self.id:
            raise ClientRefused("this message is not on the screen")
        self.place(target.channel)
        return await self._ask(interactions.block_action(self.ws, self.user, target, action))

    # messages

    async def say(self, where: Where, text: str, thread_ts: str | None = None) -> Message:
        """Write a message; ``@Name``, ``#channel``, ``@here`` become what the client makes of them."""
        self._active()
        channel = self._member(where)
        manifest = self.ws.manifest
        if channel.kind == "im" and (manifest.messages_read_only or not manifest.messages_tab):
            raise ClientRefused("sending messages to this app has been turned off")
        if not text.strip():
            raise ClientRefused("there is nothing to send")
        if thread_ts and self.ws.find(channel.id, thread_ts) is None:
            raise ClientRefused("there is no such thread")
        number = self.ws.next_id("client-msg-")
        body = typed.as_message(self.ws, text)
        return messages.post(self.ws, channel, self.id, body, thread_ts=thread_ts, client_msg_id=number)

    async def mention(self, where: Where, text: str, thread_ts: str | None = None) -> Message:
        """Say something that begins with the app's name."""
        return await self.say(where, f"@{self.ws.users[self.ws.bot_user_id].real_name} {text}", thread_ts)

    async def edit(self, message: Message, text: str) -> None:
        self._own(message)
        messages.edit(self.ws, message, self.id, {"text": typed.as_message(self.ws, text)})

    async def delete(self, message: Message) -> None:
        self._own(message)
        messages.delete(self.ws, message)

    def _own(self, message: Message) -> None:
        self._active()
        if message.user != self.id or message.deleted:
            raise ClientRefused(f"{self.name} cannot change this message")

    async def react(self, message: Message, emoji: str) -> None:
        self._reachable(message)
        if self.id in message.reactions.get(emoji, ()):
            raise ClientRefused("already reacted")
        messages.react(self.ws, message, self.id, emoji)

    async def unreact(self, message: Message, emoji: str) -> None:
        self._reachable(message)
        if self.id not in message.reactions.get(emoji, ()):
            raise ClientRefused("no such reaction")
        messages.unreact(self.ws, message, self.id, emoji)

    def _reachable(self, message: Message) -> None:
        self._active()
        channel = self.place(message.channel)
        if message.deleted or message.ephemeral_to or channel.archived:
            raise ClientRefused("this message takes no reactions")

    async def pin(self, message: Message) -> None:
        self._reachable(message)
        messages.pin(self.ws, self._member(message.channel), message, self.id)

    # channels

    async def join(self, where: Where) -> None:
        self._active()
        channel = self.place(where)
        if channel.archived:
            raise ClientRefused(f"#{channel.name} is archived")
        channels.join(self.ws, channel, self.id)

    async def leave(self, where: Where) -> None:
        self._active()
        channels.leave(self.ws, self._member(where), self.id)

    async def invite(self, where: Where, *people: Person) -> None:
        """Bring others into a channel; guests cannot."""
        channel = self._manages(where)
        for person in people:
            channels.join(self.ws, channel, person.id, self.id)

    async def invite_bot(self, where: Where) -> None:
        """Bring the app into a channel."""
        channels.join(self.ws, self._manages(where), self.ws.bot_user_id, self.id)

    async def remove(self, where: Where, person: Person) -> None:
        """Send somebody out of a channel."""
        channel = self._manages(where)
        if person.id not in channel.members:
            raise ClientRefused(f"{person.name} is not in #{channel.name}")
        channels.leave(self.ws, channel, person.id)

    async def rename(self, where: Where, name: str) -> None:
        channel = self._manages(where)
        try:
            channels.rename(self.ws, channel, channels.check_name(self.ws, name), self.id)
        except SlackError as refusal:
            raise ClientRefused(f"this name cannot be: {refusal.code}") from refusal

    async def archive(self, where: Where) -> None:
        channel = self._manages(where)
        if channel.general:
            raise ClientRefused(f"#{channel.name} cannot be archived")
        channels.archive(self.ws, channel, self.id)

    async def unarchive(self, where: Where) -> None:
        """Open an archived channel again; the app is not in it until somebody brings it in."""
        self._active()
        channel = self.place(where)
        if not channel.archived:
            raise ClientRefused(f"#{channel.name} is not archived")
        channels.unarchive(self.ws, channel, self.id)

    def _manages(self, where: Where) -> Channel:
        self._active()
        if self.user.guest or self.user.single_channel_guest or self.user.stranger:
            raise ClientRefused("guests cannot change channels")
        channel = self._member(where)
        if channel.kind == "im":
            raise ClientRefused("a direct conversation stays as it is")
        return channel

    # the account

    def mute(self, until: datetime, since: datetime | None = None) -> None:
        """Do Not Disturb from now (or ``since``, which may lie ahead) until then: nothing rings meanwhile."""
        begins = int(since.timestamp()) if since else self.ws.now()
        self.user.muted = (begins, int(until.timestamp()))
        self._disturbed()

    def unmute(self) -> None:
        self.user.muted = None
        self._disturbed()

    def _disturbed(self) -> None:
        body = {"type": "dnd_updated_user", "user": self.id, "dnd_status": dnd_json(self.user)}
        self.ws.emit("dnd_updated_user", body, None, False)
        self.ws.changed()

    def change(self, **fields_of_user: Any) -> None:
        """Change the account (``tz``, ``real_name``, ``deleted``, ``guest`` …); the app hears user_change."""
        for name, value in fields_of_user.items():
            if not hasattr(self.user, name):
                raise AttributeError(name)
            setattr(self.user, name, value)
        self.user.updated = self.ws.now()
        with_email = "users:read.email" in self.ws.manifest.scopes
        body = {"type": "user_change", "user": user_json(self.ws, self.user, with_email), "cache_ts": self.ws.now()}
        self.ws.emit("user_change", body, None, False)
        self.ws.changed()
