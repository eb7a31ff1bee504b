"""How the topic of who does what, and who is brought in reads: on the timeline, in private answers, in the incident's
channel and on the card. Its direct messages are in `people_direct`, its forms in `people_forms`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from bot.domain import fact as f
from bot.domain import request as r
from bot.domain.duty import covers
from bot.domain.fact import Entry
from bot.domain.incident import Ask, Call, Question
from bot.domain.promises.clocks import open_clocks
from bot.domain.protocol import Role
from bot.views import blocks, phrases
from bot.views.ids import Action, value
from bot.views.pen import Pen
from bot.views.scene import Post, Scene
from bot.views.words import Safe, joined, listed, name, say


def told(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    """What the timeline says of it."""

    def called(people: Iterable[str]) -> Safe:
        return listed(pen.said(scene.name(person)) for person in people)

    match entry.fact:
        case f.HandedOff(to=to) as fact:
            return say("people.told_handed", to=called([to]), what=moved(scene, fact))
        case f.CoverSet(person=person, stand_in=stand_in, until=until):
            whom = called([person]) if person != entry.by else Safe("them")
            return say("people.told_cover", stand_in=called([stand_in]), person=whom, until=pen.when(until))
        case f.PeopleAdded(people=people, why=why):
            return say("people.told_added", people=called(people), why=pen.said(why))
        case f.InviteRefused(people=people):
            return say("people.told_uninvited", people=called(people))
        case f.Paged(person=person, why=why):
            return say("people.told_paged", person=called([person]), why=pen.said(why))
        case f.EscalationHeld(until=until, why=why):
            return say("people.told_held", until=pen.when(until), why=pen.said(why))
        case f.RolesAsked(roles=roles):
            return say("people.told_roles_asked", roles=_titles(scene, roles))
        case f.FoundMuted(person=person, until=until):
            return say("people.told_muted", person=called([person]), until=pen.when(until) if until else "")
        case _:
            return _told_of_readers(scene, entry, pen)


def _told_of_readers(scene: Scene, entry: Entry, pen: Pen) -> Safe:
    match entry.fact:
        case f.Joined():
            return say("people.told_joined")
        case f.Followed(follows=follows):
            return say("people.told_followed", follows=follows)
        case f.QuestionHeard(text=text):
            return say("people.told_question", text=pen.said(text))
        case f.QuestionAnswered(question=seq, text=text):
            author = next((scene.name(q.author) for q in scene.incident.questions if q.seq == seq), "a question")
            return say("people.told_answer", author=pen.said(author), text=pen.said(text))
        case _:
            raise TypeError(f"the timeline has no words for a fact of kind {entry.fact.kind}")


def question_of(scene: Scene, seq: int) -> Question:
    """The question of this number. Raises StopIteration for one that nobody asked."""
    return next(question for question in scene.incident.questions if question.seq == seq)


def _titles(scene: Scene, roles: Iterable[str]) -> Safe:
    known = {role.name: role.title for role in scene.protocol.roles}
    return listed(plainly(known.get(role, role)) for role in roles)


def plainly(text: str) -> Safe:
    """Words of the protocol's own as finished mrkdwn."""
    return Safe(blocks.escape(text))


def moved(scene: Scene, fact: f.HandedOff | f.TakenOver) -> Safe:
    """What was handed over, by the names of its roles."""
    responder = scene.protocol.responder_role.name
    more = [responder] if fact.responds and responder not in fact.roles else []
    return _titles(scene, [*fact.roles, *more])


# to whoever did it


