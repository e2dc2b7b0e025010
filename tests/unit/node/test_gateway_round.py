"""One round of what a station tells: by audience, label, and what its file says of marking."""

import math

import numpy as np
import pytest

from pacts_made_up import NOW, flying, label, pact, rule, state_of
from skypact.geodesy.frames import geodetic_to_polar
from skypact.model.exchange import TrackClaims
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.node.exchange_settings import ExchangeSettings, Marking
from skypact.node.gateway_labels import Audience, Rules
from skypact.node.gateway_round import OwnRelease, places_of

ORIGIN = (math.radians(42.0), math.radians(75.0), 800.0)
SENSORS = SensorTable(
    (
        Sensor("radar-1", "radar", *ORIGIN),
        Sensor("secret-site", "radar", *ORIGIN),
        Sensor("a", "adsb"),
    )
)
WEST = Audience("east-west", ("WE",))


def release(tmp_path, **settings: object) -> OwnRelease:
    given = ExchangeSettings(tmp_path, **settings)
    return OwnRelease("EA", SENSORS, given, b"sixteen bytes or more")


def rules_of(*rules, **words) -> Rules:
    made = Rules("EA", state_of(pact(*rules, **words))[0])
    made.advance(NOW)
    return made


def claims_of(_agreement, numbers):
    claims = TrackClaims.own_only(len(numbers), "EA")
    claims.joint[:] = numbers + 1000
    return claims


def test_whole_tracks_carry_claims_and_blurred_ones_none(tmp_path) -> None:
    rules = rules_of(rule("e", emergency=True), rule("late", "blurred", blur="coarse"))
    own = flying(4, mode_3a=[0o7700, 1, 2, 3], confirmed=[True, True, True, False])
    offers = release(tmp_path).tracks(own, claims_of, rules, [WEST, WEST], NOW)
    whole, blurred = offers[WEST]
    assert (whole.tracks.track.tolist(), whole.claims.joint.tolist()) == ([1], [1001])
    assert (len(blurred.tracks), blurred.claims.joint.tolist()) == (2, [0, 0])
    assert (blurred.blurred, whole.blurred, whole.label) == (True, False, label())


def test_a_marking_that_the_agreement_does_not_know_keeps_all_at_home(tmp_path) -> None:
    rules = rules_of(rule("all"))
    ours = release(tmp_path, markings=(Marking("east-west", "cosmic"),))
    assert ours.tracks(flying(2), claims_of, rules, [WEST], NOW) == {}
    assert ours.plots(plots(2), rules, [WEST], NOW) == {}
    assert "cosmic" in ours.label(rules, "east-west")[1]


def test_an_audience_without_an_agreement_in_force_gets_nothing(tmp_path) -> None:
    elsewhere = Audience("elsewhere", ("WE",))
    assert (
        release(tmp_path).tracks(flying(2), claims_of, rules_of(rule("a")), [elsewhere], NOW) == {}
    )


def plots(count: int, sensor: int = 0) -> Plots:
    return Plots.blank(
        count,
        sensor=np.full(count, sensor),
        measured_ns=np.full(count, NOW),
        range_m=np.full(count, 100e3),
        azimuth_rad=np.linspace(0, 1, count),
        pressure_altitude_m=np.full(count, 9000.0),
    )


def test_plots_leave_by_their_sensor(tmp_path) -> None:
    rules = rules_of(rule("p", items=("plot",), sensors=("radar-1",)))
    both = Plots.join([plots(3, 0), plots(2, 1)])
    sent, marked = release(tmp_path).plots(both, rules, [WEST], NOW)[WEST]
    assert (sent.sensor.tolist(), marked) == ([0, 0, 0], label())


def test_plots_leave_by_where_they_are(tmp_path) -> None:
    area = pact().area[0]
    square = [[73, 41], [77, 41], [77, 43], [73, 43], [73, 41]]
    here = type(area)(
        id="here",
        name={"en": "Here"},
        clause="art-1",
        kind="joint",
        geometry={"type": "Polygon", "coordinates": [square]},
    )
    rules = rules_of(rule("p", items=("plot",), areas=("here",)), area=(here,))
    sent = release(tmp_path).plots(plots(5), rules, [WEST], NOW)
    assert len(sent[WEST][0]) == 5
    far = Plots.blank(1, range_m=np.array([300e3]), azimuth_rad=np.zeros(1), measured_ns=[NOW])
    assert release(tmp_path).plots(far, rules, [WEST], NOW) == {}


def test_a_node_that_keeps_its_plots_sends_none(tmp_path) -> None:
    rules = rules_of(rule("all"))
    assert release(tmp_path, send_plots=False).plots(plots(3), rules, [WEST], NOW) == {}
    assert len(release(tmp_path).plots(plots(3), rules, [WEST], NOW)[WEST][0]) == 3


def test_blurred_plots_stay_at_home(tmp_path) -> None:
    rules = rules_of(rule("all", "blurred", blur="coarse"))
    assert release(tmp_path).plots(plots(3), rules, [WEST], NOW) == {}


@pytest.mark.parametrize("distance", [0.1, 0.8, 2.5])
def test_a_radars_plot_lies_where_the_aircraft_is(distance: float) -> None:
    latitude, longitude = np.radians([42.0 + distance]), np.radians([75.0 + distance])
    range_m, azimuth_rad, _ = geodetic_to_polar(latitude, longitude, [9000.0], origin=ORIGIN)
    plot = Plots.blank(
        1, range_m=range_m, azimuth_rad=azimuth_rad, pressure_altitude_m=np.array([9000.0])
    )
    found = places_of(plot, SENSORS)
    assert np.degrees(found[0] - latitude)[0] == pytest.approx(0.0, abs=2e-3)
    assert np.degrees(found[1] - longitude)[0] == pytest.approx(0.0, abs=2e-3)


def test_a_plot_of_an_unplaced_sensor_lies_nowhere() -> None:
    found = places_of(plots(1, 2), SENSORS)
    assert np.isnan(found).all()
    assert np.isnan(places_of(plots(1, 9), SENSORS)).all()
