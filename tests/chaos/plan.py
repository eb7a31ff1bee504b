"""From a number to a script: who does what, what breaks, who dies, and how time goes. It knows nothing of what comes
of it: whatever a step is about is looked up when it is played."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from tests.chaos.script import Script, Step
from tests.chaos.words import (
    BUTTONS,
    DAYS,
    EMOJI,
    FAULTS,
    FORMS,
    HOSTILE,
    LENGTHS,
    MEMBERS,
    METHODS,
    OUTSIDERS,
    PHASES,
    REFUSALS,
    SAYINGS,
    SEVERITIES,
    TITLES,
)


class Author:
    """Writes one script. All chance comes from `seed`."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tokens = itertools.count(1)

    # words

    def token(self) -> str:
        """A word that nobody else says in this script."""
        return f"tok{next(self.tokens)}k"

    def person(self) -> str:
        pool = MEMBERS if self.chance.random() < 0.94 else OUTSIDERS
        return self.chance.choice(pool)

    def number(self) -> int:
        return self.chance.choice((1, 1, 1, 1, 2, 2, 3, 4, 7))

    def where(self, *, private: float = 0.15) -> str:
        roll = self.chance.random()
        if roll < private:
            return "private"
        if roll < 0.82:
            return f"inc {self.number()}"
        return self.chance.choice(("general", "general", "incidents", "data-stakeholders", "dm"))

    def words(self, pattern: str, token: str) -> str:
        pick = self.chance.choice
        names = {"ana": "Ana", "bea": "Bea", "car": "Car", "tec": "Tec", "sme": "Sme", "dir": "Dir", "zoe": "Zoe"}
        said = pattern.replace("{t}", token).replace("{h}", pick(HOSTILE)).replace("{title}", f"{pick(TITLES)} {token}")
        while "{p}" in said:
            said = said.replace("{p}", f"@{pick((*names.values(), *names.values(), 'Gus', 'Sol', 'Xen', 'nobody'))}", 1)
        return (
            said.replace("{n}", str(self.number()))
            .replace("{sev}", pick(SEVERITIES))
            .replace("{phase}", pick(PHASES))
            .replace("{len}", pick(LENGTHS))
            .replace("{day}", pick(DAYS))
        )

    # steps

    def types(self) -> Step:
        token = self.token()
        text = self.words(self.chance.choice(SAYINGS), token)
        return Step("types", {"who": self.person(), "where": self.where(), "text": text, "token": token}, self.soon())

    def mentions(self) -> Step:
        token = self.token()
        text = self.words(self.chance.choice(SAYINGS), token)
        thread = self.chance.random() < 0.4
        told = {"who": self.person(), "where": self.where(), "text": text, "token": token, "thread": thread}
        return Step("mentions", told, self.soon())

    def says(self) -> Step:
        token = self.token()
        text = self.words(self.chance.choice(("{t}", "{t} {h}", "on it {t}", "ack", "I think {t}")), token)
        nth = self.chance.randrange(8) if self.chance.random() < 0.5 else None
        return Step("says", {"who": self.person(), "where": self.where(), "text": text, "token": token, "under": nth})

    def form(self) -> Step:
        token = self.token()
        text = self.words(self.chance.choice(FORMS), token)
        told = {"who": self.person(), "where": self.where(), "text": text, "token": token, "fill": self.fill()}
        return Step("form", told)

    def fill(self) -> int:
        """What is chance in a form, of which nothing is known yet."""
        return self.chance.randrange(1_000_000)

    def declares(self, *, private: bool = False) -> Step:
        token = self.token()
        title = f"{'canary' + token if private else self.chance.choice(TITLES)} {token}"
        severity = self.chance.choice(("P1", "P1", "P2", "P3"))
        told = {"who": self.chance.choice(MEMBERS), "title": title, "severity": severity, "private": private}
        return Step("declares", {**told, "token": token})

    def clicks(self) -> Step:
        told = {
            "who": self.person(),
            "where": self.chance.choice((self.where(), self.where(), "dm", "own", "own")),
            "what": self.chance.choice(BUTTONS),
            "nth": self.chance.randrange(12),
            "old": self.chance.random() < 0.2,
            "fill": self.fill(),
            "token": self.token(),
        }
        return Step("clicks", told, self.soon())

    def reacts(self) -> Step:
        told = {"who": self.person(), "where": self.where(), "emoji": self.chance.choice(EMOJI)}
        off = self.chance.random() < 0.3
        return Step("unreacts" if off else "reacts", {**told, "nth": self.chance.randrange(8)}, self.soon())

    def shortcut(self) -> Step:
        told = {"who": self.person(), "what": self.chance.choice(("declare", "mark", "update", "action"))}
        return Step("shortcut", {**told, "where": self.where(), "nth": self.chance.randrange(8), "fill": self.fill(),
                                 "token": self.token()})  # fmt: skip

    def channels(self) -> Step:
        often = ("joins", "joins", "joins", "leaves", "invites", "invites", "removes", "renames")
        seldom = ("archives", "unarchives", "throws_bot_out", "brings_bot_in", "brings_bot_in", "unarchives")
        do = self.chance.choice((*often, *often, *seldom))
        told = {"who": self.chance.choice(MEMBERS), "where": self.where(), "whom": self.person()}
        return Step(do, {**told, "token": self.token()})

    def rewrites(self) -> Step:
        do = self.chance.choice(("edits", "deletes"))
        return Step(do, {"where": self.where(), "nth": self.chance.randrange(6), "token": self.token()})

    def home(self) -> Step:
        return Step("goes_home", {"who": self.person()})

    def account(self) -> Step:
        change = self.chance.choice(({"guest": True}, {"guest": False}, {"deleted": True}, {"deleted": False},
                                     {"tz": "Asia/Tokyo"}, {"real_name": "Max <@U0DIR>"}))  # fmt: skip
        return Step("account", {"who": "max", "change": change})

    def again(self) -> Step:
        return Step(
            "again", {"last": self.chance.randrange(1, 12), "times": self.chance.choice((1, 1, 2))}, self.soon()
        )

    # trouble

    def slack(self) -> Step:
        """How Slack behaves where nobody knows how it does, and how fast it is."""
        yes, pick = self.chance.random, self.chance.choice
        told: dict[str, Any] = {
            "events_in_order": yes() < 0.5,
            "interactions_retried": yes() < 0.3,
            "ack_on_another_socket_counts": yes() < 0.7,
            "history_lag_seconds": pick((0.0, 0.0, 0.0, 1.0, 2.5)),
            "archived_name_stays_taken": yes() < 0.5,
            "command_response_replaces": yes() < 0.3,
            "text_beside_blocks_pings": yes() < 0.8,
        }
        latency, limited = pick((0.0, 0.0, 0.02, 0.1)), yes() < 0.2
        return Step("slack", {"switches": told, "latency": latency, "limited": limited})

    def fault(self) -> Step:
        told: dict[str, Any] = {"method": self.chance.choice(METHODS), "kind": self.chance.choice(FAULTS)}
        told |= {"times": self.chance.choice((1, 1, 1, 2, 3)), "after": self.chance.choice((0, 0, 0, 1, 2))}
        told |= {"seconds": self.chance.choice((0.2, 0.5, 1.0, 2.5)), "retry_after": self.chance.choice((1, 1, 2))}
        return Step("fault", told)

    def refusal(self) -> Step:
        method = self.chance.choice(list(REFUSALS))
        return Step("fault", {"method": method, "kind": f"error:{self.chance.choice(REFUSALS[method])}", "times": 1})

    def storm(self) -> Step:
        kind = self.chance.choice(("429", "500", "503", "lost_reply", "lost_request", "error:token_revoked"))
        return Step("storm", {"kind": kind, "seconds": self.chance.choice((0.5, 1.0, 2.0))}, True)

    def sockets(self) -> Step:
        kind = self.chance.choice(("refresh_requested", "warning", "abort", "abort", "too_many_websockets"))
        return Step("sockets", {"kind": kind})

    def kill(self) -> Step:
        return Step("kill", {"which": self.chance.randrange(3), "start": self.chance.random() < 0.7})

    def stop(self) -> Step:
        return Step("stop", {"which": self.chance.randrange(3)}, self.chance.random() < 0.5)

    def start(self) -> Step:
        return Step("start", {})

    def freeze(self) -> Step:
        return Step("freeze", {"which": self.chance.randrange(3), "seconds": self.chance.choice((0.3, 1.0, 2.5))}, True)

    def clock(self) -> Step:
        return Step("clock", {"minutes": self.chance.choice((1, 3, 5, 10, 15, 30, 60, 240, 1440, 4320))})

    def lock(self) -> Step:
        return Step("lock", {"seconds": self.chance.choice((0.3, 1.0, 2.0, 3.0))}, True)

    def cut(self) -> Step:
        return Step("cut", {"all": self.chance.random() < 0.5})

    def wait(self) -> Step:
        return Step("waits", {"seconds": self.chance.choice((0.05, 0.2, 0.5, 1.5))})

    def quiet(self) -> Step:
        return Step("quiet", {})

    def soon(self) -> bool:
        return self.chance.random() < 0.4


