"""Where the files that Sitrep brings along lie: templates, protocols, migrations and the app manifest."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent)
"""The wheel keeps the files inside the package, a checkout beside it."""


def resource(*parts: str) -> Path:
    """Return the path of a file or folder that belongs to Sitrep, e.g. `resource("templates", "protocols")`.

    Raises FileNotFoundError, naming every place searched, when the installation is incomplete.
    """
    candidates = [root.joinpath(*parts) for root in _ROOTS]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    searched = " and ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"Sitrep's own {'/'.join(parts)} is missing (searched {searched}). Install Sitrep again.")
