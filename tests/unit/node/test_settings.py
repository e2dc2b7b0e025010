"""A node's file is read as people wrote it, and every mistake in it is named with its place."""

import math
from pathlib import Path

import pytest

from skypact.model.errors import BadInput
from skypact.node.settings import read_node, read_sensors

EXAMPLES = Path(__file__).parents[3] / "examples" / "nodes"
NODE = """
[node]
name = "KG"
mode = "exercise"

[[sensor]]
name = "Kant"
kind = "radar"
latitude_deg = 42.85
longitude_deg = 74.85
altitude_m = 780
sac = 200
sic = 1
rotation_s = 5
azimuth_sigma_deg = 0.1

[[sensor]]
name = "Manas"
kind = "adsb"

[[feed]]
name = "radars"
format = "asterix"
address = "udp://127.0.0.1:8600"

[[feed]]
name = "receiver"
format = "beast"
address = "tcp://127.0.0.1:30005"
sensor = "Manas"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(text)
    return path


def test_a_node_file_is_read_in_radians(tmp_path: Path) -> None:
    node = read_node(written(tmp_path, NODE))
    assert (node.name, node.mode, len(node.feeds)) == ("KG", "exercise", 2)
    kant = node.sensors[0]
    assert kant.latitude_rad == pytest.approx(math.radians(42.85))
    assert kant.azimuth_sigma_rad == pytest.approx(math.radians(0.1))
    assert (kant.sac, kant.sic, kant.altitude_m) == (200, 1, 780.0)
    assert not node.sensors[1].located


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('kind = "radar"', 'kind = "sonar"', "sonar"),
        ("sac = 200", "sac = 256", "between 0 and 255"),
        ("latitude_deg = 42.85", "latitude_deg = 95", "latitude_deg"),
        ("rotation_s = 5", "rotation_s = 0", "rotation_s"),
        ("rotation_s = 5", "rotation_s = nan", "finite"),
        ("rotation_s = 5", "rotaton_s = 5", "rotaton_s"),
        ('name = "Manas"', 'name = "Kant"', "not unique"),
        ('sensor = "Manas"', 'sensor = "Osh"', "Osh"),
        ('sensor = "Manas"', "", "carries no sensor"),
        ('name = "KG"', "", "name"),
        ("[[feed]]", "[[feeds]]", "feeds"),
        ("altitude_m = 780", "altitude_m = ", "line"),
    ],
)
def test_a_mistake_is_named_with_its_file(
    tmp_path: Path, wrong: str, right: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read_node(written(tmp_path, NODE.replace(wrong, right)))
    assert "node.toml" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_node_without_feeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="hear nothing"):
        read_node(written(tmp_path, '[node]\nname = "deaf"'))


def test_a_joint_post_may_have_no_sensors_of_its_own(tmp_path: Path) -> None:
    node = read_node(written(tmp_path, '[node]\nname = "KANT"\n[exchange]\nfolder = "kant"'))
    assert (len(node.sensors), node.feeds) == (0, ())


def test_the_examples_nodes_share_out_the_exercises_sensors() -> None:
    """Every sensor of the exercise belongs to one nation, as the whole node has it."""
    whole = read_node(EXAMPLES / "kyrgyzstan.toml")
    shared = [read_node(EXAMPLES / f"{name}.toml") for name in ("kg", "ru", "kant")]
    sensors = [sensor for node in shared for sensor in node.sensors]
    feeds = [feed for node in shared for feed in node.feeds]
    assert sorted(sensors, key=str) == sorted(whole.sensors, key=str)
    assert sorted(feeds, key=str) == sorted(whole.feeds, key=str)
    assert all(node.mode == "exercise" for node in shared)


def test_a_node_file_serves_as_a_sensor_file(tmp_path: Path) -> None:
    assert [sensor.name for sensor in read_sensors(written(tmp_path, NODE))] == ["Kant", "Manas"]


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_sensors(tmp_path / "absent.toml")
