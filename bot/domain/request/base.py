"""What every request is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """Something asked of an incident, already parsed; `decide` answers it with facts or a sentence why not."""
