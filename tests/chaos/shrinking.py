"""Delta debugging: which steps of a failing script are needed for it to fail.

Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002 (ddmin).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.chaos.script import Script


def shrunk(script: Script, fails: Callable[[Script], bool], *, seconds: float) -> Script:
    """The shortest script found in this time that still fails; the script itself when none does."""
    end = time.monotonic() + seconds
    steps, pieces = list(script.steps), 2
    while len(steps) > 1 and time.monotonic() < end:
        size = max(1, len(steps) // pieces)
        for start in range(0, len(steps), size):
            left = steps[:start] + steps[start + size :]
            if time.monotonic() >= end:
                break
            if left and fails(script.with_steps(left)):
                steps, pieces = left, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(len(steps), pieces * 2)
    return script.with_steps(steps)
