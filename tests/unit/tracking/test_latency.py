"""Delays of sensors: what the figures are, and that batches do not change them."""

import numpy as np
import pytest

from skypact.model.time import SECOND_NS
from skypact.tracking.latency import WINDOW_NS, WINDOWS, LatencyMeter

START_NS = 28_000_000 * WINDOW_NS


def made_up(count=4000, seed=1, over_s=200.0):
    random = np.random.default_rng(seed)
    received_ns = START_NS + np.sort(random.uniform(0, over_s, count) * SECOND_NS).astype(np.int64)
    delay_s = random.lognormal(np.log(0.8), 0.6, count)
    sensor = random.integers(0, 3, count).astype(np.int32)
    return sensor, received_ns - (delay_s * SECOND_NS).astype(np.int64), received_ns, delay_s


def test_median_and_95th_percentile_are_those_of_the_delays():
    sensor, measured_ns, received_ns, delay_s = made_up()
    meter = LatencyMeter(3)
    meter.note(sensor, measured_ns, received_ns)
    for index in range(3):
        own = delay_s[sensor == index]
        latency = meter.of(index)
        assert latency.plots == len(own)
        assert latency.median_s == pytest.approx(np.median(own), rel=0.08)
        assert latency.p95_s == pytest.approx(np.percentile(own, 95), rel=0.1)


def test_batches_do_not_change_the_figures():
    sensor, measured_ns, received_ns, _ = made_up(over_s=1500.0)
    whole, parts = LatencyMeter(3), LatencyMeter(3)
    whole.note(sensor, measured_ns, received_ns)
    for begin in range(0, len(sensor), 37):
        rows = slice(begin, begin + 37)
        parts.note(sensor[rows], measured_ns[rows], received_ns[rows])
    assert [whole.of(k) for k in range(3)] == [parts.of(k) for k in range(3)]


def test_old_delays_are_forgotten():
    one = np.zeros(100, np.int32)
    meter = LatencyMeter(1)
    for window, delay_s in ((0, 5.0), (WINDOWS, 0.2)):
        received_ns = np.full(100, START_NS + window * WINDOW_NS)
        meter.note(one, received_ns - int(delay_s * SECOND_NS), received_ns)
    assert meter.of(0).plots == 100
    assert meter.of(0).p95_s == pytest.approx(0.2, rel=0.06)


def test_a_silent_or_unknown_sensor_has_none_and_a_future_plot_is_not_late():
    meter = LatencyMeter(2)
    sensor = np.array([0, 7, -1], np.int32)
    received_ns = np.full(3, START_NS)
    meter.note(sensor, received_ns + SECOND_NS, received_ns)
    assert meter.of(1) is None
    assert meter.of(0).median_s == 0.0
    assert meter.of(0).plots == 1
