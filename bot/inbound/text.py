"""Text in: what people typed, each source read once into plain words.

Commands and events arrive escaped and with control sequences (`<@U0ANA>`, `<#C1|town>`, `&lt;`); forms arrive raw.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_SEQUENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_NAMED = re.compile(r"<(?:@|!subteam\^)([A-Z0-9]+)(?:\|([^<>]*))?>")
_ADDRESSED = re.compile(
    r"\s*(?:(?:hey|hi|hello|ok|okay|please|and|so)[\s,!.]+){0,2}<@([A-Z0-9]+)(?:\|[^<>]*)?>[\s,:;.—–-]*", re.IGNORECASE
)
_TYPED = "\x02"
_BREAKS = re.compile(r"[\s—–:;,]+")
_KEPT_CONTROLS = frozenset("\n\t")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")


def clean(text: str) -> str:
    """The text without what no database and no message can hold: NUL and other control characters go, a surrogate
    without its other half becomes U+FFFD; two halves become the character they mean."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = _LINE_ENDS.sub("\n", whole)
    return "".join(c for c in lines if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")


def cleaned(value: Any) -> Any:
    """A payload's value with every text in it cleaned, however deep."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(k) if isinstance(k, str) else k: cleaned(v) for k, v in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list) else value


def mentioned(text: str) -> tuple[str, ...]:
    """Ids of the people an escaped text mentions, in order."""
    return tuple(dict.fromkeys(_PERSON.findall(text)))


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """Escaped text as the words its writer saw. `names` are display names by user id.

    Source: Slack, "Formatting text for app surfaces" (control sequences and the three entities).
    """
    shown = _SEQUENCE.sub(lambda found: _shown(found[1], found[2], found[3] or "", names or {}), clean(text))
    return _unescaped(shown)


def addressed(text: str, bot: str) -> str | None:
    """The words of an escaped text that speaks to the bot (user id `bot`), without its name; None for one that only
    speaks of it. A greeting may stand before the name."""
    found = _ADDRESSED.match(text)
    return text[found.end() :] if found and found[1].upper() == bot else None


def heard(text: str) -> str:
    """Escaped text as a command reads it: like `plain`, but people and user groups stay as they arrived (`<@U0BEA>`,
    `<!subteam^S1|@team>`), each one word, so that it is known who is meant. Where somebody typed such a thing letter by
    letter, its `<` is a mark nobody can type; `named` makes it a `<` again."""
    typed = re.sub("&lt;(?=[@!])", _TYPED, clean(text))
    return _unescaped(_SEQUENCE.sub(lambda one: _kept(one) or _shown(one[1], one[2], one[3] or "", {}), typed))


def _kept(found: re.Match[str]) -> str | None:
    named = _NAMED.fullmatch(found[0])
    if named is None:
        return None
    label = _BREAKS.sub("-", named[2] or "")
    return f"<{found[1]}{found[2]}|{label}>" if label else f"<{found[1]}{found[2]}>"


def named(text: str, names: Mapping[str, str]) -> str:
    """Heard text as its writer saw it."""
    shown = _NAMED.sub(lambda found: "@" + (names.get(found[1]) or (found[2] or found[1]).removeprefix("@")), text)
    return shown.replace(_TYPED, "<")


def _shown(sigil: str, body: str, label: str, names: Mapping[str, str]) -> str:
    match sigil:
        case "@":
            return "@" + (names.get(body) or label or body)
        case "#":
            return "#" + (label or body)
        case "!":
            return _special(body, label)
        case _:
            return _link(body.removeprefix("mailto:"), label)


def _special(body: str, label: str) -> str:
    if body.startswith("date^"):
        return label
    if body.startswith("subteam^"):
        return label or "@" + body.removeprefix("subteam^")
    return "@" + body


def _link(address: str, label: str) -> str:
    if not label or address.removeprefix("https://").removeprefix("http://").rstrip("/") == label.rstrip("/"):
        return address
    return f"{label} ({address})"


def _unescaped(text: str) -> str:
    """Slack escapes these three and no others, so no other entity is undone."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
