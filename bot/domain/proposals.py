"""The topic of high-impact changes and who approves them: what is decided, how the incident changes by it, and what
follows outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from bot.domain import fact as f
from bot.domain import permissions, runbooks
from bot.domain import request as r
from bot.domain.caller import Caller
from bot.domain.duty.oncall import Roster
from bot.domain.errors import BadInput, NotNow, NotYours, WhichOne
from bot.domain.grading import environment
from bot.domain.grounds import responsible, running, said
from bot.domain.incident import Incident, Proposal
from bot.domain.message import Message
from bot.domain.promises.answering import holder, lead_of, level
from bot.domain.protocol import Protocol
from bot.domain.scribe import Scribe

_MARKERS = re.compile(r"(?:^|[\s,;.])+(because|risks?|rollback)\b\s*:?\s*", re.IGNORECASE)
SHOWN = 60
"""Characters of a plan that a sentence repeats."""

CHANGEABLE = ("waiting", "approved", "rejected")
"""States in which a plan can be changed; the changed one waits for an approval of its own."""


def parts(text: str) -> dict[str, str]:
    """What was typed on one line as the parts of a plan: `restart it because …, risk …, rollback …`."""
    what, *marked = _MARKERS.split(text)
    held = {"what": what.strip(" ,;")}
    for marker, part in zip(marked[::2], marked[1::2], strict=True):
        name = {"because": "why", "rollback": "rollback"}.get(marker.lower(), "risk")
        held[name] = "; ".join(filter(None, (held.get(name), part.strip(" ,;"))))
    return held


def whole(held: dict[str, str]) -> bool:
    """Whether a plan says all that somebody must know who approves it."""
    return all(held.get(part) for part in ("what", "why", "risk", "rollback"))


def decided(
    incident: Incident, request: r.OfProposal, protocol: Protocol, roster: Roster, caller: Caller, _: datetime
) -> list[f.Fact]:
    """The facts that answer a request of this topic. Raises a DomainError the caller reads."""
    running(incident, "no change is planned for it")
    match request:
        case r.Propose():
            return [_proposed(incident, request, protocol, roster, caller)]
        case r.Approve():
            plan = meant(incident, request)
            _may_answer(incident, plan, protocol, roster, caller)
            return [f.ChangeApproved(proposal=plan.seq)]
        case r.Reject(why=why):
            plan = meant(incident, request)
            _not_own(plan, caller)
            _may_answer(incident, plan, protocol, roster, caller)
            return [f.ChangeRejected(proposal=plan.seq, why=said(why, "Say why, so that the plan can change.", "why"))]
        case r.GoAhead(why=why):
            plan = meant(incident, request)
            _may_go_ahead(incident, plan, protocol, roster, caller)
            reason = said(why, "Going ahead without approval needs a reason; it stands on the record.", "why")
            return [f.ChangeWentAhead(proposal=plan.seq, why=reason)]
        case _:
            raise TypeError(f"nothing is decided about {type(request).__name__}")


def _proposed(
    incident: Incident, request: r.Propose, protocol: Protocol, roster: Roster, caller: Caller
) -> f.ChangeProposed:
    what = said(request.what, "Say what is to be changed.", "what")
    rollback = said(request.rollback, "Say how it is taken back if it fails, or that it cannot be.", "rollback")
    where = environment(request.environment, protocol) if request.environment.strip() else incident.environment
    new = f.ChangeProposed(
        what=what,
        why=request.why.strip(),
        risk=request.risk.strip(),
        rollback=rollback,
        environment=where,
        replaces=request.replaces,
        step=request.step or next((one.step for one in incident.proposals if one.seq == request.replaces), ""),
        people=_asked(incident, protocol, roster, caller.person),
    )
    if request.replaces is not None:
        _differs(new, of_seq(incident, request.replaces, CHANGEABLE))
    return new


def _differs(new: f.ChangeProposed, before: Proposal) -> None:
    """Raises BadInput for a plan that changes nothing: an approval would be lost, and who planned it could approve it.
    What was rejected may be put forward again as it was."""
    parts = ("what", "why", "risk", "rollback", "environment")
    if before.state != "rejected" and all(getattr(new, part) == getattr(before, part) for part in parts):
        raise BadInput("That is how the plan stands already. Change something, or leave it with Cancel.", "what")


def approvers(incident: Incident, protocol: Protocol, besides: str | None) -> tuple[str, ...]:
    """Who holds a role that approves, the lead first, but for whoever planned it: nobody approves their own plan."""
    held = (holder(role, incident) for role in protocol.approving_roles)
    people = (lead_of(incident, protocol), *held)
    return tuple(dict.fromkeys(p for p in people if p and p != besides))


def _asked(incident: Incident, protocol: Protocol, roster: Roster, proposer: str | None) -> tuple[str, ...]:
    """Whom the plan is put to: those who approve, else the first of those who stand behind the incident. Where a rule
    says who approves, the first of these, somebody at work on it before others."""
    rule = permissions.rule_of("approve", roster)
    if rule is not None and not rule.anybody:
        able = [p for p in permissions.everybody(rule, incident, protocol, roster) if p != proposer]
        at_work = [p for p in able if p in (*incident.roles.values(), *incident.participants)]
        return tuple([*at_work, *able][:1])
    behind = (incident.responder, roster.primary, roster.secondary, *level(2, incident, protocol, roster))
    stand_in = next((p for p in behind if p and p != proposer), None)
    return approvers(incident, protocol, proposer) or ((stand_in,) if stand_in else ())


def meant(incident: Incident, request: r.Approve | r.Reject | r.GoAhead) -> Proposal:
    """The plan that is answered: the one named, else the only one that waits. Raises NotNow, BadInput or WhichOne."""
    states = ("waiting", "rejected") if isinstance(request, r.GoAhead) else ("waiting",)
    if request.proposal is not None:
        return of_seq(incident, request.proposal, states)
    if request.nth is not None:
        named = dict(enumerate(incident.proposals, start=1)).get(request.nth)
        if named is None:
            raise BadInput(f"There is no plan {request.nth} in {incident.number}.")
        return of_seq(incident, named.seq, states)
    open_ones = [one for one in incident.proposals if one.state in states]
    waiting = [one for one in open_ones if one.state == "waiting"] or open_ones
    if not waiting:
        raise NotNow("No plan waits for approval. Propose one with /incident propose <what> because <why>.")
    if len(waiting) > 1:
        raise _which(incident, request, waiting)
    return waiting[0]


def number_of(incident: Incident, seq: int) -> int:
    """By which people name the plan of this seq: its place among the incident's plans, from 1."""
    return next((n for n, one in enumerate(incident.proposals, start=1) if one.seq == seq), 0)


