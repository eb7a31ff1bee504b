"""The real bot against a workspace in a box, in one process: what most tests of doors and stories stand on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import settings
from bot.app import Bot
from bot.sandbox import Channel, Manifest, Person, Sandbox

MANIFEST = Path(__file__).parent.parent / "manifest.yml"
INSTALLED = Manifest.load(MANIFEST)

CONFIG = """\
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
directory:
  incident-manager: [U0BEA]
  level-2: [U0TEC, U0SME]
  director: [U0DIR]
oncall:
  primary: {members: [U0ANA], starts: 2020-01-06, handoff: "mon 09:00"}
  secondary: {members: [U0CAR], starts: 2020-01-06, handoff: "mon 09:00"}
"""
"""Ana and Car are on call, Bea manages incidents, Tec and Sme are level 2, Dir is the director. Zoe and Max are not on
any list."""


PATIENCE = 10.0
"""Seconds a payload may take in tests that run beside others on two cores; those about time measure it themselves."""


@dataclass
class Living:
    """A workspace with a running bot. `people` by lower-case first name."""

    slack: Sandbox
    bot: Bot
    people: dict[str, Person] = field(default_factory=dict)
    general: Channel | None = None

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def incident(self, number: int = 1) -> Channel:
        """The channel of an incident, once it is there with its card."""

        def there() -> Channel | None:
            channel = self.slack.channel_named(f"inc-{number}")
            return channel if channel and self.slack.messages(channel) else None

        return await self.slack.wait_for(there, timeout=10, what=f"the channel of INC-{number}")


@contextlib.asynccontextmanager
async def living(
    database_url: str,
    folder: Path,
    *,
    config: str = CONFIG,
    environ: dict[str, str] | None = None,
    http: bool = False,
    before: Callable[[Sandbox], None] | None = None,
    **sandbox: Any,
) -> AsyncIterator[Living]:
    """A bot that a new workspace reaches, by its socket or by `http`; `sandbox` goes to the workspace, `environ` to the
    bot; `before` makes the workspace another one before the bot comes."""
    (folder / "sitrep.yml").write_text(config)
    async with Sandbox(INSTALLED, **sandbox) as slack:
        people = _people(slack)
        general = slack.channel("general", list(people.values()), general=True)
        for name in ("incidents", "data-stakeholders"):
            slack.channel(name, list(people.values()), bot=True)
        if before is not None:
            before(slack)
        slack.timing.ack = max(slack.timing.ack, PATIENCE) if "timing" not in sandbox else slack.timing.ack
        given = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            **(by_http(slack) if http else {}),
            **(environ or {}),
        }
        bot = Bot(settings.load(given, folder))
        try:
            await bot.start()
            if http:
                assert bot.server is not None
                await slack.deliver_to(f"{bot.server.url}/slack/events")
            else:
                await slack.connected()
            yield Living(slack, bot, people, general)
        finally:
            await bot.stop()


def by_http(slack: Sandbox) -> dict[str, str]:
    """The variables of HTTP mode, on a port that is free."""
    return {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": slack.signing_secret, "PORT": "0"}


def _people(slack: Sandbox) -> dict[str, Person]:
    names = ("Ana", "Bea", "Car", "Tec", "Sme", "Dir", "Zoe", "Max")
    zone = "Europe/Amsterdam"
    return {name.lower(): slack.person(name, tz=zone, id=f"U0{name.upper()}") for name in names}


async def until(there: Callable[[], object], seconds: float = 20.0) -> None:
    """Until something is so that is no matter of the workspace's, which would tell."""
    async with asyncio.timeout(seconds):
        while not there():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
