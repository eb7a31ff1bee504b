"""`python -m tests.outbound.guarantees` writes the matrix in docs/guarantees.md from what the tests expect.

What is expected is declared here once: the tests hold every delivery against it, and the page is drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.domain.message import KINDS
from tests.outbound.matrix import FAULTS, REFUSED, Case
from tests.outbound.rigs import RIGS

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN, END = "<!-- matrix: written by python -m tests.outbound.guarantees -->\n", "<!-- end of matrix -->\n"

ONCE = "once"
AT_LEAST = "at least once"
NOTHING = "not at all"

HAPPENED = frozenset({"lost_reply", "500_after", "error_after:fatal_error", "error_after:internal_error"})
"""Faults after which it is there, and nobody was told so."""

GROUPS: dict[str, frozenset[str]] = {
    "429": frozenset({"429"}),
    "no answer, 5xx, garbage, `fatal_error`, and it did not happen": frozenset(FAULTS) - HAPPENED - {"429", "delay"},
    "the same, and it did happen": HAPPENED,
    "slow": frozenset({"delay"}),
}
"""The columns of the page, and the faults of the tests that each stands for."""

SO_ALREADY = frozenset({"already_pinned", "already_reacted", "no_reaction", "already_in_channel", "cant_invite_self"})
"""Refusals that mean that it is so already."""

PEOPLE = frozenset(
    {
        "user_not_found", "cant_invite", "user_is_restricted", "ura_max_channels", "org_user_not_in_team",
        "invitee_cant_see_channel", "no_external_invite_permission",
    }
)  # fmt: skip
"""Refusals of one person: the invitation is done, and whoever wanted them there is told once."""

NO_READERS = frozenset({"message_not_found", "is_archived", "channel_not_found", "not_in_channel"})
"""Where what is to be changed is read by nobody any more, there is nothing to change."""

UNIMPORTANT = frozenset(
    {
        "not_in_channel", "channel_not_found", "message_not_found", "is_archived", "not_reactable", "thread_locked",
        "too_many_emoji", "too_many_reactions", "no_permission",
    }
)  # fmt: skip
"""A reaction that cannot be given is missed by nobody: the mark is on the record."""

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""What stands cannot be edited any more, so it is said anew."""

VANISHED = frozenset({"channel_not_found", "is_archived", "is_inactive"})
"""A direct message whose conversation is gone is said anew."""

AMENDED = ("withdraw", "correct", "shrink")


def expected(case: Case) -> frozenset[str]:
    """What may come of a case: the words of `Outcome.word`."""
    first = case.strikes[0]
    if first.kind.startswith("error:") and first.kind not in FAULTS:
        return frozenset({_refused(RIGS[case.rig].kind, str(first.method), first.kind.removeprefix("error:"))})
    doubtful = first.method == "response_url" and first.kind in HAPPENED
    return frozenset({ONCE, "twice"} if doubtful else {ONCE})


def _refused(kind: str, method: str, code: str) -> str:
    if method == "dnd.info" or (method == "chat.update" and code in GONE and kind not in AMENDED):
        return ONCE
    if method == "chat.update" and code in VANISHED and kind in ("tell", "management", "calendar", "swap"):
        return ONCE
    if kind == "invite" and code in PEOPLE:
        return f"{NOTHING}, told 1"
    if code in SO_ALREADY or (kind in ("confirm_mark", "unconfirm_mark") and code in UNIMPORTANT):
        return NOTHING
    if kind in AMENDED and code in NO_READERS:
        return NOTHING
    return ONCE if kind in AMENDED and code in GONE else REFUSED


def matrix() -> str:
    """The table of the page."""
    head = ["what is done outside", *GROUPS, "refused for good"]
    lines = [head, ["---"] * len(head)]
    for kind, does in KINDS.items():
        lines.append([f"{does} (`{kind}`)", *(_outcome(kind, faults) for faults in GROUPS.values()), _for_good(kind)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _outcome(kind: str, faults: Iterable[str]) -> str:
    ways = [(rig.calls[0], fault) for rig in RIGS.values() if rig.kind == kind for fault in faults]
    doubtful = any(method == "response_url" and fault in HAPPENED for method, fault in ways)
    return f"{AT_LEAST}[^where]" if doubtful else ONCE


def _for_good(kind: str) -> str:
    match kind:
        case "confirm_mark" | "unconfirm_mark":
            return "left, or told once"
        case "invite":
            return "the others come; told once"
        case "withdraw" | "correct" | "shrink":
            return "said beside it, or told once"
        case "open_channel":
            return "told once, with *Retry*"
        case _:
            return "told once"


def page() -> str:
    """The page with the matrix of today."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
