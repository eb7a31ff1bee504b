"""One edge between what people write and what Slack reads: the types keep it, and this keeps the types."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FINISHES = {
    "bot/views/words.py": {"say", "joined", "listed", "escaped", "_token", "in_both", "mention", "channel", "quoted"},
    "bot/views/blocks.py": {"trim", "sections"},  # cut out of what was finished
    "bot/views/phrases.py": {"sentence"},  # finished parts with a capital and a full stop
    "bot/views/people.py": {"plainly", "rung", "there"},  # escaped; finished names joined
    "bot/views/timeline.py": {"_markdown", "_plain_markdown", "_line"},  # the escaping of the attached file
    "bot/views/work.py": {"still_to_do"},  # a bullet before a finished item
    "bot/outbound/slack_posts.py": {"wrong"},  # finished when it was kept
}
"""Where something that is no constant may be called finished mrkdwn. Everywhere else only `say` and `escaped` make it:
what takes mrkdwn takes nothing else (`blocks.Said`), which mypy keeps."""


def test_text_becomes_mrkdwn_in_few_places_and_nowhere_else() -> None:
    root = Path(__file__).parent.parent.parent
    found: dict[str, set[str]] = {}
    for path in sorted((root / "bot").rglob("*.py")):
        if "sandbox" in path.parts:
            continue
        for function, call in _calls(ast.parse(path.read_text())):
            name = ast.unparse(call.func)
            if name in ("Safe", "Markup") and not all(isinstance(a, ast.Constant) for a in call.args):
                found.setdefault(str(path.relative_to(root)), set()).add(function)
            if name == "MarkdownTextObject":
                assert "verbatim=True" in ast.unparse(call), f"{path}:{call.lineno}"
    assert {
        place: made - FINISHES.get(place, set()) for place, made in found.items() if made - FINISHES.get(place, set())
    } == {}
    for template in (root / "templates" / "messages").glob("*.j2"):
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", template.read_text()), template


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the name of the function it stands in."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                yield function.name, node
