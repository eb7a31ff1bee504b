"""Every kind of outgoing message, ready to be sent in an incident of its own, and what must be there afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.domain import fact as f
from bot.domain.duty.swaps import Change, Given
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.message import OF_NO_INCIDENT, Message
from bot.sandbox import Channel, Sandbox, channels, messages
from bot.sandbox import Message as Posted
from bot.store import facts, incidents, outbox, pinned, shifts
from bot.store.outbox import Slot
from bot.store.session import Session
from tests.builders import ANA, BEA, CAR, DECLARED, declaration, default_protocol, impact, resolved, update


@dataclass
class Cell:
    """One message in one incident, with a channel, a channel outside and a reader that no other cell has."""

    number: int
    rig: Rig
    slack: Sandbox
    said: list[tuple[f.Fact, str | None]] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    args: dict[str, Any] = field(default_factory=dict)
    shift: Change | None = None
    row: str = ""
    message: Message | None = None
    known: tuple[str, ...] = ()
    """Ids by which the workspace's calls are recognised as this cell's."""

    def __post_init__(self) -> None:
        bot = self.slack.bot_user_id
        self.reader = self.slack.person(f"Reader {self.number}", id=f"U{self.number:05d}M").id
        self.room = channels.create(self.slack.ws, f"inc-{self.number}-orders", False, bot, f"C{self.number:05d}I")
        self.outside = channels.create(self.slack.ws, f"data-{self.number}", False, bot, f"C{self.number:05d}O")
        self.direct = channels.open_dm(self.slack.ws, self.reader, "channel_not_found")
        self.known = (self.reader, self.room.id, self.outside.id, self.direct.id)

    # setting it up

    def says(self, *said: f.Fact, by: str | None = ANA) -> int:
        """Record facts; the seq of the last."""
        self.said += [(fact, by) for fact in said]
        return self.seq

    @property
    def seq(self) -> int:
        return len(self.said)

    def stands(self, name: str, where: Channel | None = None, thread: Posted | None = None) -> Posted:
        """A message of ours that stands in this slot already."""
        more: dict[str, Any] = {"bot_id": self.slack.bot_id, "app_id": self.slack.ws.app_id}
        at = thread.ts if thread else None
        channel = where or self.room
        posted = messages.post(self.slack.ws, channel, self.slack.bot_user_id, "stood before", thread_ts=at, **more)
        self.slots.append(Slot(incident=self.number, name=name, channel=channel.id, ts=posted.ts))
        return posted

    def record(self, session: Session) -> None:
        """Write the incident, its slots and its message, and nothing that would follow from its facts."""
        protocol, told = default_protocol(), self._told()
        pinned.pin(session, protocol)
        incident = fold(told)
        incidents.save(session, incident, rank=1, head=facts.append(session, told))
        for slot in self.slots:
            outbox.fill(session, slot)
        if self.shift is not None:
            shifts.add(session, self.shift)
        self.message = self._message(incident)
        outbox.put(session, None if self.rig.kind in OF_NO_INCIDENT else self.number, [self.message])

    def _told(self) -> list[f.Entry]:
        at = [DECLARED + timedelta(minutes=n) for n in range(len(self.said))]
        return [
            f.Entry(incident=self.number, seq=n + 1, at=at[n], recorded_at=at[n], by=by, via="slash", fact=fact)
            for n, (fact, by) in enumerate(self.said)
        ]

    def _message(self, incident: Incident) -> Message:
        given = {"seq": incident.seq, "lane": f"inc-{self.number}:cell", "rank": 1, **self.args}
        return Message.model_validate({"kind": self.rig.kind, **given})

    # looking at what came of it

    def carrying(self, mine: dict[str, list[Posted]]) -> list[Posted]:
        """The messages that carry the id of this cell's row."""
        return mine.get(self.row, [])

    def system(self, subtype: str) -> int:
        return len([m for m in self.slack.messages(self.room, system=True) if m.subtype == subtype])


Carriers = dict[str, list[Posted]]


