"""What happens at its hour and belongs to no incident, as Slack shows it; and who is in the user groups."""

from __future__ import annotations

from bot.outbound.desk import Desk, Errand, Result


async def told(desk: Desk, job: Errand) -> Result:
    raise NotImplementedError


async def group(desk: Desk, job: Errand) -> Result:
    raise NotImplementedError
