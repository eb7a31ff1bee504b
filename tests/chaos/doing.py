"""How each kind of step is done. What Slack's client would not let a person do simply does not happen."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import Channel, Message, Person, channels
from bot.sandbox.blockkit import elements_of
from bot.sandbox.errors import ClientRefused, FormRefused
from tests.chaos.filling import filled
from tests.chaos.invariants import problems
from tests.chaos.script import Step
from tests.chaos.town import PATIENCE, Town
from tests.chaos.trouble import clock, cut, fault, freeze, kill, lock, slack, sockets, start, stop, storm, waits
from tests.scenarios.world import COMMAND

Args = dict[str, Any]

VIEW_SECONDS = 1.5
"""How long somebody waits for a form before they do something else."""


async def play(town: Town, steps: tuple[Step, ...]) -> None:
    """All steps, one after the other but for those that do not wait; then everything is well again and at rest."""
    for step in steps:
        task = asyncio.create_task(done(town, step), name=str(step))
        town.tasks.add(task)
        task.add_done_callback(town.tasks.discard)
        if not step.at_once:
            await asyncio.wait([task], timeout=PATIENCE)
            town.watch.remember()
    await town.heal()


async def done(town: Town, step: Step) -> None:
    began, asked = time.monotonic(), len(town.watch.asked)
    try:
        await DOES[step.do](town, step.args)
    except (ClientRefused, FormRefused) as error:
        town.tell(f"{step}: {error}")  # this person could not even try
        return
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - a mistake of the driver's, which must not pass for peace
        town.problems.append(f"driver: {step}: {type(error).__name__}: {error}")
    heard = [one.text or str(one.reply and (one.reply.error or "ok")) for one in town.watch.asked[asked:]]
    town.tell(f"{time.monotonic() - began:5.1f} s {step}: {heard}")


def person(town: Town, args: Args, name: str = "who") -> Person:
    """Who does it. What happens in a private incident's channel is done by those who are in it."""
    named = town.people[args[name]]
    if name != "who" or args.get("where") != "private":
        return named
    room = town.private
    inside = [one for one in town.people.values() if room is not None and one.id in room.members]
    return named if named in inside or not inside else inside[sum(map(ord, args["who"])) % len(inside)]


def place(town: Town, args: Args) -> Channel:
    """Where it happens. Members of the workspace just walk into what is open to all."""
    who = person(town, args) if "who" in args else town.people["ana"]
    found = town.channel(args["where"], who)
    if found is None:
        raise ClientRefused("there is no such channel (yet), or not for them")
    if found.kind == "public" and who.id not in found.members and not found.archived:
        channels.join(town.slack.ws, found, who.id)
    if args.get("token"):
        town.words[args["token"]] = who.id
    return found


def nth(town: Town, args: Args, *, bots: bool | None = None) -> Message:
    """A message in the place, counted from the newest."""
    channel = place(town, args)
    there = [m for m in town.slack.messages(channel) if bots is None or (m.user == town.slack.bot_user_id) == bots]
    if not there:
        raise ClientRefused("nothing was said there")
    chosen: int = args["nth"] % len(there)
    return there[-1 - chosen]


# people


async def types(town: Town, args: Args) -> None:
    await person(town, args).command(COMMAND, _marked(town, args, args["text"]), place(town, args))


def _marked(town: Town, args: Args, text: str) -> str:
    """What is said in a private incident's channel carries a word that must be read nowhere else."""
    channel = place(town, args)
    hidden = channel.kind == "private" and channel.id in town.watch.rooms
    return text.replace(args["token"], f"canary{args['token']}") if hidden else text


async def mentions(town: Town, args: Args) -> None:
    thread = None
    if args["thread"]:
        bots = [m for m in town.slack.messages(place(town, args)) if m.user == town.slack.bot_user_id]
        thread = (bots[-1].thread_ts or bots[-1].ts) if bots else None
    await person(town, args).mention(place(town, args), _marked(town, args, args["text"]), thread)


async def says(town: Town, args: Args) -> None:
    thread = None
    if args["under"] is not None:
        message = nth(town, {**args, "nth": args["under"]}, bots=True)
        thread = message.thread_ts or message.ts
    await person(town, args).say(place(town, args), _marked(town, args, args["text"]), thread)


async def form(town: Town, args: Args) -> None:
    who = person(town, args)
    ack = await who.command(COMMAND, _marked(town, args, args["text"]), channel := place(town, args))
    if ack.ok and ack.message is None:
        hidden = channel.kind == "private" and channel.id in town.watch.rooms
        await _fills(town, who, args["fill"], ("canary" if hidden else "") + args["token"])


async def _fills(town: Town, who: Person, fill: int, token: str) -> None:
    """Fill in the form that opens, by chance; correct it once when it is refused, then give up."""
    try:
        view = await who.opened_view(VIEW_SECONDS)
    except TimeoutError:
        return
    chance = random.Random(fill)
    for _ in range(2):
        if not view.open:
            return
        ack = await who.submit(view, filled(view, chance, token, town))
        if ack.ok and not ack.errors:
            return
    if view.open:
        await who.dismiss(view, all_views=True)


async def declares(town: Town, args: Args) -> None:
    """By command, or privately, for which there is only the form."""
    who = person(town, args)
    town.words[args["token"]] = who.id
    if not args["private"]:
        await who.command(COMMAND, f"declare {args['severity']} {args['title']}", "general")
        return
    await who.command(COMMAND, "declare", "general")
    try:
        view = await who.opened_view(2 * VIEW_SECONDS)
    except TimeoutError:
        return
    values = {"title": args["title"], "severity": args["severity"], "private": ["yes"]}
    ack = await who.submit(view, values)
    if (not ack.ok or ack.errors) and view.open:
        await who.submit(view, values)