@dataclass(frozen=True)
class Rig:
    """`calls`: what its delivery asks of Slack when all is well, in order. `count`: how often its effect is there."""

    kind: str
    calls: tuple[str, ...]
    prepare: Callable[[Cell], None]
    count: Callable[[Cell, Carriers], int]
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.variant}" if self.variant else self.kind


RIGS: dict[str, Rig] = {}

Prepare = Callable[[Cell], None]


def posted(cell: Cell, mine: Carriers) -> int:
    """Messages and edits carry the row's id; an edit replaces what the message carried."""
    return sum(max(1, message.edits) for message in cell.carrying(mine))


def rig(
    kind: str,
    *calls: str,
    variant: str = "",
    count: Callable[[Cell, Carriers], int] = posted,
) -> Callable[[Prepare], Prepare]:
    def registered(prepare: Prepare) -> Prepare:
        made = Rig(kind, calls, prepare, count, variant)
        RIGS[made.name] = made
        return prepare

    return registered


POST, EDIT = "chat.postMessage", "chat.update"


def begun(cell: Cell, **more: Any) -> None:
    cell.says(declaration(**more), by=ANA)
    cell.says(f.OnCallNamed(primary=ANA, secondary=CAR), f.RoleAssigned(role="incident-manager", person=BEA), by=None)


def opened(cell: Cell, **more: Any) -> None:
    begun(cell, **more)
    cell.says(f.ChannelOpened(channel=cell.room.id, name=cell.room.name), by=None)
    cell.slots.append(Slot(incident=cell.number, name="channel", channel=cell.room.id))


def standing(cell: Cell, slot: str, **args: Any) -> None:
    cell.args = {"fills": slot, "standing": True, "args": args}


# the channel


def _rooms(cell: Cell, mine: Carriers) -> int:
    return len([c for c in cell.slack.channels if c.name.startswith(f"inc-{cell.number}-orders-mart")])


@rig("open_channel", "conversations.create", count=_rooms)
def _open_channel(cell: Cell) -> None:
    begun(cell)
    cell.args = {"fills": "channel"}


@rig("rename_channel", "conversations.rename", count=lambda cell, _: cell.system("channel_name"))
def _rename_channel(cell: Cell) -> None:
    opened(cell)
    cell.says(f.Renamed(title="Returns mart is stale"))
    cell.args = {"standing": True}


def _joined(cell: Cell, mine: Carriers) -> int:
    joins = [m for m in cell.slack.messages(cell.room, system=True) if m.subtype == "channel_join"]
    return len([m for m in joins if m.user == cell.reader])


@rig("invite", "conversations.invite", count=_joined)
def _invite(cell: Cell) -> None:
    opened(cell)
    cell.args = {"args": {"people": [cell.reader]}}


# what stands beside the card


@rig("pin", "pins.add", count=lambda cell, _: len(cell.room.pins))
def _pin(cell: Cell) -> None:
    opened(cell)
    cell.stands("card")


@rig("bookmark", "chat.getPermalink", "bookmarks.add", count=lambda cell, _: len(cell.room.bookmarks))
def _bookmark(cell: Cell) -> None:
    opened(cell)
    cell.stands("card")


@rig("topic", "conversations.setTopic", count=lambda cell, _: cell.system("channel_topic"))
def _topic(cell: Cell) -> None:
    opened(cell, title="Orders & <returns>")
    cell.args = {"standing": True}


# what stands


@rig("card", POST)
def _card(cell: Cell) -> None:
    opened(cell)
    standing(cell, "card")


@rig("card", EDIT, variant="edited")
def _card_edited(cell: Cell) -> None:
    _card(cell)
    cell.stands("card")


@rig("notice", POST)
def _notice(cell: Cell) -> None:
    opened(cell)
    standing(cell, "notice", channel=cell.outside.id)


@rig("notice", EDIT, variant="edited")
def _notice_edited(cell: Cell) -> None:
    _notice(cell)
    cell.stands("notice", cell.outside)


