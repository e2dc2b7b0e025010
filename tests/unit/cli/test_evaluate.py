"""``skypact evaluate`` as people call it: figures, verdicts by exit code, page, errors by name."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_up_standing import flight, stacked, tracked
from skypact.model.innovations import INNOVATION_COLUMNS

ROOT = Path(__file__).parents[3]
SECONDS = np.arange(0.0, 240.0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with truth and tracks of two aircraft, one lost half way."""
    folder = tmp_path_factory.mktemp("evaluate")
    truth = stacked(flight(1, SECONDS), flight(2, SECONDS, latitude_deg=43.0))
    tracks = tracked(truth, truth["target"] + 10)
    keep = (tracks["track"] == 11) | (np.tile(SECONDS, 2) < 150)
    pq.write_table(pa.table(truth), folder / "truth.parquet")
    tracks = {key: values[keep] for key, values in tracks.items()}
    pq.write_table(pa.table(tracks), folder / "tracks.parquet")
    return folder


def evaluate(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "skypact", "evaluate", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_json_page_and_a_failed_requirement_in_one_run(place: Path) -> None:
    done = evaluate(
        place / "tracks.parquet", place / "truth.parquet", "--json", "--limits", "5nm",
        "--report", place / "report.html",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    figures = json.loads(done.stdout)
    assert figures["continuity"]["completeness"] == pytest.approx(0.75)
    verdicts = {row["id"]: row["verdict"] for row in figures["requirements"]}
    assert verdicts["5N_C-R2"] == "fail"
    assert verdicts["5N_C-R4 (all)"] == "pass"
    assert len(figures["targets"]) == 2
    assert (place / "report.html").read_text().startswith("<!doctype html>")


def test_a_floor_and_innovations_are_taken_in(place: Path) -> None:
    on = np.arange(0.0, 240.0, 5.0)
    np.savez(place / "floor.npz", floor_id=np.ones(len(on), int), floor_time=on,
             floor_rms=np.full(len(on), 100.0))  # fmt: skip
    rows = {name: np.ones(500, kind) for name, kind in INNOVATION_COLUMNS.items()}
    rng = np.random.default_rng(1)
    rows |= {"covariance": np.zeros(500), "first": rng.normal(size=500),
             "second": rng.normal(size=500)}  # fmt: skip
    pq.write_table(pa.table(rows), place / "innovations.parquet")
    done = evaluate(
        place / "tracks.parquet", place / "truth.parquet", "--json", "--floor",
        place / "floor.npz", "--innovations", place / "innovations.parquet",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["floor"]["ratio"] == 0.0
    assert figures["floor"]["floor_rms_m"] == 100.0
    assert figures["consistency"]["nis"]["mean"] == pytest.approx(2.0, rel=0.2)


def test_the_worked_example_of_the_guide_gives_what_the_guide_says(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "how-to" / "judge-a-tracker.md").read_text(encoding="utf-8")
    script = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert script
    subprocess.run([sys.executable, "-c", script[1]], cwd=tmp_path, check=True, timeout=60)
    done = evaluate(tmp_path / "tracks.parquet", tmp_path / "truth.parquet", "--json")
    figures = json.loads(done.stdout)
    told = re.search(r"errors of (\d+) m \(RMS\), (\d+) m of them along", guide)
    assert told
    sizes = figures["accuracy"]["all"]
    assert [round(sizes[key]["rms"]) for key in ("horizontal_m", "along_m")] == [
        int(told[1]),
        int(told[2]),
    ]
    assert f"{figures['time_offset_s']:.3g}" in guide
    held = figures["continuity"]
    assert f"{held['tracks']}, {held['false_tracks']} (6.667 an hour)" in guide
    assert f"{held['breaks']}, {held['switches']} (0, 1 per target)" in guide


def test_people_get_words_on_standard_error(place: Path) -> None:
    done = evaluate(place / "tracks.parquet", place / "truth.parquet", "--limits", "3nm")
    assert done.stdout == ""
    assert "GOSPA" in done.stderr
    assert "not compared with its document" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["absent.parquet", "truth.parquet"], 3, "no such file"),
        (["truth.parquet", "truth.parquet"], 3, "a column track"),
        (["tracks.parquet", "truth.parquet", "--limits", "no.toml"], 3, "Shipped are"),
        (["tracks.parquet", "truth.parquet", "--floor", "tracks.parquet"], 3, "NumPy archive"),
        (["tracks.parquet", "truth.parquet", "--from", "noon"], 2, "--from"),
        (["tracks.parquet", "truth.parquet", "--warm", "600"], 3, "warm-up"),
        (["tracks.parquet", "truth.parquet", "--report", "no/where.html"], 2, "cannot write"),
    ],
)
def test_wrong_calls_are_named_with_their_exit_code(
    place: Path, words: list[str], code: int, told: str
) -> None:
    full = [word if word.startswith("-") or "." not in word else str(place / word)
            for word in words]  # fmt: skip
    done = evaluate(*full)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
