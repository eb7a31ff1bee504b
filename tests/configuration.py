"""`python -m tests.configuration` writes docs/configuration.md from the settings themselves; a test keeps it true."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from bot import settings
from bot.domain.calendar import WEEKDAYS, Calendar
from bot.domain.duty.oncall import Rotation
from bot.environment import Environment
from bot.settings import Settings
from bot.store.files.protocols import builtin_names, load

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"

EXAMPLE = """\
protocol: self-healing-pipeline
protocols: {"#dataforge-incident": {protocol: dataforge, announce_channel: dataforge-incident}}
announce_channel: incidents
stakeholder_channel: data-stakeholders
timezone: Europe/Amsterdam
business_hours: {days: mon-fri, from: "09:00", to: "18:00"}
directory:                             # every name a protocol uses for someone → who that is here
  incident-manager: [bea@example.org]  # e-mail addresses, or user, user group or channel ids
  communications-coordinator: [U0NOOR]
  level-2: [S0DATAENG]
  director: [U0DIR]
oncall:
  primary:   {members: [U0ANA, U0BEA], starts: 2026-11-16, handoff: "mon 09:00"}
  secondary: {members: [U0CAR, U0DEE], starts: 2026-11-16, handoff: "mon 09:00"}
  ingestion: {members: [U0TEC, U0SME], starts: 2026-11-16, every: 2w, for: [infrastructure, "raw_*"]}
assets: {"orders_*": {owner: [U0BEA], consumers: [C0FINANCE], tier: 1}}
reactions: {mark: [pushpin, star], update: [mega], task: [ballot_box_with_check], action: [clipboard]}
permissions: {close: [incident-manager, responder], approve: [S0DATAENG], cancel: any}
retention: {texts: 400d}
"""
"""Every key that this version uses; a test loads it."""

ELSEWHERE = {(Rotation, "name"), (Rotation, "gone"), (Rotation, "file")}
"""What a rotation is told by others: its key, and Slack."""

CALLED: dict[tuple[type[BaseModel], str], str] = {(Rotation, "covers"): "for", (Rotation, "turns"): "calendar"}
"""What is called otherwise in the file."""

TEXT = """\
# Configuration

<!-- Written by `make docs` from bot/settings.py. Change a setting's words there, not here. -->

Sitrep reads its environment and one YAML file, once, when it starts; after a change, start it anew. Only the files of
protocols are looked at again while it runs: [protocol files](protocol-files.md#an-edit-while-incidents-run). It needs
`SLACK_BOT_TOKEN` and either `SLACK_APP_TOKEN`, which means Socket Mode whatever else is set, or `SLACK_SIGNING_SECRET`;
everything else has a default.

## Environment

| variable | meaning | default |
|---|---|---|
{environment}

A variable that is set to nothing counts as not set. An unknown variable that begins with `SITREP_` is refused by name.

## The file

`sitrep.yml` in the working directory, or the file that `SITREP_CONFIG` names. Every key is optional:

```yaml
{example}```

| key | meaning | default |
|---|---|---|
{file}

`*` stands for each name that you write there. An unknown key is refused by name, with file, line and the nearest key
there is. A person's id is in Slack under their profile, *⋯ → Copy member ID*; a channel's at the end of what *View
channel details* shows.

{later}## Names for the directory

A name with nobody behind it is passed over; the next in line is asked. The protocols that come with Sitrep use these:

| protocol | names |
|---|---|
{names}
"""

LATER = """\
These keys are taken so that one file serves later versions too, and have no effect yet; `sitrep run` says so when it
starts: {keys}.

"""


def page() -> str:
    """The page as it should be. Raises LookupError naming a setting whose docstring is missing."""
    return TEXT.format(
        environment="\n".join(_row(name.upper(), Environment, name) for name in Environment.model_fields),
        example=EXAMPLE,
        file="\n".join(_file()),
        later=LATER.format(keys=", ".join(f"`{key}`" for key in settings._LATER)) if settings._LATER else "",
        names="\n".join(f"| `{name}` | {_names(name)} |" for name in builtin_names()),
    )


def _file() -> Iterator[str]:
    """A row for each key, in the order in which the settings accept them."""
    for key in settings._FILE_KEYS:
        match key:
            case "timezone":
                yield _row(key, Calendar, key)
            case "business_hours":
                yield from (_row(f"{key}.{below}", Calendar, name) for below, name in settings._HOURS_KEYS.items())
            case "reactions":
                yield from (_row(f"{key}.{below}", Settings, f"{below}_{key}") for below in settings._REACTION_KEYS)
            case "retention":
                yield from (_row(f"{key}.{below}", Settings, f"{below}_kept") for below in settings._RETENTION_KEYS)
            case _:
                yield _row(key, Settings, key)
                below = get_args(Settings.model_fields[key].annotation)
                if below and isinstance(below[-1], type) and issubclass(below[-1], BaseModel):
                    names = [name for name in below[-1].model_fields if (below[-1], name) not in ELSEWHERE]
                    yield from (
                        _row(f"{key}.*.{CALLED.get((below[-1], name), name)}", below[-1], name) for name in names
                    )


def _row(shown: str, model: type[BaseModel], name: str) -> str:
    meaning = _meanings(model).get(name)
    if meaning is None:
        raise LookupError(f"{model.__name__}.{name} needs a docstring: it is what docs/configuration.md says of it")
    return f"| `{shown}` | {meaning.replace('|', chr(92) + '|')} | {_default(model, name)} |"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The string below each field of a model, on one line."""
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def _default(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    match field.default:
        case _ if field.is_required():
            return "required"
        case None:
            return "none"
        case time() as wall:
            return f'`"{wall:%H:%M}"`'
        case tuple() as days if name == "days":
            return f"`{', '.join(WEEKDAYS[day] for day in days)}`"
        case tuple() as several:
            return f"`[{', '.join(map(str, several))}]`"
        case () | {}:
            return "empty"
        case other:
            return f"`{other}`"


def _names(protocol: str) -> str:
    return ", ".join(f"`{name}`" for name in load(protocol).directory_names())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
