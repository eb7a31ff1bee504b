"""How the data axis reads, whatever people type into it."""

from __future__ import annotations

from hypothesis import given

from bot.domain import fact as f
from bot.domain.assets import Asset
from bot.domain.fact import Entry
from bot.views import data, data_forms
from bot.views.ids import value
from bot.views.notice import news, stakeholders, turning
from bot.views.scene import Post, Scene
from tests.builders import ANA, CHANNEL, TEC, as_of, event, impact, minute, story
from tests.views.reading import read, view_problems
from tests.views.slack_rules import accepted, called, harmless, shown, user_text

SUSPECT = f.DataStated(state="suspect", since=minute(-93), until=minute(2), partitions="2026-11-20", why="ran twice")
PLANNED = f.BackfillPlanned(what="orders", since=minute(-93), until=minute(2), owner=TEC)


def last(scene: Scene) -> Entry:
    return scene.entries[-1]


def said(*facts: f.Fact) -> Post:
    scene = story(*(event(5 + n, fact) for n, fact in enumerate(facts)))
    return data.statement(as_of(scene, last(scene)), last(scene))


def test_the_channel_reads_what_is_wrong_from_when_to_when_and_who_says_so() -> None:
    assert shown(said(SUSPECT)).split("\n") == [
        "🔴 *Data suspect*: from 06:10 CET to 07:45 CET, 2026-11-20",
        "Ana: ran twice",
    ]
    assert "🟢 *Data repaired, right again*: trusted from 07:44 CET" in shown(
        said(SUSPECT, f.DataStated(state="repaired", trusted_from=minute(1)))
    )


def test_a_backfill_is_told_when_it_is_planned_and_when_it_is_done() -> None:
    assert shown(said(PLANNED)) == "🔁 *Backfill planned:* orders, from 06:10 CET to 07:45 CET · Tec"
    scene = story(event(5, PLANNED))
    ended = f.BackfillEnded(backfill=last(scene).seq)
    assert shown(said(PLANNED, ended)) == "✓ *Backfill done:* orders"


def test_stakeholders_read_the_window_and_from_when_figures_can_be_trusted() -> None:
    wrong = story(event(5, impact()), event(6, SUSPECT))
    assert "Do not use figures from 06:10 CET to 07:45 CET." in shown(stakeholders(wrong))
    right = story(event(5, impact()), event(6, f.DataStated(state="repaired", trusted_from=minute(8))), now=30)
    assert "trust what you read from 07:51 CET on" in shown(stakeholders(right))
    assert "It was: Revenue figures since 06:10 are not reliable." in shown(stakeholders(right))


def test_an_owner_reads_which_of_theirs_is_affected_and_where_to_go() -> None:
    scene = story(event(5, f.OwnersCalled(assets=("orders_*",), people=(TEC,)), None), reader=TEC)
    told = shown(accepted(data.owner(scene, last(scene))))
    assert "affects orders_*, which you own" in told
    assert f"<#{CHANNEL}>" in told


def test_an_owner_reads_nothing_of_what_others_own() -> None:
    owned: dict[str, tuple[str, ...]] = {TEC: ("orders_*",), ANA: ("fx_*",)}
    fact = f.OwnersCalled(assets=("orders_*", "fx_*"), people=(TEC, ANA), owned=owned)
    scene = story(event(5, fact, None), reader=TEC)
    assert "affects orders_*, which you own" in shown(data.owner(scene, last(scene)))


def test_what_is_affected_is_listed_with_its_owners_and_the_ledger_with_what_is_open() -> None:
    known = (Asset(pattern="orders_*", owners=(TEC,), tier=1),)
    listed = read(data.affected(story(), known)).split("\n")
    assert listed[1:] == ["• orders_mart · owner Tec · tier 1", "• revenue dashboard"]
    ledger = data.ledger(story(event(5, PLANNED)))
    assert "orders, from 06:10 CET to 07:45 CET · Tec, open" in read(ledger)
    assert read(data.ledger(story())).startswith("No backfill is planned")


def test_each_open_backfill_has_its_button_which_knows_it_by_its_entry() -> None:
    scene = story(event(5, PLANNED), event(6, PLANNED))
    drawn = str(accepted(data.ledger(scene))["blocks"])
    for line, one in enumerate(scene.incident.backfills, start=1):
        assert f"backfill_done:{line}" in drawn
        assert value(scene.incident.id, ask=one.seq) in drawn


@given(user_text)
def test_whatever_people_type_slack_takes_it_and_nobody_is_called(text: str) -> None:
    facts = [
        f.DataStated(state="suspect", partitions=text, why=text),
        f.BackfillPlanned(what=text, owner=ANA),
        f.BackfillEnded(backfill=5, why=text),
        f.AffectedChanged(added=text),
    ]
    scene = story(*(event(5 + n, fact) for n, fact in enumerate(facts)), title=text)
    for entry in scene.entries[4:7]:
        harmless(data.statement(as_of(scene, entry), entry), people=set(), places={CHANNEL})
    entry = next(e for e in scene.entries if isinstance(e.fact, f.DataStated))
    for drawn in (news(as_of(scene, entry), entry), turning(as_of(scene, entry), entry)):
        assert not called(accepted(drawn))
    read(data.affected(scene, (Asset(pattern="*", owners=(ANA,)),)))
    read(data.ledger(scene))
    assert not view_problems(data_forms.data(scene, text=text))
    assert not view_problems(data_forms.backfill(story(), text=text))
    assert not view_problems(data_forms.monitor(scene, text, "late"))
