"""The locks pin everything by hash and name no host, so that they work with any index."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENTRY = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; [^\\\n]+)? \\\n"  # name==version ; marker
    r"((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def pins(lock: str) -> dict[str, str]:
    return {name: version for name, version, _ in ENTRY.findall((ROOT / lock).read_text())}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_is_nothing_but_pins_and_hashes(lock: str) -> None:
    assert ENTRY.sub("", (ROOT / lock).read_text()) == ""
    assert pins(lock)


def test_what_is_tested_is_what_is_installed() -> None:
    runtime, everything = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime.items() <= everything.items()
