"""Sensor lights and rates tell the truth about what was received."""

import numpy as np
import pytest

from skypact.model.errors import Rejection
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.node.health import Health

SENSORS = SensorTable((Sensor("Kant", "radar", rotation_s=5.0), Sensor("Osh", "radar")))
START_S = 1_700_000_000


def plots_at(sensor: int, seconds: list[float]) -> Plots:
    received = np.array([round((START_S + s) * SECOND_NS) for s in seconds])
    return Plots.blank(len(seconds), sensor=np.full(len(seconds), sensor), received_ns=received)


def test_the_rate_is_the_mean_of_the_last_ten_whole_seconds() -> None:
    health = Health(SENSORS)
    health.count_plots(plots_at(0, [k / 4 for k in range(80)]))  # 20 s, four a second
    assert health.rates((START_S + 20) * SECOND_NS).tolist() == [4.0, 0.0]
    assert health.rates((START_S + 25) * SECOND_NS).tolist() == [2.0, 0.0]
    assert health.rates((START_S + 40) * SECOND_NS).tolist() == [0.0, 0.0]
    assert health.plots == 80


def test_a_light_goes_from_live_over_late_to_silent_by_turns() -> None:
    health = Health(SENSORS)
    health.count_plots(plots_at(0, [0.0]))
    states = [health.sensors((START_S + s) * SECOND_NS)[0].state for s in (1, 10, 11, 25, 26)]
    assert states == ["live", "live", "late", "late", "silent"]
    assert health.sensors(START_S * SECOND_NS)[1].state == "silent"


def test_a_north_mark_keeps_a_sensor_live_without_plots() -> None:
    health = Health(SENSORS)
    health.hear(np.array([1], np.int32), np.array([START_S * SECOND_NS]))
    assert health.sensors((START_S + 1) * SECOND_NS)[1].state == "live"
    assert health.sensors((START_S + 1) * SECOND_NS)[1].plots == 0


def test_refusals_are_counted_for_the_sensor_they_name_or_for_nobody() -> None:
    health = Health(SENSORS)
    for sensor, count in (("Kant", 3), ("SAC 25 SIC 11", 2), ("Kant", 1)):
        health.refuse((Rejection("TruncatedBlock", "udp", sensor, 0, 0, "short", count),))
    status = health.sensors(START_S * SECOND_NS)
    assert status[0].rejected == {"TruncatedBlock": 4}
    assert health.rejected_nameless == {"TruncatedBlock": 2}
    assert health.refused == 6


def test_the_delay_from_measurement_to_reception_is_told() -> None:
    health = Health(SENSORS)
    assert health.sensors(0)[0].latency_s is None
    received = np.arange(100) * SECOND_NS + 10 * SECOND_NS
    late = np.where(np.arange(100) < 90, SECOND_NS // 2, 3 * SECOND_NS)
    health.count_plots(
        Plots.blank(
            100, sensor=np.zeros(100, np.int32), measured_ns=received - late, received_ns=received
        )
    )
    row = health.sensors(int(received[-1]))[0]
    assert row.latency_s == pytest.approx(0.5, rel=0.06)
    assert row.latency_p95_s == pytest.approx(3.0, rel=0.06)