def answered(scene: Scene, entry: Entry) -> Safe | None:
    """What whoever did it reads, privately; None where the bot or Slack did it."""
    match entry.fact:
        case f.RoleAssigned(role=role, person=person):
            return _assigned(scene, role, person, own=person == entry.by)
        case f.HandedOff(to=to) as fact:
            return say("people.handed", scene, to=to, what=moved(scene, fact))
        case f.CoverSet(person=person, stand_in=stand_in, until=until):
            length, own = until - entry.recorded_at, person == entry.by
            named = {"person": person, "stand_in": stand_in}
            return say("people.cover_set", scene, **named, until=until, length=length, own=own)
        case f.PeopleAdded(people=people):
            return say("people.added", scene, people=_counted(scene, people), one=len(people) == 1)
        case f.Paged(person=person):
            return say("people.paged", scene, person=person, there=there(scene, person))
        case f.Escalated(people=people, team=str(team)):
            return say("grading.team_asked", scene, team=team, people=rung(scene, people))
        case f.Escalated(level=level, people=people, by_clock=False):
            return say("people.escalated", scene, level=level, people=rung(scene, people))
        case f.EscalationHeld(until=until):
            capped = until - entry.recorded_at >= scene.severity.snooze_up_to
            return say("people.held", scene, until=until, capped=capped)
        case f.Followed(follows=follows):
            return say("people.followed", scene, follows=follows)
        case f.QuestionAnswered():
            return say("people.answer_posted")
        case _:
            return None


def _counted(scene: Scene, people: Sequence[str]) -> Safe:
    """Those whose names are known by name, the rest by their number."""
    known = [name(person, scene) for person in people if person in scene.names]
    rest = len(people) - len(known)
    return listed([*known, *([say("people.others", count=rest, more=bool(known))] if rest else [])])


def _assigned(scene: Scene, role: str, person: str, *, own: bool) -> Safe:
    known = scene.protocol.role(role)
    title = known.title if known else role
    if not own:
        return say("people.they_are", scene, role=title, person=person)
    return say("people.you_are", scene, role=title, duties=_duties(known), grades=_grades_now(scene, person))


def _grades_now(scene: Scene, person: str) -> bool:
    """Whether this role is what lets its holder change the severity, as far as the incident tells."""
    incident = scene.incident
    held = [holder for holder in incident.roles.values() if holder == person]
    before = len(held) > 1 or person in (incident.primary, incident.secondary, incident.responder)
    return incident.running and not before


def _duties(role: Role | None) -> str:
    return "; ".join(duty[:1].lower() + duty[1:] for duty in role.duties) if role else ""


def unchanged(scene: Scene, request: r.OfPeople) -> Safe | None:
    """Why a request of this topic changed nothing."""
    match request:
        case r.AssignRole(person=person):
            return say("people.holds_already", own=person in (None, scene.reader))
        case r.AddPeople():
            return say("people.nobody_new", scene)
        case _:
            return None


def there(scene: Scene, person: str) -> Safe:
    """` (03:14 there)`: what time it is for somebody who is about to be rung; nothing where nobody knows."""
    zone = scene.zones.get(person)
    return Safe(f" ({scene.now.astimezone(ZoneInfo(zone)):%H:%M} there)") if zone else Safe()


def rung(scene: Scene, people: Iterable[str]) -> Safe:
    """Those who are rung, each with their local time: `Tec (03:14 there) and Sme (03:14 there)`."""
    return listed(Safe(name(person, scene) + there(scene, person)) for person in people)


# in the incident's channel


def statement(scene: Scene, entry: Entry) -> Post:
    """What is said about it in the incident's channel; `scene` is folded up to it."""
    match entry.fact:
        case f.HandedOff(to=to) as fact:
            said = say("people.handed_over", scene, by=entry.by, to=to, what=moved(scene, fact))
            return _drawn(scene, said, phrases.next_update(scene))
        case f.Paged(person=person, why=why):
            said = say("people.paged_here", scene, by=entry.by, person=person, why=why)
            return _drawn(scene, said, say("people.page_small"))
        case _:
            raise ValueError(f"nothing is said in the channel about {entry.fact.kind}")


def _drawn(scene: Scene, said: Safe, small: Safe) -> Post:
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.context(small))


