"""The schema that editors get: it takes every good file and refuses what `check` refuses for its shape."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from bot.cli_protocol import app
from bot.store.files.protocol_schema import schema
from bot.store.files.protocols import ProtocolError, builtin_names, load
from bot.store.files.yaml_marks import read
from bot.store.resources import resource

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "protocol.schema.json"
VALIDATOR = jsonschema.Draft7Validator(schema())
FILES = [resource("templates", "protocols", f"{name}.yml") for name in builtin_names()]
EXAMPLES = re.findall(r"```ya?ml\n(name: .*?)```", (ROOT / "docs" / "protocol-files.md").read_text("utf-8"), re.DOTALL)


def wrong(values: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message[:200]}" for error in VALIDATOR.iter_errors(values)]


def as_written(text: str, folder: Path) -> Any:
    """Every value as text, as Sitrep reads it."""
    (folder / "ours.yml").write_text(text, encoding="utf-8")
    return read(folder / "ours.yml").plain()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_protocol_that_ships_fits_however_it_is_read(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    assert wrong(as_written(text, tmp_path)) == []
    assert wrong(yaml.safe_load(text)) == []


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_page_fits(text: str, tmp_path: Path) -> None:
    assert wrong(as_written(text, tmp_path)) == []
    assert wrong(yaml.safe_load(text)) == []


HEAD = "name: ours\nextends: self-healing-pipeline\n"
BROKEN = {
    "an unknown key": "severties: {}",
    "an unknown key of a severity": "severities: {P1: {update_evry: 20m}}",
    "an unknown key of a phase": "phases: {fixing: {wihtin: 1h}}",
    "an unknown key of a step": "phases: {fixing: {steps: {one: {txt: Restart it}}}}",
    "an unknown key of a runbook's section": "runbooks: {lag: {sections: {one: {stps: {}}}}}",
    "an unknown key of a single section": "approvals: {who: [lead]}",
    "a rank of one's own": "severities: {P1: {rank: 2}}",
    "a length that is none": "severities: {P1: {update_every: soon}}",
    "a length below nothing": "severities: {P1: {update_every: -5m}}",
    "a length without a unit": "severities: {P1: {update_every: '20'}}",
    "a list for a length": "severities: {P1: {update_every: [20m]}}",
    "a length of a phase": "phases: {fixing: {within: {P1: soon}}}",
    "a choice that is none": "severities: {P1: {hours: alwys}}",
    "a truth that is none": "severities: {P1: {stakeholders: perhaps}}",
    "a number that is none": "environments: {staging: {lowers_by: two}}",
    "a list for a group": "severities: [P1]",
    "text for a group": "phases: fixing",
    "text for a list": "roles: {incident-manager: {duties: everything}}",
    "text that is too long": f"validation: {{users: {{text: {'Three people ' * 9}}}}}",
    "an occasion there is not": "messages: {updates: {to: [team]}}",
    "an hour that is none": "standup: {at: noon}",
    "how often is none": "review: {every: fortnight}",
    "no name": "REMOVE",
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN.keys())
def test_what_check_refuses_for_its_shape_the_schema_refuses(line: str, tmp_path: Path) -> None:
    text = f"{HEAD}{line}\n" if line != "REMOVE" else "extends: self-healing-pipeline\n"
    assert wrong(as_written(text, tmp_path)) != []
    with pytest.raises(ProtocolError):
        load("ours.yml", base=tmp_path)


def test_a_file_that_extends_nothing_has_all_it_needs(tmp_path: Path) -> None:
    assert wrong(as_written("name: ours\n", tmp_path)) != []


def test_the_page_for_editors_is_up_to_date() -> None:
    printed = CliRunner().invoke(app, ["schema"]).stdout
    assert json.loads(printed) == schema()
    assert PAGE.read_text("utf-8") == printed, "write it anew with: make docs"
