"""Paths: the states of many moving things, each thing's rows together and in order of time.

In: columns of any table of states (truth, tracks, reports). Out: :class:`Paths`, cleaned: rows
without a usable time or place and second rows of one instant are left out, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skypact.kernels.evaluation_paths import group_rows

Floats = NDArray[np.float64]
PathKind = Literal["truth", "tracks", "plots"]

ROW_COLUMNS: dict[str, tuple[str, Any]] = {
    "time_ns": ("int64", 0),
    "latitude_rad": ("float64", np.nan),
    "longitude_rad": ("float64", np.nan),
    "altitude_m": ("float64", np.nan),
    "pressure_altitude_m": ("float64", np.nan),
    "east_mps": ("float64", np.nan),
    "north_mps": ("float64", np.nan),
    "up_mps": ("float64", np.nan),
    "sigma_m": ("float64", np.nan),
    "last_plot_ns": ("int64", -1),
    "coasting": ("bool", False),
    "covered": ("bool", True),
    "mode_s": ("int32", -1),
    "mode_3a": ("int32", -1),
}
"""Column of a row to (dtype, value meaning none)."""


LATEST_NS = 2**62
"""The year 2116; later times are damage."""

BELIEVABLE: dict[str, tuple[float, float]] = {
    "altitude_m": (-10e3, 1e6),
    "pressure_altitude_m": (-10e3, 1e6),
    "east_mps": (-20e3, 20e3),
    "north_mps": (-20e3, 20e3),
    "up_mps": (-20e3, 20e3),
    "sigma_m": (1e-3, 1e7),
}
"""Bounds outside of which a value is no measurement, but damage: it counts as unknown."""


@dataclass(frozen=True, slots=True)
class Paths:
    """States by path, then time; arrays have shape (rows,) unless said.

    Parameters
    ----------
    kind
        What the table was: truth, tracks or plots.
    name
        Target or track number of each path, int64, ascending, shape (paths,).
    first
        First row of each path and the number of rows, int64, shape (paths + 1,).
    time_ns
        Time of validity, int64 UTC nanoseconds, ascending within a path.
    latitude_rad, longitude_rad, altitude_m
        WGS-84 position and ellipsoidal height.
    pressure_altitude_m
        Height above the 1013.25 hPa surface.
    east_mps, north_mps, up_mps
        Ground velocity in the local level frame.
    sigma_m
        Standard deviation per horizontal axis that the source gives.
    last_plot_ns
        Time of the last measurement behind the state, -1 where not told.
    coasting
        Whether the state is extrapolated.
    covered
        Whether a sensor can see the target, so that a track is owed.
    mode_s, mode_3a
        Codes, -1 none.
    notes
        What was left out, in words.
    """

    kind: PathKind
    name: NDArray[np.int64]
    first: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    latitude_rad: Floats
    longitude_rad: Floats
    altitude_m: Floats
    pressure_altitude_m: Floats
    east_mps: Floats
    north_mps: Floats
    up_mps: Floats
    sigma_m: Floats
    last_plot_ns: NDArray[np.int64]
    coasting: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    mode_s: NDArray[np.int32]
    mode_3a: NDArray[np.int32]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.time_ns)

    @property
    def paths(self) -> int:
        """Number of paths."""
        return len(self.name)

    @property
    def moves(self) -> bool:
        """Whether any row tells a velocity."""
        return bool(np.isfinite(self.east_mps).any())

    @property
    def tells_updates(self) -> bool:
        """Whether rows tell the time of the last measurement."""
        return bool((self.last_plot_ns >= 0).any())

    def path_of_rows(self) -> NDArray[np.int32]:
        """Index of each row's path, shape (rows,)."""
        return np.repeat(np.arange(self.paths, dtype=np.int32), np.diff(self.first))

    def same_path(self) -> NDArray[np.bool_]:
        """Whether the next row is of the same path; shape (rows - 1,)."""
        inner = np.ones(max(len(self) - 1, 0), np.bool_)
        ends = self.first[1:-1] - 1
        inner[ends[(ends >= 0) & (ends < len(inner))]] = False
        return inner


