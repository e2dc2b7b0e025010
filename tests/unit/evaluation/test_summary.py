"""A summary says what a recording holds, also where it crosses midnight or the antimeridian."""

import numpy as np
import pytest

from skypact.evaluation.drawing import dot_map, histogram, ticks
from skypact.evaluation.placing import plot_positions
from skypact.evaluation.summary import summarise
from skypact.evaluation.summary_page import summary_page
from skypact.geodesy import geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS

KANT = Sensor("Kant", "radar", np.radians(42.85), np.radians(74.85), 790.0)
SENSORS = SensorTable((KANT, Sensor("<b>lost</b>", "radar")))


def turns(missing: set[int] = frozenset(), count: int = 12) -> Plots:  # type: ignore[assignment]
    """One aircraft seen every five seconds but for some turns."""
    seen = np.array([turn for turn in range(count) if turn not in missing])
    return Plots.blank(
        len(seen),
        measured_ns=seen * 5 * SECOND_NS,
        received_ns=seen * 5 * SECOND_NS,
        range_m=np.full(len(seen), 80e3),
        azimuth_rad=np.full(len(seen), 1.0),
        pressure_altitude_m=np.full(len(seen), 9_000.0),
        mode_s=np.full(len(seen), 0x601234),
    )


def test_intervals_and_gaps_are_those_of_a_target() -> None:
    row = summarise(turns(missing={4, 5, 6, 7}), SENSORS, {"Kant": {"TruncatedBlock": 2}})[0]
    assert (row.plots, row.targets, row.gaps) == (8, 1, 1)
    assert row.update_interval_s == 5.0
    assert row.silence_s == 25.0
    assert row.plots_per_s == pytest.approx(8 / 55)
    assert row.rejected == {"TruncatedBlock": 2}
    assert row.with_address == 1.0
    assert row.with_code == 0.0


def test_a_sensor_without_plots_has_no_figures_but_its_row() -> None:
    row = summarise(turns(), SENSORS, {})[1]
    assert row.plots == 0
    assert row.first is None
    assert row.update_interval_s is None


def test_a_radar_plot_is_laid_where_the_aircraft_is() -> None:
    place = (np.radians(43.4), np.radians(75.6), 9_000.0)
    origin = (KANT.latitude_rad, KANT.longitude_rad, KANT.altitude_m)
    slant, azimuth, _ = geodetic_to_polar(*place, origin=origin)
    plots = Plots.blank(
        1,
        range_m=slant.reshape(1),
        azimuth_rad=azimuth.reshape(1),
        pressure_altitude_m=np.array([9_000.0]),
    )
    latitude, longitude = plot_positions(plots, SENSORS)
    assert latitude[0] == pytest.approx(43.4, abs=1e-3)
    assert longitude[0] == pytest.approx(75.6, abs=1e-3)


def test_a_plot_of_an_unplaced_radar_lies_nowhere() -> None:
    plots = Plots.blank(1, sensor=np.array([1]), range_m=np.ones(1), azimuth_rad=np.ones(1))
    assert np.isnan(plot_positions(plots, SENSORS)[0]).all()


def test_an_area_across_the_antimeridian_stays_narrow() -> None:
    plots = Plots.blank(
        3, latitude_rad=np.radians([50, 51, 52.0]), longitude_rad=np.radians([179.0, -179.0, 179.5])
    )
    row = summarise(plots, SENSORS, {})[0]
    assert (row.west_deg, row.east_deg) == (pytest.approx(179.0), pytest.approx(-179.0))


def test_the_page_shows_every_sensor_and_takes_names_as_text() -> None:
    plots = turns()
    page = summary_page(
        "<i>x</i>", summarise(plots, SENSORS, {}), {"cat048": 12}, plots, SENSORS, []
    )
    assert page.count("<svg") == 3
    assert "&lt;b&gt;lost&lt;/b&gt;" in page
    assert "<b>lost" not in page
    assert "<i>x" not in page
    assert "http" not in page, "a report fetches nothing"


def test_drawings_stand_nothing_and_sameness() -> None:
    assert "nothing" in histogram(np.empty(0), x_name="s", y_name="n", label="empty")
    assert "<svg" in histogram(np.zeros(3), x_name="s", y_name="n", label="zeros")
    assert "no positions" in dot_map(np.array([np.nan]), np.array([1.0]), [], label="map")
    assert "<svg" in dot_map(np.array([1.0]), np.array([179.9]), [("a", 1.0, -179.9)], label="map")
    assert ticks(0.0, 10.0).tolist() == [0, 2, 4, 6, 8, 10]
