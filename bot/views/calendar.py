"""What happens at its hour, in words: the stand-up's digest, the handover, the month, the review, and that Slack
refused one of them. `Page` is all that they are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.duty.agenda import SHOWN
from bot.domain.duty.handover import holds, open_asks
from bot.domain.duty.oncall import PRIMARY, Shift
from bot.domain.promises.clocks import TITLES, open_clocks
from bot.domain.promises.scorecard import JUDGED, Tally
from bot.domain.roles import held_by
from bot.views import blocks, overviews, phrases, rota, state
from bot.views.form_fields import Field, line
from bot.views.forms import small, view
from bot.views.ids import Action, Form, value
from bot.views.people import plainly
from bot.views.read_forms import Values, typed
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, joined, lines, listed, mentions, moment, say


@dataclass(frozen=True)
class Page:
    """What was decided at its hour (`args`), the incidents that it names as they are now, and names of people."""

    args: Mapping[str, Any]
    scenes: Mapping[int, Scene] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    wishes: Sequence[tuple[str | None, str]] = ()

    def at(self, key: str) -> Safe:
        """A time among these, in the reader's zone."""
        return moment(datetime.fromisoformat(self.args[key]), self.args["zone"])

    def name(self, person: str | None) -> Safe:
        return escaped(self.names.get(person or "", "someone") if person else "nobody")


def drawn(page: Page) -> Post:
    """The message. Raises KeyError for one that this version does not know."""
    return _PAGES[page.args["what"]](page)


def _post(page: Page, told: Safe, *rows: Sequence[blocks.Block]) -> Post:
    """With its clause in small print, and with how late it is where it is."""
    return blocks.post(told, blocks.sections(told), *rows, _small(page))


def _small(page: Page) -> list[blocks.Block]:
    late = say("calendar.late", due=page.at("late")) if page.args.get("late") else Safe()
    return blocks.context(joined([late, escaped(page.args.get("clause", ""))]))


def _some(head: str, found: Sequence[Safe], more: int) -> list[Safe]:
    """A list with how many there are; `more`: besides those that were looked up."""
    count = len(found) + more
    rest = [say("calendar.more", count=count - SHOWN)] if count > SHOWN else []
    return [say(head, count=count), *found[:SHOWN], *rest] if count else []


# the stand-up


def _standup(page: Page) -> Post:
    """What is new, what is still open, and what those who went off call wish; the late promises with each."""
    scenes = page.scenes
    new = [scenes[number] for number in page.args["new"] if number in scenes]
    older = [scene for number, scene in scenes.items() if number not in page.args["new"]]
    more = page.args.get("more", {"new": 0, "older": 0})
    told = [
        say("calendar.standup", protocol=page.args["protocol"]),
        *_some("calendar.standup_new", [_line(one) for one in new], more["new"]),
        *_some("calendar.standup_open", [_line(one) for one in older], more["older"]),
        *_wishes(page),
    ]
    return _post(page, lines(*told))


def _line(scene: Scene) -> Safe:
    late = [clock for clock in open_clocks(scene.incident, scene.protocol) if clock.standing(scene.now) == "late"]
    owed = listed(dict.fromkeys(escaped(TITLES[clock.key]) for clock in late))
    word = state.word(scene.incident, scene.protocol)
    return say("calendar.line", scene, emoji=state.emoji(scene.incident), word=word, late=owed)


def _wishes(page: Page) -> list[Safe]:
    found = [say("calendar.wish", who=page.name(person), text=text) for person, text in page.wishes]
    return [say("calendar.wishes"), *found] if found else []


def _how(page: Page) -> Post:
    told = lines(*_wishes(page))
    return blocks.paragraph(told)


# being on call


def _handover(page: Page) -> Post:
    """To whoever comes: what is open, what is due, what whoever goes has."""
    args = page.args
    named = "" if args["rotation"] == PRIMARY else args["rotation"]
    told = {
        "rotation": named,
        "at": page.at("at"),
        "goes": listed(page.name(one) for one in _went(page)),
        "someone": bool(_went(page)),
        "second": page.name(args["second"]),
    }
    has = args["taken"]
    if has:
        head = say("calendar.have_it", None, taken=page.at("taken"), **told)
        return _post(page, lines(head, *_open(page)))
    head = say("calendar.begun" if args["begun"] else "calendar.comes", None, backup=bool(args["second"]), **told)
    held = value(None, verb=args["rotation"], text=args["at"])
    press = blocks.actions(blocks.button("I have it", Action.HAVE_IT, held, style="primary"))
    return _post(page, lines(head, *_open(page), say("calendar.what_pressing_does", None, **told)), press)


def _went(page: Page) -> Sequence[str]:
    """Who hands over: more than one where somebody covered for the end of a turn."""
    goes = page.args["goes"]
    found: Sequence[str] = page.args.get("went", [goes] if goes else [])
    return found


def _open(page: Page) -> list[Safe]:
    found = [_open_line(page, scene) for scene in page.scenes.values()]
    return _some("calendar.open", found, page.args.get("more", 0)) or [say("calendar.nothing_open")]


def _open_line(page: Page, scene: Scene) -> Safe:
    due = next(iter(open_clocks(scene.incident, scene.protocol)), None)
    soon = phrases.promise(due, scene, "promise_short") if due else Safe()
    held = [(page.name(goes), _had(goes, scene)) for goes in _went(page)]
    word = state.word(scene.incident, scene.protocol)
    return say("calendar.open_line", scene, word=word, due=soon, held=[one for one in held if one[1]])


def _had(goes: str, scene: Scene) -> Safe:
    """What somebody has in an incident."""
    roles = [role.title for role in held_by(goes, scene.incident, scene.protocol)]
    asks = bool(open_asks(scene.incident, goes, scene.protocol))
    return listed([*(plainly(role) for role in roles), *([say("calendar.an_answer")] if asks else [])])