@rig("stakeholders", POST)
def _stakeholders(cell: Cell) -> None:
    opened(cell)
    cell.says(impact())
    standing(cell, "stakeholders", channel=cell.outside.id)


@rig("stakeholders", EDIT, variant="edited")
def _stakeholders_edited(cell: Cell) -> None:
    _stakeholders(cell)
    cell.stands("stakeholders", cell.outside)


@rig("next", POST)
def _next(cell: Cell) -> None:
    opened(cell)
    standing(cell, "next")


@rig("matter", POST)
def _matter(cell: Cell) -> None:
    opened(cell)
    about = cell.says(f.ChangeProposed(what="replay the last hour"))
    standing(cell, f"matter-{about}", about=about)


def _asked(cell: Cell, people: Sequence[str], how: Any = "due") -> int:
    covers = (f.Covered(key="acknowledge", occurrence=1),)
    asked = f.Asked(covers=covers, step="due", how=how, people=tuple(people), due=DECLARED, clause="§ ack")
    return cell.says(asked, by=None)


@rig("ask", POST)
def _ask(cell: Cell) -> None:
    opened(cell)
    seq = _asked(cell, [cell.reader])
    standing(cell, f"ask-{seq}", ask=seq)


@rig("ask", EDIT, variant="edited")
def _ask_edited(cell: Cell) -> None:
    _ask(cell)
    cell.stands(cell.args["fills"])


# what is said once


@rig("say", POST)
def _say(cell: Cell) -> None:
    opened(cell)
    cell.args = {"fills": f"say-{cell.says(update('Restarted.'))}"}


@rig("news", POST)
def _news(cell: Cell) -> None:
    opened(cell)
    cell.stands("notice", cell.outside)
    cell.args = {"fills": f"news-{cell.says(update('Restarted.'))}"}


@rig("turning", POST)
def _turning(cell: Cell) -> None:
    opened(cell)
    cell.args = {"fills": f"turning-{cell.says(resolved())}", "args": {"channel": cell.outside.id}}


@rig("summon", POST)
def _summon(cell: Cell) -> None:
    opened(cell)
    word = f.Word(who="data-engineering", how="channel", channels=(cell.outside.id,), clause="etl § 4.3.P1")
    slot = f"summon-{cell.says(f.TeamsTold(severity='P1', words=(word,)))}:{cell.outside.id}"
    cell.args = {"fills": slot, "args": {"channel": cell.outside.id, "everyone": True, "clause": word.clause}}


@rig("climb", POST)
def _climb(cell: Cell) -> None:
    opened(cell)
    parent = _asked(cell, [CAR])
    cell.stands(f"ask-{parent}")
    cell.args = {"args": {"ask": _asked(cell, [cell.reader], "climb"), "parent": parent}}


@rig("answer", POST)
def _answer(cell: Cell) -> None:
    opened(cell)
    head = cell.stands("notice", cell.outside)
    at = {"channel": cell.outside.id, "ts": head.ts, "thread": head.ts}
    question = cell.says(f.QuestionHeard.model_validate({**at, "author": cell.reader, "text": "Since when?"}))
    cell.says(f.QuestionAnswered(question=question, text="Since six."))
    cell.args = {"fills": f"answer-{question}", "args": {"question": question}}


def _closed(cell: Cell) -> str:
    opened(cell)
    cell.says(resolved(), f.Closed(severity="P1", met=(), unmet=(), reason="done"))
    slot = f"summary-{cell.seq}"
    cell.stands(slot)
    return slot


@rig("scorecard", POST)
def _scorecard(cell: Cell) -> None:
    slot = _closed(cell)
    cell.args = {"fills": f"scorecard-{cell.seq}", "args": {"thread": slot}}


def _files(cell: Cell, mine: Carriers) -> int:
    return len([file for file in cell.slack.files if file.name == f"inc-{cell.number}-timeline.md"])


@rig("attach_timeline", "files.getUploadURLExternal", "upload", "files.completeUploadExternal", count=_files)
def _attach_timeline(cell: Cell) -> None:
    cell.args = {"args": {"thread": _closed(cell)}}