def _which(incident: Incident, request: r.Approve | r.Reject | r.GoAhead, waiting: Sequence[Proposal]) -> WhichOne:
    numbered = [(number_of(incident, one.seq), _short(one.what)) for one in waiting]
    listed = "; ".join(f"{n} is “{what}”" for n, what in numbered)
    verb, before = {r.Approve: ("approve", ""), r.Reject: ("reject", "")}.get(type(request), ("propose", "go ahead "))
    return WhichOne(
        f"Which plan? {listed}. Say its number, like /incident {verb} {before}{numbered[0][0]}.",
        incident=incident.id,
        verb=verb,
        picks=[(f"{n} · {what}", f"{before}{n}") for n, what in numbered],
        rest="" if isinstance(request, r.Approve) else request.why,
    )


def of_seq(incident: Incident, seq: int, states: Collection[str]) -> Proposal:
    """The plan of this seq. Raises NotNow when it stands otherwise than in one of these states."""
    plan = next((one for one in incident.proposals if one.seq == seq), None)
    if plan is None:
        raise NotNow(f"{incident.number} has no such plan any more. Propose one with /incident propose <what>.")
    if plan.state not in states:
        raise NotNow(f"That plan was {plan.state if plan.state != 'went ahead' else 'carried out'} already.")
    return plan


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1].rstrip() + "…"


def _not_own(plan: Proposal, caller: Caller) -> None:
    """Raises NotYours for who planned it: they plan anew instead of rejecting."""
    if caller.person == plan.by:
        raise NotYours(
            "You planned this, so rejecting is for somebody else. To plan it differently: /incident propose <what>; "
            "what you planned within the last minutes goes with /incident undo."
        )