def _going(page: Page) -> Post:
    """To whoever goes: who comes, and what they will be rid of."""
    args = page.args
    has = [scene for scene in page.scenes.values() if holds(scene.incident, args["goes"], scene.protocol)]
    more = args.get("more", 0)
    others = [say("calendar.others", count=more)] if more else []
    numbers = listed([*(escaped(scene.incident.number) for scene in has), *others])
    told = {"at": page.at("at"), "comes": page.name(args["comes"]), "numbers": numbers}
    if args["taken"]:
        return _post(page, say("calendar.relieved", None, taken=page.at("taken"), **told))
    return _post(page, say("calendar.goes", None, **told))


def _feedback(page: Page) -> Post:
    """To whoever went, with figures; answered, it is one line."""
    args = page.args
    if args.get("answered"):
        return _post(
            page, say("calendar.answered", at=page.at("answered"), text=next((text for _, text in page.wishes), ""))
        )
    promises = args["promises"]
    figures = {key: args[key] for key in ("asks", "nightly", "incidents_count")}
    kept = {key: promises.get(key, 0) for key in JUDGED}
    head = say("calendar.feedback", at=page.at("at"), judged=sum(kept.values()), **figures, **kept)
    held = value(None, verb=args["rotation"], text=args["at"])
    row = blocks.actions(
        blocks.button("Something should change", Action.TELL_HOW, held, style="primary"),
        blocks.button("Nothing to change", Action.ALL_WELL, held),
    )
    return _post(page, head, row)


def how_form(*, metadata: str = "") -> dict[str, Any]:
    """What should change after a turn on call."""
    fields = [
        small(say("calendar.how_hint")),
        line(Field.TEXT, "What should change", needed=True, multiline=True),
    ]
    return view(Form.TELL_HOW, "Your turn on call", "Send", fields, metadata)


def read_how(values: Values) -> str:
    """What they wrote."""
    return typed(values, Field.TEXT)


# the review


def _review(page: Page) -> Post:
    args = page.args
    reviewers = mentions(args["people"]) if len(args["people"]) <= SHOWN else Safe()
    before = args["before"]
    told = [
        say("calendar.review_again" if args["again"] else "calendar.review", protocol=args["protocol"], who=reviewers),
        say("calendar.review_count", count=args["count"], since=page.at("since")),
        say("calendar.review_kept", kept=args["kept"], judged=args["judged"]) if args["judged"] else Safe(),
        *(overviews.by_clause(Tally(**tally)) for tally in args["broken"]),
        *_wishes(page),
        say(
            "calendar.review_before",
            who=page.name(before[0]),
            at=moment(datetime.fromisoformat(before[1]), args["zone"]),
        )
        if before
        else say("calendar.review_never"),
    ]
    if args.get("reviewed"):
        done = say("calendar.reviewed", who=page.name(args["reviewed"]), protocol=args["protocol"])
        return _post(page, lines(done, *told[1:]))
    held = value(None, verb=args["protocol"], text=args["begins"])
    return _post(page, lines(*told), blocks.actions(blocks.button("Reviewed", Action.REVIEWED, held, style="primary")))


# the month, and what Slack refused


def _month(page: Page) -> Post:
    """The schedule, as `oncall month` shows it."""
    found = [Shift.model_validate(one) for one in page.args["shifts"]]
    by_rotation = {
        name: [one for one in found if one.rotation == name] for name in dict.fromkeys(x.rotation for x in found)
    }
    company = rota.Company(
        {one: rota.Known(name, page.args["zone"]) for one, name in page.names.items()}, page.args["zone"]
    )
    told = rota.month(by_rotation, datetime.fromisoformat(page.args["begins"]), company)
    return {"text": told["text"], "blocks": [*told["blocks"], *_small(page)]}


ADVICE = {
    "permission_denied": "group_permission",
    "plan_upgrade_required": "group_plan",
    "paid_teams_only": "group_plan",
    "no_such_subteam": "group_gone",
    "subteam_not_found": "group_gone",
    "missing_scope": "scope",
    "not_in_channel": "join",
    "channel_not_found": "join",
    "is_archived": "join",
}
"""What helps against which of Slack's errors. Source: https://docs.slack.dev/reference/methods/usergroups.users.update
and chat.postMessage."""


def _refused(page: Page) -> Post:
    """To one person, once for each cause: what Slack refused, and what to do."""
    args = page.args
    advice = say(f"calendar.advice_{ADVICE.get(args['error'], 'admin')}")
    place, person = args["place"], args["place"] in page.names
    kind = "group" if args["kind"] == "group" else "person" if person else "message"
    named = page.name(place) if person else _room(place)
    return blocks.paragraph(
        say("calendar.refused", did=say(f"calendar.refused_{kind}", place=named), advice=advice, **args)
    )


def _room(place: str) -> Safe:
    known = place[:1] in ("C", "G") and place.isupper()
    return say("calendar.place_channel", place=place) if known else escaped(place)


_PAGES: Mapping[str, Callable[[Page], Post]] = {
    "standup": _standup,
    "how": _how,
    "handover": _handover,
    "going": _going,
    "feedback": _feedback,
    "month": _month,
    "review": _review,
    "refused": _refused,
}


def answered(
    what: str, *, at: Safe | None = None, goes: Safe | None = None, numbers: Sequence[int] = (), where: str = ""
) -> Post:
    """What whoever pressed reads; `where` the team reads what they wrote."""
    named = listed(escaped(f"INC-{number}") for number in numbers)
    return blocks.paragraph(say(f"calendar.{what}", at=at or "", goes=goes or "", numbers=named, where=where))
