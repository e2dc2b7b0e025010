"""One measured figure, as it is printed and kept."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a benchmark.

    Parameters
    ----------
    name
        What was measured, with the benchmark's name first.
    value, unit
        The measurement.
    bar
        What it must reach, None where it is only reported.
    peer
        The peer's value of the same thing, measured in the same run, or None.
    holds
        Whether the bar is reached, None without one.
    """

    name: str
    value: float
    unit: str
    bar: float | None
    peer: float | None
    holds: bool | None

    def to_json(self) -> str:
        """A JSON object on one line; a value that is no number becomes null."""
        row = {
            key: None if isinstance(item, float) and not math.isfinite(item) else item
            for key, item in asdict(self).items()
        }
        return json.dumps(row)
