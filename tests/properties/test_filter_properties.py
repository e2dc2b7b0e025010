"""What holds of the filter whatever it is fed: covariances stay covariances, numbers finite."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import kalman
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.tracking import Tracker, TrackerSettings

LAW = TrackerSettings().law()
MODELS = len(LAW.noise)
UPPER = np.triu_indices(6)
START_NS = from_iso("2024-03-01T12:00:00")


def unpacked(upper):
    full = np.zeros((6, 6))
    full[UPPER] = upper
    return full + np.triu(full, 1).T


def new_models(speed_mps):
    """A young track: position, speed and height known as a radar's first plot tells them."""
    x, cov = np.zeros((MODELS, 6)), np.zeros((MODELS, 21))
    x[:, 2], x[:, 4], x[:, 5] = speed_mps, 7500.0, LAW.prior
    for j in range(MODELS):
        spread = np.array([300.0, 300.0, 140.0, 140.0, 2600.0]) ** 2
        cov[j] = np.diag([*spread, LAW.prior_variance[j]])[UPPER]
    return x, cov, LAW.start.copy()


measurements = st.tuples(
    st.floats(0.05, 40.0),
    st.floats(-3.0, 3.0),
    st.floats(-3.0, 3.0),
    st.floats(0.0, 2 * np.pi),
    st.floats(1.0, 500.0),
)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 600.0), st.lists(measurements, min_size=1, max_size=40))
def test_covariances_stay_positive_and_numbers_finite(speed_mps, steps):
    x, cov, weight = new_models(speed_mps)
    share, mixed, gain = np.empty((MODELS, MODELS)), np.empty((MODELS, 27)), np.empty((6, 2))
    mean, lin = np.empty(5), np.zeros(kalman.LIN)
    for step_s, first, second, angle, sigma in steps:
        kalman.mix(x, cov, weight, LAW, step_s, share, mixed)
        for j in range(MODELS):
            kalman.predict(x[j], cov[j], LAW.kind[j], LAW.noise[j], 4000.0, step_s)
        kalman.combine(x, cov, weight, mean)
        c, s = np.cos(angle), np.sin(angle)
        lin[kalman.H1 : kalman.H1 + 3] = c, s, 0.05
        lin[kalman.H2 : kalman.H2 + 3] = -s, c, 0.0
        lin[kalman.R11], lin[kalman.R22] = sigma**2, (3 * sigma) ** 2
        lin[kalman.Z1], lin[kalman.Z2] = 300.0 * first, 300.0 * second
        kalman.update(x, cov, weight, mean, lin, LAW.noise, gain)
        assert np.isfinite(x).all()
        assert np.isfinite(cov).all()
        assert abs(weight.sum() - 1.0) < 1e-4
        for j in range(MODELS):
            full = unpacked(cov[j])
            scale = np.sqrt(np.maximum(np.diag(full), 1e-12))
            lowest = np.linalg.eigvalsh(full / np.outer(scale, scale))[0]
            assert lowest > -1e-6, (j, lowest)


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.integers(0, 60),
            st.floats(1.0, 4e5),
            st.floats(0, 6.3),
            numbers,
            numbers,
            numbers,
            numbers,
        ),
        min_size=1,
        max_size=40,
    )
)
def test_no_row_is_ever_other_than_finite(rows):
    """Whatever heights, angles and velocities come with measurements that are possible."""
    radars = tuple(
        Sensor(f"r{k}", "radar", 0.7, 1.3 + 0.01 * k, 500.0, elevation_sigma_rad=2e-3)
        for k in range(2)
    )
    columns = np.array(rows, dtype=np.float64)
    measured_ns = START_NS + (columns[:, 1] * SECOND_NS).astype(np.int64)
    plots = Plots.blank(
        len(rows),
        sensor=columns[:, 0],
        measured_ns=measured_ns,
        received_ns=measured_ns + 5 * SECOND_NS * columns[:, 0].astype(np.int64),
        range_m=columns[:, 2],
        azimuth_rad=columns[:, 3],
        elevation_rad=columns[:, 4],
        pressure_altitude_m=columns[:, 5],
        velocity_east_mps=columns[:, 6],
        velocity_north_mps=columns[:, 7],
    ).in_time_order()
    tracks = Tracker(SensorTable(radars)).step(plots, START_NS + 70 * SECOND_NS)
    for name in ("latitude_rad", "longitude_rad", "velocity_east_mps", "horizontal_sigma_m"):
        assert np.isfinite(getattr(tracks, name)).all()
