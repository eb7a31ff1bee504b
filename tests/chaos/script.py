"""A script: a plain list of steps that can be written down, read back, shortened and played again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that happens. `at_once`: the next step does not wait until it is over."""

    do: str
    args: dict[str, Any] = field(default_factory=dict)
    at_once: bool = False

    def __str__(self) -> str:
        return f"{'& ' if self.at_once else ''}{self.do} {json.dumps(self.args, ensure_ascii=True)}"


@dataclass(frozen=True)
class Script:
    """What is played: on which database, with how many bots, and the steps."""

    database: str
    replicas: int
    steps: tuple[Step, ...]
    seed: int = 0

    def __str__(self) -> str:
        head = f"# seed={self.seed} database={self.database} replicas={self.replicas}"
        return "\n".join([head, *map(str, self.steps)]) + "\n"

    def with_steps(self, steps: Sequence[Step]) -> Script:
        return Script(self.database, self.replicas, tuple(steps), self.seed)


def read(text: str) -> Script:
    """What `str` of a script wrote. Raises ValueError for anything else."""
    head, *lines = [line for line in text.splitlines() if line.strip()]
    if not head.startswith("# "):
        raise ValueError("a script begins with “# seed=… database=… replicas=…”")
    told = dict(pair.split("=", 1) for pair in head.removeprefix("# ").split())
    return Script(told["database"], int(told["replicas"]), tuple(_steps(lines)), int(told["seed"]))


def _steps(lines: Iterable[str]) -> Iterable[Step]:
    for line in lines:
        if line.startswith("#"):
            continue
        said = line.removeprefix("& ")
        do, _, args = said.partition(" ")
        yield Step(do, json.loads(args or "{}"), line != said)
