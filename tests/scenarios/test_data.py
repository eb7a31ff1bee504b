"""The data axis lived through: what is affected, who owns it, what is wrong since when, and how it is made right."""

from __future__ import annotations

from pathlib import Path

from bot.domain.incident import DataState
from tests.living import CONFIG, living
from tests.scenarios.world import incident, kinds, quiet, said, typed

KNOWN = (
    CONFIG
    + """\
assets:
  "orders_*": {owner: [U0SME], consumers: [C0FINANCE], tier: 1}
  revenue dashboard: {owner: [U0BEA]}
"""
)


async def test_the_data_is_wrong_and_made_right_and_everybody_concerned_hears_it_once(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path, config=KNOWN) as town:
        finance = town.slack.channel("finance", [town.zoe, town.max], id="C0FINANCE", bot=True)
        await typed(town.ana, "declare P1 orders are wrong")
        room = await town.incident()
        assert "affects orders_mart, fx_rates" in await typed(town.ana, "affected orders_mart, fx_rates", room)
        assert "someone" not in await typed(town.ana, "affected", room), "owners have names"
        await quiet(town)
        assert [m for m in town.sme.dms() if "which you own" in m.text]
        assert not town.slack.messages(finance), "nobody has said what it means yet"

        await typed(town.ana, "impact Revenue since this morning is wrong.", room)
        await typed(town.ana, "data suspect since 06:10 until 08:20 partitions 2026-11-20; the loader ran twice", room)
        await quiet(town)
        now = await incident(town)
        assert now.data is DataState.SUSPECT
        assert (now.data_since is not None, now.data_until is not None, now.partitions) == (True, True, "2026-11-20")
        assert said(town, room, "the loader ran twice")
        first, unsafe = town.slack.messages(finance)
        assert "Revenue since this morning" in first.text
        assert "Do not use figures" in unsafe.text, "an edit of what they read before would be silent"

        await typed(town.ana, "backfill orders_mart from 06:10 to 08:20 @Tec", room)
        now = await incident(town)
        assert (now.data, now.backfills[0].owner) == (DataState.BACKFILLING, "U0TEC")
        assert "when the figures are right" in await typed(town.ana, "backfill done", room)
        await typed(town.ana, "data repaired trusted from 09:00", room)
        await quiet(town)
        now = await incident(town)
        assert now.data is DataState.REPAIRED
        assert now.trusted_from is not None
        *_, safe = town.slack.messages(finance)
        assert len(town.slack.messages(finance)) == 3, "a backfill that is planned changes nothing for them"
        assert "Do not use figures" not in safe.text
        assert (await kinds(town)).count("owners_called") == 1
        assert not [m for m in town.bea.dms() if "which you own" in m.text]


async def test_resolving_too_early_goes_on_as_monitoring_with_every_word(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as town:
        await typed(town.ana, "declare P2 orders are late")
        room = await town.incident()
        await town.ana.command("/incident", "resolve restarted the loader", room)
        form = await town.ana.opened_view()
        await town.ana.submit(form, {"State of the data": "late", "Root cause": "a full disk"})
        instead = town.ana.view
        assert instead is not None
        assert instead.title == "Monitoring instead"
        assert (await town.ana.submit(instead)).ok
        now = await incident(town)
        assert (now.stage, now.data) == ("monitoring", DataState.LATE)
        assert now.last_update is not None
        assert now.last_update.text == "restarted the loader\nCause: a full disk"