def make_paths(kind: PathKind, name: NDArray[np.int64], **columns: NDArray[Any]) -> Paths:
    """Sort rows into paths.

    Parameters
    ----------
    kind
        What the rows are.
    name
        Number of the thing each row is of, int64, shape (rows,).
    columns
        Columns of :class:`Paths` with a value per row; those left out are empty.
    """
    notes = []
    latitude, longitude = columns["latitude_rad"], columns["longitude_rad"]
    with np.errstate(invalid="ignore"):
        good = (np.abs(latitude) <= np.pi / 2 + 1e-12) & (np.abs(longitude) <= 4 * np.pi)
    good &= (columns["time_ns"] >= 0) & (columns["time_ns"] < LATEST_NS)
    if not good.all():
        notes.append(f"{int((~good).sum())} rows without a usable time or position were left out")
        name = name[good]
        columns = {key: values[good] for key, values in columns.items()}
    columns = {key: _believable(key, values, notes) for key, values in columns.items()}
    found = pa.array(name).dictionary_encode()
    numbers = found.dictionary.to_numpy(zero_copy_only=False).astype(np.int64)
    ascending = np.argsort(numbers)
    place = np.empty(len(numbers), np.int32)
    place[ascending] = np.arange(len(numbers), dtype=np.int32)
    group = place[found.indices.to_numpy(zero_copy_only=False)]
    first, order = np.empty(len(numbers) + 1, np.int64), np.empty(len(name), np.int64)
    group_rows(np.ascontiguousarray(group, np.int32), first, order)
    time_ns, group = columns["time_ns"][order], group[order]
    if np.any((np.diff(time_ns) < 0) & (np.diff(group) == 0)):
        notes.append("rows of one path were not in order of time and were sorted")
        order = order[np.lexsort((time_ns, group))]
    rows: dict[str, NDArray[Any]] = {}
    for key, (dtype, none) in ROW_COLUMNS.items():
        if key in columns:
            rows[key] = np.ascontiguousarray(columns[key][order], dtype=dtype)
        else:
            rows[key] = np.full(len(order), none, dtype)
    paths = Paths(kind, numbers[ascending], first, notes=tuple(notes), **rows)
    return _without_repeats(paths)


def _believable(key: str, values: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    if key not in BELIEVABLE:
        return values
    low, high = BELIEVABLE[key]
    with np.errstate(invalid="ignore"):
        odd = ~np.isnan(values) & ~((values >= low) & (values <= high))
    if not odd.any():
        return values
    notes.append(f"{int(odd.sum())} impossible values of {key} count as unknown")
    return np.where(odd, np.nan, values)


def _without_repeats(paths: Paths) -> Paths:
    """Only the first of several rows of one path and time."""
    repeated = np.r_[False, paths.same_path() & (np.diff(paths.time_ns) == 0)][: len(paths)]
    if not repeated.any():
        return paths
    note = f"{int(repeated.sum())} rows repeat a path and time; the first of them counts"
    return replace(select(paths, ~repeated), notes=(*paths.notes, note))


def select(paths: Paths, rows: NDArray[np.bool_]) -> Paths:
    """Only some rows; paths that lose all of them are gone. ``rows`` is a mask (rows,)."""
    kept = np.bincount(paths.path_of_rows()[rows], minlength=paths.paths)
    still = kept > 0
    first = np.concatenate([[0], np.cumsum(kept[still])]).astype(np.int64)
    return replace(
        paths,
        name=paths.name[still],
        first=first,
        **{key: getattr(paths, key)[rows] for key in ROW_COLUMNS},
    )


def with_common_height(tracks: Paths, truth: Paths) -> tuple[Paths, Paths, str]:
    """Both with the same kind of height in ``altitude_m``, and which: geometric, pressure, none."""
    for kind, key in (("geometric", "altitude_m"), ("pressure", "pressure_altitude_m")):
        a, b = getattr(tracks, key), getattr(truth, key)
        if np.isfinite(a).any() and np.isfinite(b).any():
            return replace(tracks, altitude_m=a), replace(truth, altitude_m=b), kind
    nothing = [np.full(len(paths), np.nan) for paths in (tracks, truth)]
    return replace(tracks, altitude_m=nothing[0]), replace(truth, altitude_m=nothing[1]), "none"


assert [f.name for f in fields(Paths)][3:-1] == list(ROW_COLUMNS)
