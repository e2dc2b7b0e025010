"""A consumer on a UDP port gets the node's picture as ASTERIX that others can read."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.readers import open_reader
from skypact.model.errors import BadInput
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.status import NodeStatus, SensorStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node.outlets import messages_of, open_outlet
from skypact.node.settings import OutputSettings, read_node

NOW_NS = 1_793_520_000 * SECOND_NS
SENSORS = SensorTable((Sensor("Kant", "radar", 0.7, 1.3, 800.0, sac=254, sic=1),))
STATUS = NodeStatus(
    "KG", "live", NOW_NS, 1.0, 10, 1.0, 1, False,
    (SensorStatus("Kant", "radar", 40.0, 74.0, "live", 10, 1.0, NOW_NS, {}),), {},
)  # fmt: skip


def one_track() -> Tracks:
    values = {
        "track": 7, "measured_ns": NOW_NS, "latitude_rad": np.radians(42.5),
        "longitude_rad": np.radians(-179.9), "altitude_m": 9_000.0, "pressure_altitude_m": 8_839.2,
        "velocity_east_mps": 200.0, "velocity_north_mps": -50.0, "velocity_up_mps": 0.0,
        "horizontal_sigma_m": 40.0, "confirmed": True, "coasting": False,
        "last_plot_ns": NOW_NS - SECOND_NS, "mode_3a": 0o2000, "mode_s": 0x601234,
        "callsign": b"KGA123", "sensors": [1], "covariance": [np.nan] * 10,
    }  # fmt: skip
    return Tracks(**{n: np.array([values[n]], dtype=d) for n, d in TRACK_COLUMNS.items()})


def test_what_is_sent_reads_back_as_what_was_tracked() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as consumer:
        consumer.bind(("127.0.0.1", 0))
        consumer.settimeout(2)
        address = f"udp://127.0.0.1:{consumer.getsockname()[1]}"
        outlet = open_outlet(OutputSettings("joint", address, sac=254, sic=100))
        outlet.send(one_track(), STATUS, SENSORS)
        datagrams = [consumer.recv(2048) for _ in range(outlet.sent)]
        outlet.close()
    frames = Frames.from_payloads("asterix", address, datagrams, [NOW_NS] * len(datagrams))
    items = decode_items(frames)
    assert not items.rejections
    assert set(items.categories) == {62, 63, 65}
    us = SensorTable((Sensor("joint", "tracker", sac=254, sic=100),))
    plots = AsterixPlots(us).read(frames).plots
    assert len(plots) == 1
    assert np.degrees(plots.latitude_rad[0]) == pytest.approx(42.5, abs=1e-5)
    assert np.degrees(plots.longitude_rad[0]) == pytest.approx(-179.9, abs=1e-5)
    assert plots.velocity_east_mps[0] == pytest.approx(200.0, abs=0.25)
    assert plots.pressure_altitude_m[0] == pytest.approx(8_839.2, abs=8)
    assert (plots.mode_s[0], plots.mode_3a[0], plots.callsign[0]) == (0x601234, 0o2000, b"KGA123")
    assert plots.source_track[0] == 7


@pytest.mark.parametrize("format", ["cot", "dis"])
def test_the_picture_also_goes_out_as_events_and_entity_states(format: Any) -> None:
    settings = OutputSettings("other", "udp://127.0.0.1:9", format)
    (message,) = messages_of(settings, one_track(), None, STATUS, SENSORS)
    us = SensorTable((Sensor("other", "tracker"),))
    frames = Frames.from_payloads(format, "test", [message], [NOW_NS])
    plots = open_reader(format, us, sensor=0).read(frames).plots
    assert len(plots) == 1
    assert np.degrees(plots.latitude_rad[0]) == pytest.approx(42.5, abs=1e-5)
    assert np.degrees(plots.longitude_rad[0]) == pytest.approx(-179.9, abs=1e-5)


def test_a_consumer_that_is_not_there_holds_nothing_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    outlet = open_outlet(OutputSettings("nobody", f"udp://127.0.0.1:{port}", sac=254, sic=100))
    for _ in range(3):
        outlet.send(one_track(), replace(STATUS, now_ns=NOW_NS), SENSORS)
    outlet.close()
    assert outlet.refused > 0, "loopback answers that nobody listens"


def test_an_output_that_is_not_udp_is_refused() -> None:
    with pytest.raises(BadInput, match="not UDP"):
        open_outlet(OutputSettings("x", "tcp://127.0.0.1:1", sac=1, sic=1))


def test_an_output_says_who_it_is(tmp_path: Path) -> None:
    node = '[node]\nname="a"\n[[feed]]\nname="f"\nformat="asterix"\naddress="udp://127.0.0.1:1"\n'
    path = tmp_path / "node.toml"
    path.write_text(node + '[[output]]\nname="o"\naddress="udp://127.0.0.1:2"\nsac=1\n')
    with pytest.raises(BadInput, match="sic missing"):
        read_node(path)
