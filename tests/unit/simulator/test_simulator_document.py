"""The exercise file: mistakes are named with their table, and the node's file agrees with it."""

import copy
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from skypact.model.errors import BadInput
from skypact.simulator.document import exercise_from, load_exercise

from .conftest import EXAMPLES

FILE = EXAMPLES / "exercises" / "kyrgyzstan.toml"


@pytest.fixture
def content() -> dict[str, Any]:
    whole = tomllib.loads(FILE.read_text())
    whole["traffic"]["airborne"] = 2
    return copy.deepcopy(whole)


def test_the_example_has_what_it_promises() -> None:
    exercise = load_exercise(FILE)
    assert [s.channel for s in exercise.sensors] == [
        "radar/Kant",
        "radar/Batken",
        "radar/Issyk-Kul",
        "adsb-cat021/Manas ADS-B",
        "adsb-beast/Osh ADS-B",
    ]
    assert exercise.duration_s >= 3600.0


def test_the_nodes_file_tells_of_the_same_sensors_and_addresses() -> None:
    exercise = tomllib.loads(FILE.read_text())
    node = tomllib.loads((EXAMPLES / "nodes" / "kyrgyzstan.toml").read_text())
    assert node["node"]["mode"] == "exercise"
    for own, told in zip(exercise["sensor"], node["sensor"], strict=True):
        shared = own.keys() & told.keys()
        assert {"name", "kind", "latitude_deg", "longitude_deg", "altitude_m"} <= shared
        assert all(own[key] == told[key] for key in shared)
    sent = {s.channel: s.address for s in load_exercise(FILE).sensors}
    assert {feed["name"]: feed["address"] for feed in node["feed"]} == sent


def put(content: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    place: Any = content
    for key in parents:
        place = place[int(key)] if key.isdigit() else place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        ("exercise.sed", 1, r"\[exercise\]", "unknown keys.*sed"),
        ("exercise.seed", None, r"\[exercise\]", "seed is missing"),
        ("exercise.start", "yesterday", r"\[exercise\]", "start"),
        ("exercise.duration_s", float("nan"), r"\[exercise\]", "duration_s"),
        ("weather", {}, "", "unknown keys.*weather"),
        ("point.0.latitude_deg", 91, r"\[\[point\]\] 1", "latitude_deg = 91"),
        ("traffic.routes", [["Manas", "Nowhere"]], "", "Nowhere"),
        ("traffic.airborne", 1_000_000, r"\[traffic\]", "airborne"),
        ("flight.0.over_s", 1e18, r"\[\[flight\]\] 1", "over_s"),
        ("flight.0.mode_3a", "4189", r"\[\[flight\]\] 1", "no such code"),
        ("flight.0.over", "Manas", r"\[\[flight\]\] 1", "does not pass"),
        ("flight.1.way.1.point", "Songkol", r"\[\[flight\]\] 2: \[\[way\]\] 2", "Songkol"),
        ("flight.1.way.0.speed_kt", 9000, r"\[\[flight\]\] 2", "cannot be flown"),
        ("sensor.2.sac", 300, r"\[\[sensor\]\] 3", "sac = 300"),
        ("sensor.1.name", "Kant", "", "not unique"),
        ("sensor.0.kind", "lidar", r"\[\[sensor\]\] 1", "lidar"),
        ("sensor.0.format", "beast", r"\[\[sensor\]\] 1", "beast"),
        ("sensor.0.sac", True, r"\[\[sensor\]\] 1", "sac"),
        ("sensor.0.sac", 1.5, r"\[\[sensor\]\] 1", "sac"),
        ("sensor", 3, "", "sensor"),
        ("point.1.name", "Manas", r"\[\[point\]\] 2", "two points"),
        ("flight.0.way.1.point", "West", r"\[\[flight\]\] 1", "one place"),
        ("flight.4.way.0.point", "Kant", r"\[\[flight\]\] 5", "one place"),
        ("flight.0.callsign", "Ex-101", r"\[\[flight\]\] 1", "cannot be sent"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    content: dict[str, Any], path: str, value: Any, where: str, says: str
) -> None:
    put(content, path, value)
    with pytest.raises(BadInput, match=f"{where}.*{says}"):
        exercise_from(content)


def leaves(place: Any, path: str = "") -> list[str]:
    if isinstance(place, dict):
        inner = place.items()
    elif isinstance(place, list):
        inner = ((str(i), value) for i, value in enumerate(place))
    else:
        return [path]
    return [leaf for key, value in inner for leaf in leaves(value, f"{path}.{key}".strip("."))]


def test_any_value_out_of_place_is_bad_input_or_harmless_and_nothing_else(
    content: dict[str, Any],
) -> None:
    content["exercise"]["duration_s"] = 60
    chance = random.Random(11)
    paths = leaves(content)
    odd = ("", "x", -1, 0, 1, 1e9, -1e9, float("inf"), float("nan"), True, [], {}, [1], 10**30)
    refused = 0
    for _ in range(300):
        broken = copy.deepcopy(content)
        *parents, last = chance.choice(paths).split(".")
        place: Any = broken
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place[key]
        place[int(last) if isinstance(place, list) else last] = chance.choice(odd)
        try:
            exercise_from(broken)
        except BadInput:
            refused += 1
    assert refused > 200


def test_a_file_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[exercise]\nname = \n")
    with pytest.raises(BadInput, match=r"broken\.toml.*line 2"):
        load_exercise(broken)
    with pytest.raises(BadInput, match="absent"):
        load_exercise(tmp_path / "absent.toml")


def test_an_exercise_without_traffic_or_sensors_is_one(content: dict[str, Any]) -> None:
    for key in ("traffic", "sensor", "flight"):
        del content[key]
    empty = exercise_from(content)
    assert len(empty.truth) == 0
    assert empty.sensors == ()
    assert len(empty.truth.at(empty.start_ns).alive) == 0
