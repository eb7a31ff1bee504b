"""What must hold once all is well again, whatever happened before. Each check says what is wrong: `kind: sentence`."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.domain import fact as f
from bot.domain.evolve import evolve, fold
from bot.domain.incident import Incident
from bot.domain.message import CARD, Message
from bot.domain.promises.asking import schedule
from bot.domain.react import react
from bot.domain.scribe import Audiences, Scribe
from bot.domain.undoing import withdrawals
from tests.chaos.secrecy import nothing_private
from tests.chaos.standing import current
from tests.chaos.town import Town
from tests.chaos.watch import Asked
from tests.chaos.words import OUTSIDERS
from tests.chaos.world import Record, World, look

AUDIENCES = Audiences(team="incidents", stakeholders="data-stakeholders")
"""As the configuration of the town says."""

NOT_SAVED = re.compile(r"\bNot saved\b|nothing was changed", re.IGNORECASE)
SAVED = re.compile(
    r"\b[Ss]aved for INC-|^Noted on the timeline|INC-\d+ is (saved|resolved after|closed\.|cancelled:|confirmed as)"
    r"|^You acknowledged|^Taken back|^Reminders are quiet until",
    re.MULTILINE,
)
UNKNOWN = re.compile(r"cannot say yet|cannot say whether")
BROKEN = re.compile(r"Something broke on my side")


async def problems(town: Town) -> list[str]:
    """Everything that is wrong now."""
    records, seen, loose = await town.db.read(look, door=False)
    world = World(town, records, seen, loose)
    town.told = _summary(world)
    return [problem for check in CHECKS for problem in check(world)]


def _summary(world: World) -> str:
    hidden = sum(record.incident.private for record in world.records.values())
    entries = sum(len(record.entries) for record in world.records.values())
    posts, asked = len(world.town.watch.posted), len(world.town.watch.asked)
    return f"{len(world.records)} incidents ({hidden} private), {entries} entries, {asked} asked, {posts} posts"


# the record


def whole(world: World) -> Iterator[str]:
    for number, record in world.records.items():
        yield from (f"chain: INC-{number}: {problem}" for problem in record.problems)
        if [entry.seq for entry in record.entries] != list(range(1, len(record.entries) + 1)):
            yield f"chain: INC-{number}: entries are not numbered one after the other"
        if fold(record.entries) != record.incident:
            yield f"fold: INC-{number}: the row is not what the facts tell"
        implied = {
            (n.clock.key, n.clock.occurrence, n.step.name, n.step.at, n.clock.due or n.step.at)
            for n in schedule(record.incident, record.protocol)
        }
        if implied != record.clocks:
            odd = sorted(map(str, implied ^ record.clocks))
            yield f"clocks: INC-{number}: the table is not what the facts imply: {odd[:4]}"
    if sorted(world.records) != list(range(1, len(world.records) + 1)):
        yield f"numbers: incidents are numbered {sorted(world.records)}"


def asked_once(world: World) -> Iterator[str]:
    for number, record in world.records.items():
        asks = record.incident.asks
        steps = Counter((c.key, c.occurrence, a.step) for a in asks if a.step != "passed on" for c in a.covers)
        yield from (f"asked: INC-{number}: {step} was asked {n} times" for step, n in steps.items() if n > 1)


def all_said(world: World) -> Iterator[str]:
    """Every message that follows from a fact has its place in the outbox, once."""
    for number, record in world.records.items():
        rows = [Message.model_validate_json(row.body) for row in record.outbox]
        said = Counter(_place(message) for message in rows if not message.standing)
        newest: dict[tuple[object, ...], int] = {}
        for message in rows:
            newest[_slot(message)] = max(message.seq, newest.get(_slot(message), 0))
        invited = {person for message in rows if message.kind == "invite" for person in message.args["people"]}
        # The channel of a part refreshes the whole's card for an entry of long ago; what it shows `standing` looks at.
        parted = any(link.how == "split into" for link in record.incident.links)
        for message in _must_be_said(record):
            kind = record.entries[message.seq - 1].fact.kind
            if message.kind == "invite":
                if not set(message.args["people"]) <= invited:
                    yield f"lost: INC-{number}: nobody invites {message.args['people']} (entry {message.seq}, {kind})"
            elif message.standing:
                last = newest.get(_slot(message), 0)
                if last < message.seq and not (last and parted):
                    yield f"lost: INC-{number}: {_slot(message)} stands at {last}, not at {message.seq} ({kind})"
            elif said[_place(message)] != 1:
                yield f"lost: INC-{number}: {_place(message)} stands {said[_place(message)]} times in the outbox"


def _must_be_said(record: Record) -> Iterator[Message]:
    incident: Incident | None = None
    for number, each in enumerate(record.entries):
        if isinstance(each.fact, f.Undone):
            incident = fold(record.entries[: number + 1])
            scribe = Scribe(each, incident, record.protocol, AUDIENCES)
            yield from withdrawals(scribe, record.entries[:number])
        else:
            incident = evolve(incident, each)
            yield from react(each, incident, record.protocol, AUDIENCES)


def _place(message: Message) -> tuple[object, ...]:
    return message.kind, message.lane, message.seq, message.fills, str(sorted(message.args.items(), key=str))


def _slot(message: Message) -> tuple[object, ...]:
    return message.kind, message.lane, message.fills


# the world outside


def told_once(world: World) -> Iterator[str]:
    """Nothing stands there twice, and everything that counts as sent stands there."""
    posted = Counter(one.id for one in world.town.watch.posted if one.id)
    for row_id, times in posted.items():
        row = world.rows.get(row_id)
        if row is None:
            yield f"stray: a message of no row was posted ({row_id})"
        elif times > 1 and row.kind not in RESTORED:
            yield f"twice: {row.kind} of INC-{row.incident} ({row.lane}) was posted {times} times"


RESTORED = frozenset[str]()


def emptied(world: World) -> Iterator[str]:
    for row in world.rows.values():
        if row.state in ("waiting", "sending"):
            yield f"left: {row.kind} of INC-{row.incident} is {row.state} ({row.error})"
        elif str(row.error or "").startswith("bug"):
            yield f"bug: {row.kind} of INC-{row.incident}: {row.error}"
    for number, record in world.records.items():
        states = Counter(row.state for row in record.outbox)
        if states["parked"] and not states["refused"]:
            parked = [f"{row.kind} {row.lane}" for row in record.outbox if row.state == "parked"]
            yield f"parked: INC-{number}: parked, though nothing was refused: {parked}"
        yield from _refusals_told(number, record)


def _refusals_told(number: int, record: Record) -> Iterator[str]:
    """Whatever Slack refused for good is on the record, and so in somebody's direct messages."""
    told = {(e.fact.message, e.fact.error) for e in record.entries if isinstance(e.fact, f.DeliveryRefused)}
    closed = any(isinstance(e.fact, f.ChannelRefused) for e in record.entries)
    for row in record.outbox:
        if row.state != "refused":
            continue
        silent = row.kind == "tell" and "delivery_refused" in row.body
        known = closed if row.kind == "open_channel" else (row.kind, row.error) in told
        if not known and not silent:
            yield f"untold: INC-{number}: {row.kind} was refused ({row.error}), and nobody hears of it"


