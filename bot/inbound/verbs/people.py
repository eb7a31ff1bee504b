"""Who does what, and who is brought in: the topic's verbs, buttons, forms and pages."""

from __future__ import annotations

from typing import Any

from bot.domain import request as r
from bot.domain.errors import BadInput, NotNow
from bot.domain.promises.ladder import next_level, next_person
from bot.domain.tellings import on_duty
from bot.inbound.grammar import Context, Said, normal, span_in, starts_with
from bot.inbound.intents import Fill, Intent, Meant, Show
from bot.inbound.verbs.verb import OLD, Click, FormDoor, Meaning, Opening, Page, Verb, opens
from bot.views import people as pages
from bot.views import people_forms as forms
from bot.views.ids import Action, Form

MYSELF = ("me", "myself")
EVERYWHERE = ("all", "everything", "everywhere")


def lead(said: Said, context: Context) -> Intent:
    person = _one(said, "Who leads? /incident lead @bea, or /incident lead for yourself.")
    if normal(said.words) not in ("", *MYSELF):
        raise BadInput(_unknown(said, context, "Who leads? /incident lead @bea, or /incident lead for yourself."))
    return r.AssignRole(person)


def role(said: Said, _: Context) -> Intent:
    person = _one(said, "A role is one person's. Name one: /incident role comms @bea.")
    words = normal(said.words)
    words = next((words.removesuffix(me).strip() for me in MYSELF if words.split()[-1:] == [me]), words)
    if not words:
        return Show("roles")
    if "@" in said.words:
        raise BadInput(NOT_CHOSEN)
    return r.AssignRole(person, words)


def take(said: Said, _: Context) -> Intent:
    """Alone it takes the incident; with a role's name, that role."""
    if said.people:
        raise BadInput("Everybody takes for themselves. To give a role: /incident role <role> @bea.")
    return r.AssignRole(None, said.words) if said.words else r.Acknowledge(take=True)


NOT_CHOSEN = "I know people by mention only: type @ and choose them from Slack's list."


def _one(said: Said, otherwise: str) -> str | None:
    """The one person mentioned, if there is one. Raises BadInput for several, and for a group."""
    if len(said.people) > 1 or said.groups:
        raise BadInput(otherwise)
    return said.people[0] if said.people else None


def _unknown(said: Said, context: Context, otherwise: str) -> str:
    """What to say where nobody is mentioned: a name was typed, words that may be one, or nothing."""
    if "@" in said.words:
        return NOT_CHOSEN
    _, left = span_in(said.words, context)
    named = {*normal(left).split()} - {*EVERYWHERE, *MYSELF, "to", "for"}
    return f"{otherwise} {NOT_CHOSEN}" if named else otherwise


def handoff(said: Said, context: Context) -> Meant:
    ask = "Hand over to whom? /incident handoff @bea, or /incident handoff @bea all for every open incident."
    person = _one(said, ask)
    if person is None:
        raise BadInput(_unknown(said, context, ask))
    words = normal(said.words).removeprefix("to").strip()
    everywhere = words in EVERYWHERE
    return Meant(r.HandOff(person, everywhere), said.words if words and not everywhere else "")


def cover(said: Said, context: Context) -> Meant:
    ask = "Who covers, and for how long? /incident cover @bea 2h."
    person = _one(said, ask)
    if person is None:
        raise BadInput(_unknown(said, context, ask))
    length, left = span_in(said.words, context)
    if length is None:
        raise BadInput("For how long? /incident cover @bea 2h, or until 14:00.")
    return Meant(r.Cover(person, length), left)


def add(said: Said, context: Context) -> Intent:
    if not (said.people or said.groups):
        raise BadInput(_unknown(said, context, "Bring in whom? /incident add @bea @data-team <why>."))
    return r.AddPeople(said.people, said.groups, said.words)


def page(said: Said, context: Context) -> Intent:
    person = _one(said, "Page one person at a time: /incident page @tec <why>.")
    if person is None and "@" in said.words:
        raise BadInput(_unknown(said, context, ""))
    return r.Page(person, said.words) if person else Fill(Form.PAGE, text=said.words)


def escalate(said: Said, context: Context) -> Intent:
    """The next level, or the team whose directory name the words begin with: help that is needed may begin like a
    category, so that alone, or after `to`, names its team."""
    called: dict[str, str] = {"": ""}
    for category in context.protocol.categories:
        if category.team:
            words = (f"to {category.name}", f"to {category.title}", f"to {category.team}", category.team)
            called |= dict.fromkeys(words, category.team)
    team, needed = starts_with(said.words, called)
    whole = context.protocol.parse_category(said.words)
    if not team and whole and whole.team:
        team, needed = whole.team, ""
    return r.Escalate(needed, team) if team else r.Escalate(said.words)


def hold(said: Said, context: Context) -> Intent:
    length, why = span_in(said.words, context)
    if length is None:
        raise BadInput("Hold it for how long, and why? /incident hold 15m <why>.")
    return r.HoldEscalation(length, why)


