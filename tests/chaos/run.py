"""One script played from beginning to end, in a folder and a database of its own."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.store.migrate import upgrade
from tests.chaos import doing
from tests.chaos.invariants import problems
from tests.chaos.script import Script
from tests.chaos.town import town
from tests.postgres import Cluster, cluster


@dataclass
class Databases:
    """Fresh databases of both kinds. The PostgreSQL cluster starts when it is first wanted."""

    folder: Path
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    running: Cluster | None = None
    template: Path | None = None

    @contextlib.contextmanager
    def fresh(self, kind: str, folder: Path) -> Iterator[str]:
        if kind == "sqlite":
            yield self._copied(folder / "sitrep.db")
            return
        with self._cluster().database("migrated") as url:
            yield url

    def _copied(self, path: Path) -> str:
        if self.template is None:
            self.template = self.folder / "migrated.db"
            upgrade(f"sqlite:///{self.template}")
        with (
            contextlib.closing(sqlite3.connect(self.template)) as old,
            contextlib.closing(sqlite3.connect(path)) as new,
        ):
            old.backup(new)
        return f"sqlite:///{path}"

    def _cluster(self) -> Cluster:
        if self.running is None:
            self.running = self.stack.enter_context(cluster())
            self.running.execute("CREATE DATABASE {}", "migrated")
            upgrade(self.running.url("migrated"))
        return self.running


@contextlib.contextmanager
def databases() -> Iterator[Databases]:
    with tempfile.TemporaryDirectory(prefix="sitrep-chaos-") as folder:
        made = Databases(Path(folder))
        with made.stack:
            yield made


@dataclass(frozen=True)
class Outcome:
    """What was wrong in the end (nothing when all held), and how much there was to look at."""

    problems: list[str]
    told: str

    @property
    def kinds(self) -> set[str]:
        """Of which kinds the problems are: two runs never tell them in the same words."""
        return {problem.partition(":")[0] for problem in self.problems}


def played(script: Script, made: Databases, keep: Path | None = None) -> Outcome:
    """Play it. `keep`: where the logs and the story go."""
    with tempfile.TemporaryDirectory(prefix="sitrep-chaos-run-") as name:
        folder = Path(name)
        with made.fresh(script.database, folder) as url:
            found = asyncio.run(_played(script, url, folder))
        if keep is not None:
            shutil.rmtree(keep, ignore_errors=True)
            keep.mkdir(parents=True)
            for log in folder.glob("*.log"):
                shutil.copy(log, keep / log.name)
        return found


async def _played(script: Script, url: str, folder: Path) -> Outcome:
    async with town(url, folder, script.replicas) as here:
        await doing.play(here, script.steps)
        found = [*here.problems, *await problems(here)]
        (folder / "story.log").write_text("\n".join(here.story), "utf-8")
        return Outcome(list(dict.fromkeys(found)), here.told)