def _thrown_away(world: World, room: str, number: int) -> bool:
    """Whether somebody archived a channel before the bot, which had died or heard nothing, knew that it had made it:
    then the incident gets another."""
    record = world.records.get(number)
    return world.town.slack.ws.channels[room].archived and record is not None and record.incident.channel != room


def one_of_each(world: World) -> Iterator[str]:
    """One channel, one card, one announcement; the card pinned."""
    rooms = Counter(n for room, n in world.town.watch.rooms.items() if not _thrown_away(world, room, n))
    yield from (f"channels: INC-{n} has {times} channels" for n, times in rooms.items() if times > 1)
    posts = [(world.rows[p.id], p) for p in world.town.watch.posted if p.id in world.rows]
    for kind in ("card", "notice"):
        counted = Counter(row.incident for row, _ in posts if row.kind == kind)
        yield from (f"{kind}s: INC-{n} has {times} of them" for n, times in counted.items() if times > 1)
    for number, record in world.records.items():
        if record.incident.channel is None:
            continue
        states = {row.kind: row.state for row in record.outbox if row.kind in ("card", "pin")}
        place = record.slots.get(CARD)
        if states.get("card") == "sent" and place is None:
            yield f"cards: INC-{number} has none"
        if place is not None and states.get("pin") == "sent":
            message = world.town.slack.ws.find(place.channel, place.ts)
            if message is None or not message.pinned:
                yield f"pin: the card of INC-{number} is not pinned"


def in_order(world: World) -> Iterator[str]:
    """Posts of one lane stand in the order in which they were recorded, but for what was refused and sent again."""
    at = {one.id: one.order for one in reversed(world.town.watch.posted) if one.id}
    for number, record in world.records.items():
        if any(row.state in ("refused", "parked") for row in record.outbox) or record.incident.channel_error:
            continue
        if any(isinstance(e.fact, f.ChannelRetried | f.ChannelRefused | f.DeliveryRefused) for e in record.entries):
            continue
        lanes: dict[str, list[Any]] = defaultdict(list)
        for row in record.outbox:
            if row.id in at:
                lanes[row.lane].append(row)
        for lane, rows in lanes.items():
            orders = [at[row.id] for row in rows]
            if orders != sorted(orders):
                told = [f"{row.kind}@{row.position}→{at[row.id]}" for row in rows]
                yield f"order: INC-{number} {lane}: {told}"


def in_its_place(world: World) -> Iterator[str]:
    """Nothing about one incident stands in the channel of another."""
    for one in world.town.watch.posted:
        row, room = world.rows.get(one.id or ""), world.town.watch.rooms.get(one.channel)
        if row is not None and room and row.incident != room:
            yield f"elsewhere: {row.kind} of INC-{row.incident} was posted in the channel of INC-{room}"


