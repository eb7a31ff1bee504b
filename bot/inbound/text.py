"""Text in: what people typed, each source read once into plain words (architecture rule 11).

Commands and events arrive escaped and with control sequences (`<@U0ANA>`, `<#C1|town>`, `&lt;`); forms arrive raw.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_SEQUENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
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