# to one person


@rig("tell", POST)
def _tell(cell: Cell) -> None:
    opened(cell)
    seq = cell.says(f.PeopleAdded(people=(cell.reader,), why="knows the loader"))
    cell.args = {"fills": f"tell-{seq}:{cell.reader}", "args": {"person": cell.reader, "what": "added"}}


@rig("tell", POST, "dnd.info", variant="ringing")
def _tell_ringing(cell: Cell) -> None:
    opened(cell)
    seq = cell.says(f.Paged(person=cell.reader, why="knows the loader"))
    cell.args = {"fills": f"tell-{seq}:{cell.reader}", "args": {"person": cell.reader, "what": "paged"}}


@rig("tell", EDIT, variant="edited")
def _tell_edited(cell: Cell) -> None:
    opened(cell)
    seq = _asked(cell, [cell.reader])
    standing(cell, f"direct-{seq}:{cell.reader}", person=cell.reader, what="asked", ask=seq)
    cell.stands(cell.args["fills"], cell.direct)


@rig("management", POST)
def _management(cell: Cell) -> None:
    opened(cell)
    cell.stands("card")
    cell.stands("next")  # that management knows is a thing to tick there
    cell.says(f.ManagementCalled(people=(cell.reader,), channels=(), clause="§ management"), by=None)
    standing(cell, f"management:{cell.reader}", to=cell.reader)


@rig("management", EDIT, variant="edited")
def _management_edited(cell: Cell) -> None:
    _management(cell)
    cell.stands(cell.args["fills"], cell.direct)


@rig("tell_declarer", POST, variant="directly")
def _tell_declarer(cell: Cell) -> None:
    opened(cell)
    cell.args = {"args": {"person": cell.reader}}


def _heard(cell: Cell, mine: Carriers) -> int:
    """Where they waited, or directly."""
    there = cell.slack.people[cell.reader].ephemerals(cell.outside)
    return len(cell.carrying(mine)) + len(there)


@rig("tell_declarer", "response_url", variant="where they wait", count=_heard)
def _tell_declarer_there(cell: Cell) -> None:
    opened(cell)
    channels.join(cell.slack.ws, cell.outside, cell.reader)
    path = cell.slack.ws.triggers.url_path("commands", cell.reader, cell.outside.id)
    cell.known = (*cell.known, path)
    url = f"{cell.slack.url}/{path}"
    cell.args = {"args": {"person": cell.reader, "url": url, "at": time.time()}}


# changed where it stands


@rig("withdraw", EDIT)
def _withdraw(cell: Cell) -> None:
    opened(cell)
    seq = cell.says(update("Restarted."))
    cell.stands(f"say-{seq}")
    cell.says(f.Undone(seqs=(seq,)))
    cell.args = {"args": {"slot": f"say-{seq}", "of": seq}}


@rig("correct", EDIT)
def _correct(cell: Cell) -> None:
    opened(cell)
    seq = cell.says(update("Restartet."))
    cell.stands(f"say-{seq}")
    cell.says(f.UpdateEdited(update=seq, text="Restarted."))
    cell.args = {"standing": True, "args": {"slot": f"say-{seq}", "of": seq, "update": seq}}


@rig("shrink", EDIT)
def _shrink(cell: Cell) -> None:
    opened(cell)
    seq = cell.says(f.RoleAssigned(role="technical-coordinator", person=cell.reader, chosen=True))
    cell.stands(f"tell-{seq}:{cell.reader}", cell.direct)
    cell.says(f.Linked(other=1, how="duplicate of"), f.Cancelled(outcome="duplicate", why="the same"))
    cell.args = {"standing": True}


# marks


def _reacted(cell: Cell, mine: Carriers) -> int:
    return sum("memo" in m.reactions for m in cell.slack.messages(cell.room))