# what people were told


def answers(world: World) -> Iterator[str]:
    """Whoever read that it was saved finds it; whoever read that it was not does not."""
    told = _told(world)
    last = {asked.key: asked for asked in world.town.watch.asked}  # a form may be sent again until it is saved
    for asked in last.values():
        kept = world.seen.get(asked.key)
        recorded = kept is not None and bool(kept[1])
        said = [asked.text, *told[asked.payload.get("response_url", "").rpartition("/api")[2]]]
        words = " | ".join(text for text in said if text)
        where = f"{asked.payload.get('text') or asked.payload.get('type')!r} by {asked.person}"
        if BROKEN.search(words):
            yield f"broken: {where}: {words[:200]}"
        if recorded and NOT_SAVED.search(asked.text) and not UNKNOWN.search(asked.text):
            yield f"lie: {where} was saved as {kept}, but they read: {asked.text[:200]!r}"
        if SAVED.search(asked.text) and not recorded:
            yield f"lie: {where} is not on record, but they read: {asked.text[:200]!r}"
        if _closed(asked) and kept is None:
            yield f"lie: the form {asked.payload['view']['callback_id']} of {asked.person} closed and is not on record"
    for message in _private(world):
        if BROKEN.search(message):
            yield f"broken: somebody read: {message[:200]}"


ASKS_FIRST = ("declare", "split")
"""Forms that may be answered with a question in place of a record: there is one that looks the same."""


def _closed(asked: Asked) -> bool:
    """Whether a form was taken, so that its writer thinks it is saved."""
    view = asked.payload.get("view") or {}
    if (
        asked.payload.get("type") != "view_submission"
        or view["callback_id"] in ASKS_FIRST
        or not view["state"]["values"]
    ):
        return False
    return asked.reply is not None and asked.reply.ok and not asked.reply.payload


def _told(world: World) -> dict[str, list[str]]:
    """What went to each response URL."""
    told: dict[str, list[str]] = defaultdict(list)
    for call in world.town.slack.calls_of("response_url"):
        told[f"{world.town.slack.url}/{call.args.get('url')}"].append(str(call.args.get("text", "")))
    return told


def _private(world: World) -> Iterator[str]:
    for found in world.town.slack.ws.ephemerals.values():
        yield from (message.text for message in found)


def tokens(world: World) -> Iterator[str]:
    """What somebody typed once is recorded once, however often it was delivered. (Forms offer what was said before.)"""
    acts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, record in world.records.items():
        for entry in record.entries:
            if entry.via in ("slash", "message") and entry.fact.kind in ONCE:
                for token in set(re.findall(r"tok\d+k", entry.fact.model_dump_json())):
                    acts[token, entry.fact.kind].append(f"INC-{number} {entry.seq}")
    for (token, kind), where in acts.items():
        if len(where) > 1:
            yield f"doubled: {token} {kind} is recorded {len(where)} times: {where}"


ONCE = frozenset({"declared", "update_posted", "note_added", "impact_stated", "cause_proposed", "change_proposed"})


def outsiders(world: World) -> Iterator[str]:
    """Guests and people of other workspaces changed nothing. What they ask under an announcement is passed on; and
    what cannot wait is taken while Slack does not say who somebody is, which the log then says."""
    ids = {world.town.people[name].id for name in OUTSIDERS}
    unchecked = {person for person in ids for line in world.logs if "let_in_unchecked" in line and person in line}
    for number, record in world.records.items():
        for entry in record.entries:
            excused = entry.by in unchecked and entry.fact.kind in URGENT
            if entry.by in ids and entry.fact.kind not in ("joined", "left", "question_heard") and not excused:
                yield f"outsider: INC-{number}: {entry.by} did {entry.fact.kind} (entry {entry.seq})"


URGENT = frozenset(
    {
        *("declared", "on_call_named", "role_assigned", "acknowledged", "update_posted", "impact_stated", "note_added"),
        *("phase_moved", "message_marked", "mark_retracted", "data_stated", "impact_assessed"),
    }
)
"""What `guard.UNCHECKED` lets through leads to no other kinds of entry."""


EXPECTED = ("slack_refuses_the_token", "cannot_claim", "clock_failed", "cannot_tidy", "delivery_unfinished")
"""What is logged as an error although it was somebody else's: a token that is refused, a database that is cut off."""


def quiet_logs(world: World) -> Iterator[str]:
    for line in world.logs:
        wrong = '"level": "error"' in line and not any(f'"event": "{event}"' in line for event in EXPECTED)
        if wrong or "Traceback" in line or "never retrieved" in line or "never awaited" in line:
            yield f"log: {_short(line)}"


def _short(line: str) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return line[-600:]
    return f"{said.get('event')} {said.get('exception', '')[-700:]}"


CHECKS: Sequence[Callable[[World], Iterator[str]]] = (
    *(whole, asked_once, all_said, told_once, emptied, one_of_each, in_order, in_its_place),
    *(current, answers, tokens, outsiders, nothing_private, quiet_logs),
)