async def clicks(town: Town, args: Args) -> None:
    who = person(town, args)
    found = _buttons(town, who, args) or _buttons(town, who, {**args, "what": "*"})
    if not found:
        raise ClientRefused("there is no such button")
    message, action, choice = found[-1 - args["nth"] % len(found)]
    hidden = message.channel in town.watch.rooms and town.slack.ws.channels[message.channel].kind == "private"
    town.words[args["token"]] = who.id
    ack = await who.click(message, action, choice)
    if ack.ok:
        await _fills(town, who, args["fill"], ("canary" if hidden else "") + args["token"])


def _buttons(town: Town, who: Person, args: Args) -> list[tuple[Message, str, Any]]:
    """(message, action, choice) of everything that can be pressed there, oldest first."""
    if args["where"] == "own":
        there = who.ephemerals()
    elif args["where"] == "dm":
        there = who.dms()
    else:
        there = who.sees(place(town, args))
    if args["old"]:
        there = [old for m in there for old in town.watch.old.get((m.channel, m.ts), ())[:-1]]
    found: list[tuple[Message, str, Any]] = []
    for message in there:
        for block in message.blocks:
            for element in elements_of(block):
                name = str(element.get("action_id", ""))
                if args["what"] not in ("*", name.partition(":")[0]):
                    continue
                if element["type"] == "button":
                    found.append((message, name, element.get("value")))
                elif element["type"] == "overflow":
                    found += [(message, name, option["value"]) for option in element["options"]]
    return found


async def reacts(town: Town, args: Args) -> None:
    await person(town, args).react(nth(town, args), args["emoji"])


async def unreacts(town: Town, args: Args) -> None:
    who, message = person(town, args), nth(town, args)
    mine = [emoji for emoji, people in message.reactions.items() if who.id in people]
    await who.unreact(message, mine[0] if mine else args["emoji"])


async def shortcut(town: Town, args: Args) -> None:
    who = person(town, args)
    if args["what"] == "declare":
        ack = await who.global_shortcut("declare")
    else:
        ack = await who.message_shortcut(args["what"], nth(town, args))
    if ack.ok and args["what"] != "mark":
        channel = town.channel(args["where"], who)
        hidden = channel is not None and channel.kind == "private" and channel.id in town.watch.rooms
        town.words[args["token"]] = who.id
        await _fills(town, who, args["fill"], ("canary" if hidden else "") + args["token"])


async def joins(town: Town, args: Args) -> None:
    await person(town, args).join(place(town, args))


async def leaves(town: Town, args: Args) -> None:
    await person(town, args).leave(place(town, args))


async def invites(town: Town, args: Args) -> None:
    await person(town, args).invite(place(town, args), person(town, args, "whom"))


async def removes(town: Town, args: Args) -> None:
    await person(town, args).remove(place(town, args), person(town, args, "whom"))


async def renames(town: Town, args: Args) -> None:
    channel = place(town, args)
    if channel.id in town.watch.rooms:  # the others are named in the configuration
        await person(town, args).rename(channel, f"x-{args['token']}")


async def archives(town: Town, args: Args) -> None:
    channel = place(town, args)
    if channel.id in town.watch.rooms:
        await person(town, args).archive(channel)


async def unarchives(town: Town, args: Args) -> None:
    channel, who = place(town, args), person(town, args)
    await who.unarchive(channel)
    if who.id in channel.members:
        await who.invite_bot(channel)


async def throws_bot_out(town: Town, args: Args) -> None:
    channel = place(town, args)
    bot = town.slack.ws.users[town.slack.bot_user_id]
    await person(town, args).remove(channel, Person(town.slack.ws, town.slack.dispatcher, bot))


async def brings_bot_in(town: Town, args: Args) -> None:
    await person(town, args).invite_bot(place(town, args))


async def edits(town: Town, args: Args) -> None:
    message = nth(town, args, bots=False)
    author = town.slack.people[message.user]
    hidden = town.slack.ws.channels[message.channel].kind == "private"
    await author.edit(message, f"edited {'canary' if hidden else ''}{args['token']}")


async def deletes(town: Town, args: Args) -> None:
    message = nth(town, args, bots=False)
    await town.slack.people[message.user].delete(message)


async def goes_home(town: Town, args: Args) -> None:
    await person(town, args).open_home()


async def account(town: Town, args: Args) -> None:
    person(town, args).change(**args["change"])


async def again(town: Town, args: Args) -> None:
    """Slack delivers something once more."""
    log = town.slack.deliveries
    if log:
        one = log[-1 - args["last"] % len(log)]
        for _ in range(args["times"]):
            await town.slack.redeliver(1, None, "timeout", lambda delivery: delivery is one)


async def settles(town: Town, args: Args) -> None:
    """Until the first channels are there, if they come."""
    with contextlib.suppress(TimeoutError):
        await town.slack.wait_for(lambda: len(town.watch.rooms) >= args["rooms"], args["seconds"])


async def quiet(town: Town, _: Args) -> None:
    await town.heal()
    town.problems += await problems(town)


DOES: dict[str, Callable[[Town, Args], Awaitable[None]]] = {
    does.__name__: does
    for does in (
        *(types, mentions, says, form, declares, clicks, reacts, unreacts, shortcut, joins, leaves, invites, removes),
        *(renames, archives, unarchives, throws_bot_out, brings_bot_in, edits, deletes, goes_home, account, again),
        *(settles, quiet, slack, fault, storm, sockets, kill, stop, start, freeze, clock, lock, cut, waits),
    )
}
