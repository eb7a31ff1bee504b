"""`python -m tests.chaos`: play scripts for so long, and shorten the first that fails."""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sys
import time
from pathlib import Path

import structlog

from tests.chaos.plan import written
from tests.chaos.run import Databases, Outcome, databases, played
from tests.chaos.script import Script, read
from tests.chaos.shrinking import shrunk

FAILED = Path("build/chaos")
"""Where failing scripts and the logs of their bots are kept."""


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main() -> int:
    asked = _arguments()
    logging.basicConfig(level=logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if asked.write:
        say(str(_script(asked, asked.seed)))
        return 0
    with databases() as made:
        if asked.script:
            script = read(asked.script.read_text("utf-8"))
            outcome = played(script, made, FAILED / "replayed")
            say(outcome.told, *outcome.problems or ("All held.",))
            return 1 if outcome.problems else 0
        return _for_so_long(asked, made)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="the first seed; without one, any")
    parser.add_argument("--seeds", type=int, default=None, help="how many seeds; without, as many as fit")
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long")
    parser.add_argument("--steps", type=int, default=120, help="steps of each script")
    parser.add_argument("--database", choices=("", "sqlite", "postgresql"), default="")
    parser.add_argument("--replicas", type=int, default=0, help="bots on PostgreSQL; without, one to three")
    parser.add_argument("--calm", action="store_true", help="nothing breaks, so that people get further")
    parser.add_argument("--script", type=Path, help="play this script, once")
    parser.add_argument("--write", action="store_true", help="print the seed's script and do nothing")
    parser.add_argument("--go-on", action="store_true", help="note failures and go on, without shortening them")
    parser.add_argument("--shrink-minutes", type=float, default=10.0, help="for how long a failure is shortened")
    asked = parser.parse_args()
    asked.seed = random.SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    return asked


def _script(asked: argparse.Namespace, seed: int) -> Script:
    more = {"steps": asked.steps, "calm": asked.calm, "database": asked.database, "replicas": asked.replicas}
    return written(seed, **more)


def _for_so_long(asked: argparse.Namespace, made: Databases) -> int:
    end, count, failed = time.monotonic() + asked.minutes * 60, 0, 0
    while time.monotonic() < end and (asked.seeds is None or count < asked.seeds):
        seed = asked.seed + count
        script = _script(asked, seed)
        began = time.monotonic()
        outcome = played(script, made, FAILED / f"seed-{seed}")
        count += 1
        bots = f"{script.replicas} on {script.database}, {time.monotonic() - began:.0f} s"
        say(f"seed {seed} ({bots}): {outcome.told}; {len(outcome.problems)} problems")
        if not outcome.problems:
            shutil.rmtree(FAILED / f"seed-{seed}", ignore_errors=True)
            continue
        failed += 1
        say(*outcome.problems[:12])
        (FAILED / f"seed-{seed}" / "script.txt").write_text(str(script), "utf-8")
        if not asked.go_on:
            return _shortened(script, outcome, made, asked.shrink_minutes)
    say(f"{count} scripts from seed {asked.seed}, {failed} failed.")
    return 1 if failed else 0


def _shortened(script: Script, outcome: Outcome, made: Databases, minutes: float) -> int:
    say(f"Shortening it, for at most {minutes:.0f} minutes …")
    short = shrunk(script, lambda one: bool(outcome.kinds & played(one, made).kinds), seconds=minutes * 60)
    path = FAILED / f"seed-{script.seed}" / "short.txt"
    path.write_text(str(short), "utf-8")
    say(str(short), f"Play it again: python -m tests.chaos --script {path}")
    say(f"The whole of it: {path.with_name('script.txt')}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
