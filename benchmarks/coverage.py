"""Coverage over real terrain, siting and warning times, beside the peers' kernels.

The terrain and the peers' throw-away kernels come from the shared folder (``bench/coverage``).
Errors of the lowest visible altitude are against a line of sight sampled every eighth of a cell.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine

from benchmarks.figures import Figure
from benchmarks.places import shared
from skypact.coverage import sweep as sweeping
from skypact.coverage.likelihood import Detector, likelihood_of
from skypact.coverage.network import grid_over, network_of
from skypact.coverage.sensor_types import chance_tables, read_type
from skypact.coverage.siting import choose_sites, greedy_and_swaps
from skypact.coverage.sweep import Mast, sweep
from skypact.coverage.terrain import Terrain
from skypact.kernels.coverage_warning import shortest_ways

RANGE_M, CELL_M = 300e3, 180.0
SAMPLE = 20_000
SITES, CHOSEN, LOOK_M = 200, 8, 200e3


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: without the line-of-sight reference."""
    place = shared() / "bench" / "coverage"
    terrain = shared() / "data" / "terrain"
    if not (place / "viewshed_peers.py").is_file():
        print(f"coverage: no peers at {place}: set SKYPACT_SHARED", file=sys.stderr)
        return
    yield from viewshed(_module(place / "viewshed_peers.py"), terrain, quick)
    yield from network(terrain)
    yield from siting(terrain)
    yield from warning()


def _module(file: Path) -> ModuleType:
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # Numba looks the functions up by their module's name
    spec.loader.exec_module(module)
    return module


def least_cpu_s(work: Callable[[], Any], runs: int = 3) -> tuple[float, Any]:
    """Least CPU seconds of some runs after one that warms up, and the last result."""
    result = work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def viewshed(peers: ModuleType, terrain: Path, quick: bool) -> Iterator[Figure]:
    """One mast of 20 m at 38 N 118.5 W, 300 km at 180 m, 11 million cells."""
    ground, crs, n, _ = peers.grid(
        str(terrain / "sierra_basin_6s.tif"), 38.0, -118.5, RANGE_M, CELL_M
    )
    with tempfile.TemporaryDirectory() as folder:
        dem = Path(folder) / "dem.tif"
        edge = (n + 0.5) * CELL_M
        with rasterio.open(
            dem, "w", driver="GTiff", height=2 * n + 1, width=2 * n + 1, count=1, dtype="int16",
            crs=crs, transform=Affine(CELL_M, 0.0, -edge, 0.0, -CELL_M, edge),
        ) as target:  # fmt: skip
            target.write(ground.astype(np.int16), 1)
        model = Terrain([dem])
        mast = Mast("bench", 38.0, -118.5, 20.0, range_m=RANGE_M)
        heights = ground.astype(np.float32)

        def work() -> Any:
            return sweep(model, mast, cell_m=CELL_M).lowest_in_plane(heights)

        spent, lowest = least_cpu_s(work)
    hobs, kr2 = float(ground[n, n] + 20.0), 2.0 * sweeping.STANDARD_K * sweeping.EARTH_RADIUS_M
    rays = int(np.ceil(2 * np.pi * n))

    def peer() -> Any:
        table = peers.polar_table(ground, n, CELL_M, hobs, kr2, rays, 4, round(60e3 / CELL_M))
        return peers.polar_gather(table, ground, n, CELL_M, hobs, kr2)

    theirs, _ = least_cpu_s(peer, 2)
    yield Figure("coverage: 300 km at 180 m, one sensor", spent, "CPU s", 1.0, theirs, spent <= 1.0)
    if quick:
        return
    yy, xx = np.ogrid[-n : n + 1, -n : n + 1]
    disc = (yy * yy + xx * xx <= (n - 1) * (n - 1)) & ~((abs(yy) <= 1) & (abs(xx) <= 1))
    row, column = np.nonzero(disc)
    pick = np.random.default_rng(1).choice(row.size, SAMPLE, replace=False)
    row, column = row[pick], column[pick]
    reference = peers.dense(ground, n, CELL_M, hobs, kr2, row, column, 8)
    error = np.abs(lowest[row, column] - reference)
    for share, bar in ((50, 2.0), (90, 60.0)):
        value = float(np.percentile(error, share))
        title = f"coverage: lowest altitude, {share} % of errors below"
        yield Figure(title, value, "m", bar, {50: 146.0, 90: 682.0}[share], value <= bar)
    agree = float(np.mean((lowest[row, column] <= 6000.0) == (reference <= 6000.0)))
    yield Figure("coverage: 6,000 m layer agrees", agree, "share", 0.999, 0.986, agree >= 0.999)


