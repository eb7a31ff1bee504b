"""What was said and does not hold any more: one line where it stood, with who took it back and when."""

from __future__ import annotations

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.message import NOTICE, STAKEHOLDERS
from bot.domain.roles import held_by
from bot.views import blocks, changes, state, timeline
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, listed, say

OUTSIDE = (STAKEHOLDERS, "consumers:", "management:")
"""Where people read who are not in the channel: they learn nothing of what it was."""


def withdrawn(scene: Scene, taken_back: Entry, said: Entry, slot: str, *, untrue: bool = False) -> Post:
    """In place of the post in this slot, which was about the entry `said`. `untrue`: what holds is said anew."""
    if slot.startswith(("tell-", "direct-")):
        told = _direct(scene, taken_back, said, slot.partition(":")[2])
    elif slot.startswith(OUTSIDE):
        told = say("changes.withdrawn_outside", scene, entry=taken_back, untrue=untrue)
    elif slot == NOTICE:
        told = say("changes.withdrawn_notice", scene, entry=taken_back)
    else:
        stands = changes.stands(scene, said, aloud=True)
        told = say("changes.withdrawn", scene, entry=taken_back, stands=stands, said=timeline.told(scene, said))
    return blocks.paragraph(told)


def _direct(scene: Scene, taken_back: Entry, said: Entry, person: str) -> Safe:
    if not isinstance(said.fact, f.RoleAssigned) or said.fact.person != person:
        return say("changes.withdrawn_direct", scene, entry=taken_back)
    role = scene.protocol.role(said.fact.role)
    title = role.title if role else said.fact.role
    return say("changes.withdrawn_role", scene, entry=taken_back, role=title, kept=kept(scene, person))


def kept(scene: Scene, person: str | None) -> Safe:
    """The roles somebody holds all the same: "Technical Coordinator"; nothing for none."""
    return listed(escaped(role.title) for role in held_by(person, scene.incident, scene.protocol))


def untrue(scene: Scene, said: Entry) -> Safe:
    """What was wrong in what people read outside because of the entry `said`."""
    figures = not isinstance(said.fact, f.Cancelled) and not state.safe(scene.incident) and _assured(said.fact)
    return say("changes.untrue", scene, entry=said, was=said.fact.kind, figures=figures)


def _assured(fact: f.Fact) -> bool:
    match fact:
        case f.Resolved(data=data) | f.ImpactStated(data=data) | f.DataStated(state=data):
            return data in state.SAFE_DATA
        case _:
            return False


def merged(scene: Scene) -> Post:
    """In place of what somebody was to do in an incident that is a duplicate: where it goes on."""
    first = next((link for link in scene.incident.links if link.how == "duplicate of"), None)
    return blocks.paragraph(say("changes.merged", scene, first=first))


def _severity(scene: Scene, taken_back: Entry) -> Safe:
    """Which severity it is and is not, when one was taken back."""
    undone = taken_back.fact.seqs if isinstance(taken_back.fact, f.Undone) else ()
    graded = (e for e in scene.entries if e.seq in undone and isinstance(e.fact, f.SeverityChanged))
    return joined(changes.stands(scene, entry, aloud=True) for entry in graded)


def direct(scene: Scene, taken_back: Entry, said: Entry, was: str) -> Post:
    """The direct message to somebody who was rung for what does not hold any more; `was` is what they had read. It
    names no title: the incident may be private."""
    match was:
        case "turning":
            return blocks.paragraph(say("changes.untrue_direct", scene, untrue=untrue(scene, said)))
        case "management":
            stands = _severity(scene, taken_back)
            return blocks.paragraph(say("changes.not_for_management", scene, entry=taken_back, stands=stands))
        case _:
            stays = kept(scene, scene.reader)
            return blocks.paragraph(say("changes.not_needed", scene, entry=taken_back, kept=stays))
