"""SECURITY.md says what is so: every table, every scope, every test that it names."""

from __future__ import annotations

import re
from pathlib import Path

from bot.environment import Environment
from bot.sandbox import Manifest
from bot.store.tables import metadata

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of a section's table."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_table_is_on_the_page_with_what_is_personal_in_it_and_how_long() -> None:
    told = rows("What is stored, and how long")
    assert sorted(name for row in told for name in named(row[0])) == sorted(metadata.tables)
    assert all(len(row) == 4 and all(row) for row in told)


def test_every_scope_has_its_reason() -> None:
    told = rows("Scopes, and what each is for")
    assert sorted(name for row in told for name in named(row[0])) == sorted(Manifest.load(ROOT / "manifest.yml").scopes)
    assert all(row[1] for row in told)


def test_every_secret_can_be_changed() -> None:
    secrets = {name.upper() for name, field in Environment.model_fields.items() if "Secret" in str(field.annotation)}
    assert secrets <= {name for row in rows("Secrets") for name in named(row[0])}


def test_every_test_that_is_named_is_there() -> None:
    files = re.findall(r"`([a-z_/0-9]+\.py)`", PAGE)
    assert len(files) > 10
    assert [name for name in files if not (ROOT / "tests" / name).is_file()] == []