def network(terrain: Path) -> Iterator[Figure]:
    """Twenty radars over Kyrgyzstan at 500 m cells: sight, then chances at three altitudes."""
    model = Terrain([terrain / "kgz_region_60s.tif"])
    draw = np.random.default_rng(11)
    masts = [
        Mast(str(k), float(draw.uniform(39.8, 43.0)), float(draw.uniform(70.0, 80.0)))
        for k in range(20)
    ]
    tables = chance_tables(read_type("l-band-en-route"), 2.0, 4.0)
    detectors = [Detector(tables)] * len(masts)
    grid = grid_over(masts, 500.0, (69.0, 39.0, 81.0, 43.5))
    started, begun = time.perf_counter(), time.process_time()
    found = network_of(model, masts, grid, cell_m=500.0)
    likelihood_of(found, detectors, [3000.0, 6000.0, 9000.0])
    wall, spent = time.perf_counter() - started, time.process_time() - begun
    cells = grid.shape[0] * grid.shape[1] / 1e6
    title = f"coverage: 20 radars, {cells:.1f} million cells, sight and 3 layers of chances"
    yield Figure(title, wall, "s", 10.0, None, wall <= 10.0)
    yield Figure("coverage: the same", spent, "CPU s", None, None, None)


def siting(terrain: Path) -> Iterator[Figure]:
    """Eight of two hundred sites over Kyrgyzstan, 48,600 cells, flyers at 500 m above ground."""
    with rasterio.open(terrain / "kgz_region_60s.tif") as source:
        window = source.window(69, 39, 81, 43.5)
        ground = source.read(1, window=window).astype(np.float32)[::2, ::2]
    rows, columns = ground.shape
    latitude = 43.5 - (np.arange(rows) + 0.5) / 30.0
    longitude = 69.0 + (np.arange(columns) + 0.5) / 30.0
    model = Terrain([terrain / "kgz_region_60s.tif"])
    sees = np.empty((SITES, ground.size), np.bool_)
    for number, (i, j) in enumerate(candidates(ground)):
        mast = Mast(str(number), float(latitude[i]), float(longitude[j]), 20.0, range_m=LOOK_M)
        lowest = sweep(model, mast, cell_m=2000.0).lowest_over_globe(latitude, longitude, ground)
        sees[number] = (lowest <= ground + 500.0).ravel()
    weight = np.ones(ground.size)
    spent, _ = least_cpu_s(lambda: greedy_and_swaps(sees, weight, CHOSEN), 2)
    choice = choose_sites(sees, weight, CHOSEN)
    yield Figure("coverage: siting 200 to 8", spent, "CPU s", 1.0, 97.0, spent <= 1.0)
    title = "coverage: siting under HiGHS' bound by"
    yield Figure(title, choice.gap, "share", 0.001, None, choice.gap <= 0.001)
    covered = choice.covered / ground.size
    yield Figure("coverage: siting covers", covered, "share of cells", None, 0.472, None)


def candidates(ground: Any, block: int = 9) -> list[tuple[int, int]]:
    """Highest and lowest cell of each block: ridges and valleys, as real planning has them."""
    found = []
    for i in range(0, ground.shape[0] - block, block):
        for j in range(0, ground.shape[1] - block, block):
            part = ground[i : i + block, j : j + block]
            for k in (int(np.argmax(part)), int(np.argmin(part))):
                found.append((i + k // block, j + k % block))
    order = np.random.default_rng(7).permutation(len(found))[:SITES]
    return [found[k] for k in order]


def warning() -> Iterator[Figure]:
    """Shortest ways over a million cells from sources of any shape."""
    draw = np.random.default_rng(5)
    source = draw.random((1000, 1000)) < 0.001
    metres = np.empty(source.shape, np.float32)
    room = np.empty(2 * source.size), np.empty(2 * source.size, np.int64)
    width = np.full(1000, 800.0)
    spent, _ = least_cpu_s(lambda: shortest_ways(source, width, 1000.0, metres, *room))
    yield Figure("coverage: warning map, a million cells", spent, "CPU s", 1.0, None, spent <= 1.0)
