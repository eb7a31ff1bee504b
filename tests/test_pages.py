"""The pages for people say what is so: what they quote is told, what they name is there, what they show is right."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from bot.domain.protocol.lists import Trigger
from bot.domain.protocol.parts import Item, Occasion, Way
from bot.inbound.verbs import VERBS
from bot.store.files import protocol_shape as shape
from bot.store.files.protocols import load
from tests import pages

ROOMS = [pages.ROOT / "bot" / "views", pages.ROOT / "templates" / "messages"]
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
BUTTON = re.compile(r"\[([A-Z][^\]\n]*)\](?!\()")


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_the_page_is_up_to_date(page: Path) -> None:
    now = page.read_text("utf-8")
    assert pages.written(now) == now, "write it anew with: make docs"


def test_every_topic_is_told() -> None:
    assert sorted(verb.name for topic in pages.TOPICS.values() for verb in topic.VERBS) == sorted(
        verb.name for verb in VERBS
    )


def test_what_is_named_as_a_button_is_one() -> None:
    drawn = "".join(file.read_text("utf-8") for room in ROOMS for file in room.iterdir() if file.is_file())
    named = {label for page in pages.PAGES for label in BUTTON.findall(CODE.sub("", page.read_text("utf-8")))}
    assert [label for label in named if re.sub(r" (P\d|INC-\d+)$", "", label) not in drawn] == []


EXAMPLES = re.findall(r"```yaml\n(.*?)```", (pages.ROOT / "docs/protocol-files.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=["extending", "whole"])
def test_a_protocol_file_that_is_shown_is_right(text: str, tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text(text, encoding="utf-8")
    assert load("ours.yml", base=tmp_path).name == "ours"


def test_everything_a_protocol_file_can_say_is_shown() -> None:
    shown = [yaml.safe_load(text) for text in EXAMPLES]
    assert {key for file in shown for key in file} == set(shape.FILE_KEYS)
    whole = next(file for file in shown if "roles" in file)
    items = {key for steps in _steps(whole) for key in steps}
    assert items == {*Item.model_fields, "clause"} - {"id", "clauses"}
    for section, keys in {**shape.PARTS, "severities": shape.SEVERITY_KEYS}.items():
        parts = [part for file in shown for part in file.get(section, {}).values() if isinstance(part, dict)]
        assert section == "questions" or {key for part in parts for key in part} == set(keys), section
    for section, keys in shape.SINGLE.items():
        assert set(whole[section]) == set(keys), section
    sections = [part for runbook in whole["runbooks"].values() for part in runbook["sections"].values()]
    assert {key for part in sections for key in part} == set(shape.INNER["runbooks"]["sections"])
    text = next(text for text in EXAMPLES if "\nroles:" in text)
    assert {*get_args(Occasion), *get_args(Way), *get_args(Trigger)} <= set(re.split(r"[\s#,;:\[\]]+", text))


def _steps(tree: Any) -> Iterator[dict[str, Any]]:
    """Every item that is written at length, anywhere in a file."""
    for key, part in tree.items() if isinstance(tree, dict) else ():
        if key in ("steps", "items", "questions") and isinstance(part, dict):
            yield from (item for item in part.values() if isinstance(item, dict))
        else:
            yield from _steps(part)


def test_an_excerpt_that_is_told_otherwise_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "night.txt").write_text(
        "02:43  #inc · Sitrep\n         P1 · Stale\n         Lead Bea\n         [Ack]\n         · small\n\n"
        "02:44  → Ana only\n         Saved.\n"
    )
    page = "<!-- night -->\n```\n02:43  #inc · Sitrep\n         P1 · Late\n         …\n         · little\n```\n"
    assert pages.written(page, tmp_path) == page.replace("Late", "Stale").replace("little", "small")
    with pytest.raises(LookupError, match="night tells nothing like this"):
        pages.written("<!-- night -->\n```\n11:11  Zoe types\n         /metrics\n```\n", tmp_path)