def _may_answer(incident: Incident, plan: Proposal, protocol: Protocol, roster: Roster, caller: Caller) -> None:
    """Raises NotYours for who planned it, and for who holds no role that approves while somebody else does."""
    holders = approvers(incident, protocol, plan.by)
    behind = responsible(incident, protocol, roster) - {plan.by}
    titles = " or ".join(dict.fromkeys(role.title for role in (protocol.lead_role, *protocol.approving_roles)))
    who = f"the {titles}" if holders else "somebody else on call, on the ladder or in a role"
    if caller.person == plan.by:
        raise NotYours(
            f"You planned this, so {who if holders or behind else 'somebody else'} approves it. "
            "When nobody can: /incident propose go ahead <why>."
        )
    allowed = {*holders, *plan.people} if holders else behind
    if not caller.may and allowed and caller.person not in allowed:
        raise NotYours(
            f"This change is for {who} to approve. Ask them, or say what you think with /incident note <text>."
        )


def _may_go_ahead(incident: Incident, plan: Proposal, protocol: Protocol, roster: Roster, caller: Caller) -> None:
    those = responsible(incident, protocol, roster)
    if those and caller.person not in {*those, plan.by}:
        raise NotYours(
            "Only who planned it, or somebody on call, on the ladder or in a role goes ahead without approval."
        )


# the incident after it


def applied(incident: Incident, entry: f.Entry) -> Incident:
    """The incident after a fact of this topic."""
    match entry.fact:
        case f.ChangeProposed(replaces=replaces) as fact:
            before = _answered(incident, entry, replaces, "replaced") if replaces else incident
            held = fact.model_dump(exclude={"v"})
            plan = Proposal(seq=entry.seq, at=entry.at, by=entry.by, **held)
            return before.model_copy(update={"proposals": (*before.proposals, plan)})
        case f.ChangeApproved(proposal=seq):
            return _answered(incident, entry, seq, "approved")
        case f.ChangeRejected(proposal=seq, why=why):
            return _answered(incident, entry, seq, "rejected", why)
        case f.ChangeWentAhead(proposal=seq, why=why):
            return _answered(incident, entry, seq, "went ahead", why)
        case _:
            raise TypeError(f"the incident does not know {entry.fact.kind}")


def _answered(incident: Incident, entry: f.Entry, seq: int, state: str, answer: str = "") -> Incident:
    told = {"state": state, "answered": entry.seq, "answered_by": entry.by, "answered_at": entry.at, "answer": answer}
    plans = (one.model_copy(update=told) if one.seq == seq else one for one in incident.proposals)
    return incident.model_copy(update={"proposals": tuple(plans)})


# what follows outside


def reacted(s: Scribe, fact: f.OfProposal) -> list[Message]:
    """What must be said and done outside because of a fact of this topic."""
    match fact:
        case f.ChangeProposed(replaces=replaces, people=people):
            before = [s.matter(replaces)] if replaces else []
            shown = runbooks.answered(s, s.entry.seq)
            return [*before, *s.invite(*people), s.matter(s.entry.seq), s.card(), *shown]
        case f.ChangeApproved(proposal=seq) | f.ChangeRejected(proposal=seq):
            return [s.matter(seq), s.card(), *_told(s, seq), *runbooks.answered(s, seq)]
        case f.ChangeWentAhead(proposal=seq):
            return [s.matter(seq), s.statement(), s.card(), *runbooks.answered(s, seq)]
        case _:
            raise TypeError(f"no reaction is written for {fact.kind}")


def _told(s: Scribe, seq: int) -> list[Message]:
    """Whoever planned it hears that they may begin, or why not: an edited message calls nobody."""
    planners = [one.by for one in s.incident.proposals if one.seq == seq and one.by and one.by != s.entry.by]
    return s.tell(*planners, what="change_answered")


def left_open(s: Scribe) -> list[Message]:
    """The plans with buttons: once the incident has ended they wait for nothing, and cannot be changed."""
    return [s.matter(one.seq) for one in s.incident.proposals if one.state in CHANGEABLE]
