"""How the topic of high-impact changes and who approves them reads: on the timeline, in private answers, in the
incident's channel, on the card and in the closing summary."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import ButtonElement

from bot.domain import fact as f
from bot.domain.fact import Entry
from bot.domain.incident import Proposal
from bot.domain.proposals import CHANGEABLE, number_of
from bot.views import blocks, phrases
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, lines, listed, say

MARKS = {"approved": "✓", "rejected": "✗", "replaced": "↻", "went ahead": "⚠️"}
"""Beside the word, never instead of it."""


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""
    match entry.fact:
        case f.ChangeProposed(environment=environment, replaces=replaces) as fact:
            texts = {part: pen.said(getattr(fact, part)) for part in ("what", "why", "risk", "rollback")}
            place = "" if environment == "production" else pen.said(environment)
            return say("proposals.told_proposed", None, **texts, place=place, again=replaces is not None)
        case f.ChangeApproved(proposal=seq):
            return say("proposals.told_approved", what=pen.said(_what(scene, seq)))
        case f.ChangeRejected(proposal=seq, why=why):
            return say("proposals.told_rejected", what=pen.said(_what(scene, seq)), why=pen.said(why))
        case f.ChangeWentAhead(proposal=seq, why=why):
            return say("proposals.told_went_ahead", what=pen.said(_what(scene, seq)), why=pen.said(why))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def _plan(scene: Scene, seq: int) -> Proposal | None:
    return next((one for one in scene.incident.proposals if one.seq == seq), None)


def _what(scene: Scene, seq: int) -> str:
    plan = _plan(scene, seq)
    return plan.what if plan else "a plan that was taken back"


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot or Slack did it."""
    match entry.fact:
        case f.ChangeProposed(people=people, replaces=replaces):
            return say("proposals.proposed", scene, people=_named(scene, people), again=replaces is not None)
        case f.ChangeApproved(proposal=seq) | f.ChangeRejected(proposal=seq):
            approved = isinstance(entry.fact, f.ChangeApproved)
            plan = _plan(scene, seq)
            return say("proposals.answered", scene, approved=approved, by=plan.by if plan else None)
        case f.ChangeWentAhead():
            return say("proposals.went_ahead", scene)
        case _:
            return None


def _named(scene: Scene, people: tuple[str, ...]) -> Safe:
    return listed(say("proposals.person", scene, person=person) for person in people)


# in the incident's channel


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.ChangeWentAhead(proposal=seq, why=why):
            plan = _plan(scene, seq)
            if plan is None:
                raise ValueError(f"there is no plan {seq}")
            said = lines(say("proposals.goes_ahead", scene, plan=plan, who=entry.by, why=why), _details(scene, plan))
            small = say("proposals.goes_ahead_small", scene, clause=_clause(scene))
            return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.context(small))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def plan(scene: Scene, proposed: Proposal) -> Post:
    """The plan as it stands: put to those who approve it; decided, one line with what somebody must still know."""
    waits = proposed.state == "waiting" and scene.incident.running
    if not waits:
        over = _over(scene, proposed)
        details = _details(scene, proposed) if proposed.state in ("approved", "went ahead") else Safe()
        row = blocks.actions(*_change(scene, proposed))
        return blocks.post(lines(over, details), blocks.section(over), row, blocks.context(details))
    said = lines(say("proposals.asks", scene, plan=proposed), _details(scene, proposed))
    several = len(scene.incident.proposals) > 1
    number = number_of(scene.incident, proposed.seq) if several else 0
    small = say("proposals.asks_small", scene, roles=_roles(scene), clause=_clause(scene), number=number)
    return blocks.post(
        phrases.aloud(said, scene), blocks.sections(said), _buttons(scene, proposed), blocks.context(small)
    )


def _over(scene: Scene, proposed: Proposal) -> Safe:
    if proposed.state == "waiting":
        return say("proposals.undecided", scene, plan=proposed)
    return say("proposals.decided", scene, plan=proposed, mark=MARKS[proposed.state])


def _buttons(scene: Scene, proposed: Proposal) -> list[blocks.Block]:
    held = value(scene.incident.id, ask=proposed.seq)
    return blocks.actions(
        blocks.button("Approve", Action.APPROVE, held, style="primary"),
        blocks.button("Reject", Action.REJECT, held),
        *_change(scene, proposed),
        blocks.button("Go ahead without approval", Action.GO_AHEAD, held),
    )


def _change(scene: Scene, proposed: Proposal) -> list[ButtonElement]:
    """*Change plan*, as long as it can be changed: the changed one needs an approval of its own."""
    possible = scene.incident.running and proposed.state in CHANGEABLE
    held = value(scene.incident.id, ask=proposed.seq)
    return [blocks.button("Change plan", Action.CHANGE_PLAN, held)] if possible else []


def offers(scene: Scene, entries: Sequence[Entry]) -> list[ButtonElement]:
    """*Change plan* for whoever has just rejected one: often they know what would do."""
    rejected = (e.fact.proposal for e in entries if isinstance(e.fact, f.ChangeRejected))
    plans = [plan for seq in rejected if (plan := _plan(scene, seq))]
    return [button for plan in plans[:1] for button in _change(scene, plan)]


def _details(scene: Scene, proposed: Proposal) -> Safe:
    """Why, risk and the way back, each in a line; where it is not production, where."""
    return say("proposals.details", scene, plan=proposed)


def _roles(scene: Scene) -> Safe:
    protocol = scene.protocol
    titles = dict.fromkeys(role.title for role in (protocol.lead_role, *protocol.approving_roles))
    return Safe(" or ").join(say("proposals.role", role=one) for one in titles)


def _clause(scene: Scene) -> str:
    return scene.protocol.approvals.clause() or "house rule"


def direct(scene: Scene, entry: Entry) -> Post:
    """The direct message to whoever planned it: approved or not, and why."""
    decided = next((one for one in scene.incident.proposals if one.answered == entry.seq), None)
    if decided is None:
        raise TypeError(f"no plan was answered by entry {entry.seq}")
    told = say("proposals.direct", scene, plan=decided)
    row = _change(scene, decided) if decided.state == "rejected" else []
    return blocks.post(told, blocks.sections(told), blocks.actions(*row))


# elsewhere


def waiting(scene: Scene) -> Safe:
    """For the card's small print: what waits for approval."""
    plans = [one for one in scene.incident.proposals if one.state == "waiting"]
    if not plans or not scene.incident.running:
        return Safe()
    numbers = [number_of(scene.incident, one.seq) if len(plans) > 1 else 0 for one in plans]
    told = (say("proposals.short", scene, plan=one, number=n) for one, n in zip(plans, numbers, strict=True))
    return say("proposals.waiting", scene, plans=joined(told, by="; "))


def changes(scene: Scene) -> Safe:
    """For the summary and the form that resolves: every plan and what became of it; nothing where there was none."""
    plans = [one for one in scene.incident.proposals if one.state != "replaced"]
    return joined((say("proposals.outcome", scene, plan=one) for one in plans), by="; ")


def unapproved(scene: Scene) -> list[Safe]:
    """For the scorecard: what went ahead without approval."""
    ahead = [one for one in scene.incident.proposals if one.state == "went ahead"]
    return [say("proposals.row", scene, plan=one, clause=_clause(scene)) for one in ahead]
