"""Sitrep's own files are found from any directory, in a checkout and in an installed wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.store.resources import resource

ROOT = Path(__file__).parent.parent.parent


def test_a_checkout_uses_the_files_that_are_edited() -> None:
    assert resource("manifest.yml") == ROOT / "manifest.yml"


def test_a_missing_file_is_named_with_the_places_searched() -> None:
    with pytest.raises(FileNotFoundError, match=r"templates/nowhere\.j2 is missing \(searched /.* and /"):
        resource("templates", "nowhere.j2")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `pip install .` would put on an import path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("part", ["manifest.yml", "templates", "migrations"])
def test_an_installed_wheel_brings_its_files(site: Path, part: str, tmp_path: Path) -> None:
    ask = f"from bot.store.resources import resource; print(resource({part!r}))"
    python, environment = [sys.executable, "-c", ask], {"PYTHONPATH": str(site)}
    found = subprocess.run(python, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == str(site / "bot" / "_resources" / part)


def test_the_wheel_forgets_no_file(site: Path) -> None:
    def files(root: Path) -> set[Path]:
        return {
            path.relative_to(root) for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        }

    for folder in ("templates", "migrations"):
        assert files(site / "bot" / "_resources" / folder) == files(ROOT / folder)