VERBS: tuple[Verb, ...] = (
    Verb("lead", (), "lead [@bea]", "makes somebody the lead, or you", parse=lead, peopled=True),
    Verb("role", (), "role <role> [@bea]", "gives a role, or takes it", parse=role, peopled=True),
    Verb("roles", (), "roles", "shows who holds which role", parse=lambda said, _: Meant(Show("roles"), said.words)),
    Verb("take", (), "take [role]", "says that it is yours, or that a role is", parse=take, peopled=True),
    Verb(
        "handoff",
        ("hand off", "hand over", "handover"),
        "handoff @bea [all]",
        "hands your roles and what is asked of you to somebody else",
        parse=handoff,
        peopled=True,
    ),
    Verb("cover", (), "cover @bea 2h", "lets somebody be asked in your place for a while", parse=cover, peopled=True),
    Verb(
        "add",
        ("invite",),
        "add @bea @team [why]",
        "brings people and groups in, with a brief",
        parse=add,
        peopled=True,
    ),
    Verb(
        "page", ("call in",), "page @tec <why>", "calls somebody, and again until they answer", parse=page, peopled=True
    ),
    Verb("escalate", (), "escalate [what is needed]", "asks the next level of the ladder", parse=escalate),
    Verb("hold", (), "hold 15m <why>", "holds the coming escalation back, on the record", parse=hold),
)


def _take_role(click: Click) -> Intent:
    return r.AssignRole(None, click.text)


BUTTONS: dict[Action, Meaning] = {
    Action.TAKE_ROLE: _take_role,
    Action.ASSIGN: opens(Form.ASSIGN),
    Action.ESCALATE: opens(Form.ESCALATE),
    Action.CALL_TEAM: opens(Form.CALL_TEAM),
    Action.PAGE_NEXT: opens(Form.PAGE),
    Action.FOLLOW: lambda _: r.Follow(),
    Action.ANSWER: opens(Form.ANSWER),
}


def _escalate_form(o: Opening) -> dict[str, Any]:
    found = next_level(o.scene.incident, o.scene.protocol, o.roster)
    if found is None:
        raise NotNow(
            "The ladder is at its end: nobody else stands on it. Call somebody by name: /incident page @person."
        )
    level, people = found
    return forms.escalate(o.scene, people, level, text=o.fill.text, metadata=o.metadata)


def _team_form(o: Opening) -> dict[str, Any]:
    """What was typed is the team that is meant."""
    kinds, affected = o.scene.incident.categories, o.scene.incident.affected
    named = dict.fromkeys(one.team for one in o.scene.protocol.categories if one.team)
    teams = {team: on_duty(team, kinds, affected, o.roster) for team in named}
    if not teams:
        raise NotNow(f"{o.scene.protocol.name} names no team. Call somebody by name: /incident page @person.")
    return forms.call_team(o.scene, teams, o.fill.text, metadata=o.metadata)


def _page_form(o: Opening) -> dict[str, Any]:
    up = next_person(o.scene.incident, o.scene.protocol, o.roster, o.scene.reader)
    before = next((one.why for one in o.scene.incident.pages if one.seq == o.fill.ask), "")
    return forms.page(o.scene, up, why=o.fill.text or before, metadata=o.metadata)


def _answer_form(o: Opening) -> dict[str, Any]:
    asked = next((q for q in o.scene.incident.questions if q.seq == o.fill.ask), None)
    if asked is None:
        raise BadInput(OLD)
    if asked.answered_at:
        raise NotNow("Somebody has answered that question already; the answer stands in the announcement's thread.")
    return forms.answer(o.scene, asked.seq, text=o.fill.text, metadata=o.metadata)


FORMS: dict[Form, FormDoor] = {
    Form.ASSIGN: FormDoor(
        lambda values, _: r.AssignRole(**forms.read_assign(values)),
        lambda o: forms.assign(o.scene, o.fill.text, metadata=o.metadata),
        lambda _: r.AssignRole("?"),
        r.AssignRole("?", "?"),
    ),
    Form.ESCALATE: FormDoor(
        lambda values, _: r.Escalate(**forms.read_escalate(values)), _escalate_form, lambda _: r.Escalate()
    ),
    Form.CALL_TEAM: FormDoor(
        lambda values, _: r.Escalate(**forms.read_call_team(values)), _team_form, like=r.Escalate()
    ),
    Form.PAGE: FormDoor(
        lambda values, ask: r.Page(**forms.read_page(values, ask)), _page_form, lambda _: r.Page("?", "")
    ),
    Form.ANSWER: FormDoor(
        lambda values, ask: r.AnswerQuestion(**forms.read_answer(values, ask)),
        _answer_form,
        like=r.AnswerQuestion(0, "?"),
    ),
}

PAGES: dict[str, Page] = {"roles": lambda reading: pages.roles(reading.scene)}