def _marked(cell: Cell) -> Posted:
    opened(cell)
    theirs = messages.post(cell.slack.ws, cell.room, cell.reader, "the loader restarted itself")
    cell.args = {"args": {"channel": cell.room.id, "ts": theirs.ts}}
    return theirs


@rig("confirm_mark", "reactions.add", count=_reacted)
def _confirm_mark(cell: Cell) -> None:
    _marked(cell)


@rig("unconfirm_mark", "reactions.remove", count=lambda cell, mine: 1 - _reacted(cell, mine))
def _unconfirm_mark(cell: Cell) -> None:
    messages.react(cell.slack.ws, _marked(cell), cell.slack.bot_user_id, "memo")


# what belongs to no incident


def _hour(cell: Cell, to: str, **args: Any) -> None:
    """A cell without an incident of its own: the message names none."""
    begun(cell)
    turn = {"goes": cell.reader, "comes": ANA, "at": DECLARED.isoformat(), "taken": "", "zone": "UTC"}
    told = {"to": to, "what": "going", **turn, **args}
    cell.args = {"fills": f"handover:{cell.number}:{to}", "standing": True, "args": told}


@rig("calendar", POST)
def _calendar(cell: Cell) -> None:
    _hour(cell, cell.outside.id)


@rig("calendar", EDIT, variant="edited")
def _calendar_edited(cell: Cell) -> None:
    _hour(cell, cell.reader)
    cell.stands(cell.args["fills"], cell.direct)
    cell.slots = [slot.model_copy(update={"incident": None}) for slot in cell.slots]


@rig(
    "group",
    "usergroups.users.list",
    "usergroups.users.update",
    count=lambda cell, _: int(cell.slack.ws.subteams[cell.args["args"]["group"]].users == [cell.reader]),
)
def _group(cell: Cell) -> None:
    begun(cell)
    group = cell.slack.subteam(f"oncall-{cell.number}", [], id=f"S{cell.number:05d}G")
    cell.known = (*cell.known, group.id)
    cell.args = {"standing": True, "args": {"group": group.id, "people": [cell.reader]}}


def _shift(cell: Cell, **args: Any) -> None:
    """A swap that Ana asks of the cell's reader, for hours that are far ahead whatever the clock."""
    begun(cell)
    day, other = DECLARED + timedelta(days=9_000), cell.reader
    hours = (
        Given(start=day, end=day + timedelta(days=1), giver=ANA, taker=other),
        Given(start=day + timedelta(days=7), end=day + timedelta(days=8), giver=other, taker=ANA),
    )
    cell.shift = Change(id=cell.number, kind="swap", rotation="primary", by=ANA, other=other, hours=hours, at=DECLARED)
    told = {"person": cell.reader, "change": cell.number, **args}
    cell.args = {"args": told}


@rig("swap", POST)
def _swap(cell: Cell) -> None:
    _shift(cell)
    cell.args = {**cell.args, "fills": f"swap-{cell.number}", "standing": True}


@rig("swap", EDIT, variant="edited")
def _swap_edited(cell: Cell) -> None:
    _swap(cell)
    cell.stands(cell.args["fills"], cell.direct)
    cell.slots = [slot.model_copy(update={"incident": None}) for slot in cell.slots]


@rig("shift_told", POST)
def _shift_told(cell: Cell) -> None:
    _shift(cell, what="accepted")


def _shift_files(cell: Cell, mine: Carriers) -> int:
    return len([file for file in cell.slack.files if file.name == f"oncall-{cell.number}.ics"])


@rig(
    "shift_file",
    *("conversations.open", "files.getUploadURLExternal", "upload", "files.completeUploadExternal"),
    count=_shift_files,
)
def _shift_file(cell: Cell) -> None:
    begun(cell)
    cell.known = (*cell.known, f"oncall-{cell.number}.ics")
    cell.args = {"args": {"person": cell.reader, "number": cell.number}}


def numbered(rig: Rig, number: int, slack: Sandbox) -> Cell:
    """A cell that is ready to be recorded."""
    cell = Cell(number, rig, slack)
    rig.prepare(cell)
    return cell
