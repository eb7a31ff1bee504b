"""Messages and views as plain text lines, as one reader sees them. Deterministic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bot.sandbox import dates, fields, mrkdwn
from bot.sandbox.model import Json, Message, View
from bot.sandbox.workspace import Workspace

EMOJI = {
    "pushpin": "📌",
    "star": "⭐",
    "eyes": "👀",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "red_circle": "🔴",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "large_green_circle": "🟢",
    "large_blue_circle": "🔵",
    "white_circle": "⚪",
    "black_circle": "⚫",
    "alarm_clock": "⏰",
    "bell": "🔔",
    "no_bell": "🔕",
    "zzz": "💤",
    "arrow_up": "⬆️",
    "arrow_down": "⬇️",
    "lock": "🔒",
    "memo": "📝",
    "hourglass": "⌛",
    "thumbsup": "👍",
    "+1": "👍",
    "tada": "🎉",
}
MARK = re.compile(r"(?<![\w*_~`])([*_~])(?=\S)((?:(?!\1)[^\n])*?\S)(?<!\1)\1(?![\w*_~`])")
SMALL = "· "
"""In front of small print (context blocks)."""


class Screen:
    """What a reader in time zone ``tz`` sees; ``user``: whose membership decides which private channels have names."""

    def __init__(self, ws: Workspace, tz: str = "UTC", user: str | None = None) -> None:
        self.ws = ws
        self.tz = tz
        self.user = user

    # texts

    def text(self, source: str, formatted: bool = True) -> str:
        """Control sequences, entities, emoji and (``formatted``) *bold* _italic_ ~strike~ marks resolved."""
        shown = mrkdwn.TOKEN.sub(lambda token: self._token(token[1], token[2], token[3]), source)
        if formatted:
            shown = MARK.sub(r"\2", MARK.sub(r"\2", shown))
        return _emoji(mrkdwn.unescape(shown))

    def _token(self, sign: str, body: str, label: str | None) -> str:
        if sign == "@":
            user = self.ws.users.get(body)
            return f"@{user.real_name}" if user else f"@{label or 'unknown'}"
        if sign == "#":
            return self._channel(body)
        if sign == "!":
            return self._special(body, label or "")
        return label or body

    def _channel(self, channel_id: str) -> str:
        channel = self.ws.channels.get(channel_id)
        hidden = channel is None or (channel.kind == "private" and self.user and self.user not in channel.members)
        return "#private-channel" if hidden or channel is None else f"#{channel.name}"

    def _special(self, body: str, label: str) -> str:
        if body.startswith("date^"):
            return dates.show(body, label, self.tz, self.ws.clock())
        if body.startswith("subteam^"):
            group = self.ws.subteams.get(body.removeprefix("subteam^"))
            return f"@{group.handle}" if group else f"@{label or 'unknown-group'}"
        return f"@{body}"

    def object(self, source: Json) -> str:
        """A text object: plain_text is shown as it is, mrkdwn is formatted."""
        if source["type"] == "plain_text":
            return _emoji(source["text"])
        return self.text(source["text"])

    # messages and views

    def message(self, message: Message) -> list[str]:
        """The body: blocks if there are any, else the text; then files, reactions and an edited mark."""
        lines = self.blocks(message.blocks, message.state) if message.blocks else self.text(message.text).split("\n")
        if message.blocks and message.files and message.text:
            lines = [*self.text(message.text).split("\n"), *lines]
        lines += [f"📎 {file.title}" for file in message.files]
        if message.edited and lines:
            lines[-1] += " (edited)"
        marks = [f"{_emoji(f':{name}:')} {len(users)}" for name, users in message.reactions.items()]
        return lines + (["  ".join(marks)] if marks else [])

    def view(self, view: View) -> list[str]:
        """A modal framed by its title and buttons, or the Home tab's blocks; errors stand under their fields."""
        lines = self.blocks(view.blocks, view.state, view.errors)
        if view.type == "home":
            return lines
        buttons = [view.definition[key]["text"] for key in ("close", "submit") if key in view.definition]
        foot = " ".join(f"[{label}]" for label in buttons)
        return [f"┌ {view.title}", *(f"│ {line}" for line in lines), f"└ {foot}".rstrip()]

    def blocks(self, blocks: Iterable[Json], state: Json, errors: dict[str, str] | None = None) -> list[str]:
        lines: list[str] = []
        for block in blocks:
            lines += self._block(block, state.get(block.get("block_id", ""), {}))
            if sentence := (errors or {}).get(block.get("block_id", "")):
                lines.append(f"  ! {sentence}")
        return lines

    def _block(self, block: Json, state: Json) -> list[str]:
        match block["type"]:
            case "section":
                return self._section(block, state)
            case "header":
                return [self.object(block["text"])]
            case "divider":
                return ["───"]
            case "context":
                said = "  ".join(self._small(element) for element in block["elements"])
                return [SMALL + line for line in said.split("\n")]
            case "actions":
                return [" ".join(self.element(element, state) for element in block["elements"])]
            case "input":
                return self._input(block, state)
            case "image":
                return [f"[image: {block['alt_text']}]"]
            case "markdown":
                return str(block["text"]).split("\n")
            case "rich_text":
                return [line for part in block["elements"] for line in self._rich(part)]
            case "table":
                return [" | ".join(self._cell(cell) for cell in row) for row in block["rows"]]
            case other:
                return [f"[{other}]"]

    def _section(self, block: Json, state: Json) -> list[str]:
        lines = self.object(block["text"]).split("\n") if "text" in block else []
        for one in block.get("fields", ()):
            lines += self.object(one).split("\n")
        if "accessory" in block:
            lines[0] += f"   {self.element(block['accessory'], state)}"
        return lines

    def _small(self, element: Json) -> str:
        return f"[image: {element['alt_text']}]" if element["type"] == "image" else self.object(element)

    def _input(self, block: Json, state: Json) -> list[str]:
        label = self.object(block["label"]) + (" (optional)" if block.get("optional") else "")
        lines = [f"{label}: {self.element(block['element'], state)}"]
        return lines + ([SMALL + self.object(block["hint"])] if "hint" in block else [])

    # elements

    def element(self, element: Json, state: Json) -> str:
        """A button as [Label], an overflow as [⋯ its options], a field as its value or [its placeholder]."""
        kind = element["type"]
        if kind in ("button", "workflow_button"):
            return f"[{self.object(element['text'])}]"
        if kind == "image":
            return f"[image: {element['alt_text']}]"
        if kind == "overflow":
            return f"[⋯ {' · '.join(self._labels(element['options']))}]"
        entry = state.get(element.get("action_id", "")) or fields.initial(element)
        if kind in ("checkboxes", "radio_buttons"):
            return self._ticks(element, entry)
        value = entry.get(fields.slot_of(kind) or "value")
        if value in (None, "", []):
            return f"[{self.object(element['placeholder'])}]" if "placeholder" in element else "[          ]"
        return self._value(kind, value)

    def _labels(self, options: list[Json]) -> list[str]:
        return [self.object(option["text"]) for option in options]

    def _ticks(self, element: Json, entry: Json) -> str:
        chosen = entry.get("selected_options") or [entry.get("selected_option") or {}]
        values = {option.get("value") for option in chosen}
        on, off = ("☑", "☐") if element["type"] == "checkboxes" else ("◉", "○")
        return " ".join(
            f"{on if option['value'] in values else off} {self.object(option['text'])}" for option in element["options"]
        )

    def _value(self, kind: str, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self._value(kind, item) for item in value)
        if isinstance(value, dict):
            return self.object(value["text"]) if "text" in value else "…"
        if kind in ("users_select", "multi_users_select"):
            return self._token("@", value, None)
        if kind == "datetimepicker":
            return dates.show(f"date^{value}^{{date_num}} {{time}}", "", self.tz, self.ws.clock())
        if "channels" in kind or "conversations" in kind:
            return self._channel(value)
        return str(value)

    # rich text

    def _rich(self, part: Json) -> list[str]:
        if part["type"] == "rich_text_list":
            sign = "•" if part["style"] == "bullet" else "1."
            return [f"{'  ' * part.get('indent', 0)}{sign} {self._leaves(item)}" for item in part["elements"]]
        lead = "> " if part["type"] == "rich_text_quote" else ""
        return [lead + line for line in self._leaves(part).split("\n")]

    def _leaves(self, section: Json) -> str:
        return "".join(self._leaf(leaf) for leaf in section["elements"])

    def _leaf(self, leaf: Json) -> str:
        match leaf["type"]:
            case "text":
                return str(leaf["text"])
            case "link":
                return str(leaf.get("text") or leaf["url"])
            case "user":
                return self._token("@", leaf["user_id"], None)
            case "usergroup":
                return self._special(f"subteam^{leaf['usergroup_id']}", "")
            case "channel":
                return self._channel(leaf["channel_id"])
            case "emoji":
                return _emoji(f":{leaf['name']}:")
            case "broadcast":
                return f"@{leaf['range']}"
            case "date":
                body = f"date^{leaf['timestamp']}^{leaf['format']}"
                return dates.show(body, leaf.get("fallback", ""), self.tz, self.ws.clock())
            case other:
                return f"[{other}]"

    def _cell(self, cell: Json) -> str:
        if cell["type"] == "rich_text":
            return " ".join(line for part in cell["elements"] for line in self._rich(part))
        return str(cell.get("text", cell.get("value", "")))


def _emoji(text: str) -> str:
    return re.sub(r":([a-z0-9_+-]+):", lambda name: EMOJI.get(name[1], name[0]), text)