def page_of(scene: Scene, ask: Ask) -> Call | None:
    """The page an ask repeats, if it repeats one."""
    number = next((covered.occurrence for covered in ask.covers if covered.key == "page"), None)
    return scene.incident.pages[number - 1] if number else None


def called_again(scene: Scene, page: Call) -> Post:
    """The page once more, in its thread."""
    said = say("people.called_again", scene, by=page.by, person=page.person, why=page.why)
    return _drawn(scene, said, say("people.page_small"))


def question(scene: Scene, seq: int) -> Post:
    """One line about a question from outside, with *Answer* until somebody has."""
    asked = question_of(scene, seq)
    said = say("people.question", scene, question=asked)
    wanted = [] if asked.answered_at else [blocks.button("Answer", Action.ANSWER, value(scene.incident.id, ask=seq))]
    return blocks.post(phrases.aloud(said, scene), blocks.sections(said), blocks.actions(*wanted))


def answer(scene: Scene, entry: Entry) -> Post:
    """The answer under the announcement: what was asked, and who answers."""
    if not isinstance(entry.fact, f.QuestionAnswered):
        raise TypeError(f"{entry.fact.kind} answers no question")
    asked = question_of(scene, entry.fact.question)
    told = say("people.answer", scene, author=asked.author, asked=asked.text, by=entry.by, text=entry.fact.text)
    return blocks.paragraph(told)


# the roles


def empty_line(role: Role) -> Safe:
    """A role that nobody holds, with its duties."""
    return say("people.next_role", role=role.title, duties=_duties(role))


def role_row(scene: Scene, role: Role, number: int) -> list[blocks.Block]:
    """The same with *Take it* and *Assign*."""
    return [blocks.section(empty_line(role)), *_role_buttons(scene, role, number)]


def _role_buttons(scene: Scene, role: Role, number: int) -> list[blocks.Block]:
    """Ids are numbered because Slack wants each only once in a message."""
    held = value(scene.incident.id, text=role.name)
    return blocks.actions(
        blocks.button("Take it", f"{Action.TAKE_ROLE}:{number}", held),
        blocks.button("Assign", f"{Action.ASSIGN}:{number}", held),
    )


def roles(scene: Scene) -> Post:
    """Every role with who holds it; those nobody holds with *Take it* and *Assign*."""
    incident, protocol = scene.incident, scene.protocol
    head = say("people.roles", scene)
    required = protocol.required_roles(protocol.counted_as(incident.severity, incident.environment))
    drawn: list[blocks.Block] = [blocks.section(head)]
    told: list[Safe] = [head]
    for number, role in enumerate(protocol.roles):
        responder = incident.responder if role.responds else None
        person = incident.roles.get(role.name) or responder
        line = say("people.role_line", scene, role=role.title, person=person, required=role in required)
        open_still = person is None and incident.stage not in ("closed", "cancelled")
        told.append(line)
        drawn += [blocks.section(line), *(_role_buttons(scene, role, number) if open_still else [])]
    return blocks.post(joined(told, "\n"), drawn)


# on the card


def on_the_card(scene: Scene) -> Safe:
    """Who covers for whom, what is held back, who cannot be reached, and which page waits for an answer."""
    incident, now = scene.incident, scene.now
    if not incident.running:
        return Safe()
    running = [(c.key, c.occurrence) for c in open_clocks(incident, scene.protocol)]
    hold = incident.hold if any(key == "escalate" for key, _ in running) else None
    waiting = {occurrence for key, occurrence in running if key == "page"}
    muted = [(person, until) for person, until in incident.muted.items() if until is None or until > now]
    return joined(
        [
            *(say("people.covers", scene, cover=cover) for cover in covers.in_force(incident, now)),
            *([say("people.hold", scene, hold=hold)] if hold and hold.until > now else []),
            *(say("people.muted", scene, person=person, until=until) for person, until in muted),
            *(
                say("people.waits_for", scene, page=page)
                for number, page in enumerate(incident.pages, start=1)
                if number in waiting
            ),
        ]
    )
