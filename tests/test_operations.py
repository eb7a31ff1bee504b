"""docs/operations.md names what there is: every event that is loud, and metrics that are served."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from prometheus_client import generate_latest

from bot import metrics

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
LOUD = re.compile(r'(?:log\.(?:warning|error|exception|critical)|self\._warn)\(\s*"([a-z_]+)"')


def test_every_loud_event_is_told() -> None:
    told = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert set(LOUD.findall(SOURCE)) - told == set(), "say in docs/operations.md what it means and what to do"


def test_every_event_that_is_told_is_there() -> None:
    glossary = PAGE.partition("## The log, event by event")[2]
    rows = [row.split("|")[1] for row in glossary.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert {name for name in named if f'"{name}"' not in SOURCE} == set()


def test_metrics_to_alert_on_are_served() -> None:
    counted = generate_latest(metrics.REGISTRY).decode()
    named = set(re.findall(r"\bsitrep_[a-z_]+", PAGE))
    drawn = {f"sitrep_{name}" for name in re.findall(r'gauge\(\s*"([a-z_]+)"', SOURCE)}
    assert {name for name in named if name not in drawn and name not in counted} == set()


def test_the_rules_are_those_of_the_page() -> None:
    [group] = yaml.safe_load((ROOT / "docs" / "deploy" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"][1:]:  # the first is about the scrape itself
        assert f"`{rule['expr']}`" in PAGE, rule["alert"]
