"""Files of tracks and truth to figures and a report.

In: the files that ``skypact evaluate`` names. Out: the figures, and the page if asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.consistency import read_innovations
from skypact.evaluation.judgement import Extras, Settings, judge
from skypact.evaluation.limits import read_limits
from skypact.evaluation.reading import read_tracks, read_truth
from skypact.evaluation.report import report_page
from skypact.model.errors import BadTable, UsageError

FLOOR_COLUMNS = ("floor_id", "floor_time", "floor_rms")


def evaluate_files(
    tracks_file: Path,
    truth_file: Path,
    settings: Settings,
    *,
    limits: str | None = None,
    floor: Path | None = None,
    innovations: Path | None = None,
    report: Path | None = None,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Judge files; ``step`` is told the part done, from 0 to 1.

    Raises
    ------
    BadTable
        If a file cannot be read, or tracks and truth have nothing in common.
    UsageError
        If the report cannot be written.
    """
    extras = Extras(
        limits=None if limits is None else read_limits(limits),
        floor=None if floor is None else read_floor(floor),
        innovations=None if innovations is None else read_innovations(innovations),
    )
    tracks, truth = read_tracks(tracks_file), read_truth(truth_file)
    step(0.1)
    judgement = judge(tracks, truth, settings, extras, step=step)
    judgement.figures["judged"] |= {"tracks_file": tracks_file.name, "truth_file": truth_file.name}
    if report is not None:
        title = f"{tracks_file.name} against {truth_file.name}"
        try:
            report.write_text(report_page(title, judgement), encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"cannot write {report}: {problem.strerror}") from problem
    step(1.0)
    return judgement.figures


def read_floor(path: Path) -> dict[str, NDArray[Any]]:
    """A Cramer-Rao floor: NumPy archive with ``floor_id``, ``floor_time``, ``floor_rms``.

    Raises
    ------
    BadTable
        If it cannot be read, or misses an array, or they do not fit each other.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            floor = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise BadTable("no such file", where=str(path)) from None
    except (OSError, ValueError, BadZipFile, AttributeError, EOFError) as problem:
        raise BadTable(f"not a readable NumPy archive ({problem})", where=str(path)) from problem
    missing = [name for name in FLOOR_COLUMNS if name not in floor]
    if missing:
        raise BadTable(f"arrays {missing} are missing", where=str(path))
    if len({floor[name].shape for name in FLOOR_COLUMNS}) != 1 or floor["floor_id"].ndim != 1:
        raise BadTable("floor_id, floor_time and floor_rms differ in length", where=str(path))
    return floor