Kind = tuple[Callable[[Author], Step], int]

PEOPLE: tuple[Kind, ...] = (
    (Author.types, 40),
    (Author.mentions, 8),
    (Author.says, 8),
    (Author.form, 14),
    (Author.declares, 3),
    (Author.clicks, 22),
    (Author.reacts, 8),
    (Author.shortcut, 4),
    (Author.channels, 6),
    (Author.rewrites, 3),
    (Author.home, 1),
    (Author.account, 1),
    (Author.again, 6),
    (Author.clock, 8),
    (Author.wait, 3),
)
TROUBLE: tuple[Kind, ...] = (
    (Author.fault, 16),
    (Author.refusal, 3),
    (Author.storm, 2),
    (Author.sockets, 3),
    (Author.lock, 2),
    (Author.cut, 2),
)
DEATH: tuple[Kind, ...] = ((Author.kill, 6), (Author.start, 4), (Author.stop, 1), (Author.freeze, 2))


def written(seed: int, *, steps: int = 80, calm: bool = False, database: str = "", replicas: int = 0) -> Script:
    """The script of a seed. `calm`: nothing breaks and nobody dies, so that people get further; `database` and
    `replicas` overrule what chance would choose."""
    author = Author(seed)
    kind = author.chance.choice(("sqlite", "postgresql"))
    many = author.chance.choice((1, 2, 3))
    where = database or kind
    chosen = PEOPLE if calm else (*PEOPLE, *TROUBLE, *DEATH)
    kinds, weights = [make for make, _ in chosen], [weight for _, weight in chosen]
    said = [] if calm else [author.slack()]
    said += [author.declares(), author.declares(private=author.chance.random() < 0.8)]
    said += [Step("settles", {"rooms": 2, "seconds": 4})]
    said += [Step("invites", {"who": "ana", "where": "private", "whom": whom}) for whom in ("zoe", "tec", "bea")]
    while len(said) < steps:
        if len(said) % 60 == 59:
            said.append(author.quiet())
        said.append(author.chance.choices(kinds, weights)[0](author))
    return Script(where, (replicas or many) if where == "postgresql" else 1, tuple(said), seed)
