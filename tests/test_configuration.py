"""docs/configuration.md says what the settings are."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from bot import settings
from tests import configuration


def test_the_page_is_up_to_date() -> None:
    assert configuration.PAGE.read_text("utf-8") == configuration.page(), "write it anew with: make docs"


def test_the_example_has_every_key_and_is_taken(tmp_path: Path) -> None:
    (tmp_path / "sitrep.yml").write_text(configuration.EXAMPLE, encoding="utf-8")
    assert settings.load({}, tmp_path).later == ()
    assert set(yaml.safe_load(configuration.EXAMPLE)) == set(settings._FILE_KEYS)


def test_a_setting_that_nobody_explained_is_named() -> None:
    class Late(BaseModel):
        told: int = 1
        """One | two."""
        untold: int = 2

    assert configuration._row("told", Late, "told") == r"| `told` | One \| two. | `1` |"
    with pytest.raises(LookupError, match=r"Late\.untold needs a docstring"):
        configuration._row("untold", Late, "untold")
