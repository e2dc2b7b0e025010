"""Compact position reporting against the formulas of Doc 9871 in plain Python."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import mode_s_cpr as kernels

LATITUDES = st.floats(-90.0, 90.0)
LONGITUDES = st.floats(-180.0, 180.0)


def zones_by_formula(latitude: float) -> int:
    """NL as Doc 9871, C.2.6.2 d) defines it."""
    if abs(latitude) > 87.0:
        return 1
    if abs(latitude) == 87.0:
        return 2
    if latitude == 0.0:
        return 59
    shape = 1.0 - math.cos(math.pi / 30.0)
    inner = 1.0 - shape / math.cos(math.radians(latitude)) ** 2
    return math.floor(2.0 * math.pi / math.acos(inner))


def encoded(latitude: float, longitude: float, odd: int) -> tuple[int, int]:
    """YZ and XZ as Doc 9871, C.2.6.3 defines them."""
    dlat = 360.0 / (60 - odd)
    yz = math.floor(2**17 * (latitude % dlat) / dlat + 0.5)
    rlat = dlat * (yz / 2**17 + math.floor(latitude / dlat))
    dlon = 360.0 / max(zones_by_formula(rlat) - odd, 1)
    xz = math.floor(2**17 * (longitude % dlon) / dlon + 0.5)
    return yz % 2**17, xz % 2**17


@settings(deadline=None)
@given(LATITUDES)
def test_longitude_zones_follow_the_formula(latitude: float) -> None:
    edge = min(abs(abs(latitude) - limit) for limit in kernels.TRANSITIONS)
    if edge > 1e-9:
        assert kernels.longitude_zones(latitude) == zones_by_formula(latitude)


@pytest.mark.parametrize(
    ("latitude", "zones"), [(0.0, 59), (10.47, 59), (10.4705, 58), (86.99, 2), (87.01, 1), (90, 1)]
)
def test_longitude_zones_at_published_transitions(latitude: float, zones: int) -> None:
    assert kernels.longitude_zones(latitude) == zones
    assert kernels.longitude_zones(-latitude) == zones


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.sampled_from([0, 1]))
def test_encoding_follows_the_formula(latitude: float, longitude: float, odd: int) -> None:
    assert kernels.cpr_encode(latitude, longitude, odd) == encoded(latitude, longitude, odd)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.sampled_from([0, 1]))
def test_a_pair_gives_the_position_back(latitude: float, longitude: float, odd: int) -> None:
    even, other = (kernels.cpr_encode(latitude, longitude, form) for form in (0, 1))
    found = kernels.cpr_global(*even, *other, odd)
    if math.isnan(found[0]):  # at a change of NL the two may lie in different zones
        edge = min(abs(abs(latitude) - limit) for limit in kernels.TRANSITIONS)
        assert edge < 1e-4
        return
    step = 360.0 / 59.0 / 2**17
    assert abs(found[0] - latitude) <= 0.51 * step
    zones = max(kernels.longitude_zones(found[0]) - odd, 1)
    turn = (found[1] - longitude + 180.0) % 360.0 - 180.0
    assert abs(turn) <= 0.51 * 360.0 / zones / 2**17
    assert -180.0 <= found[1] < 180.0


@settings(deadline=None)
@given(LATITUDES, LONGITUDES, st.sampled_from([0, 1]), st.floats(-1, 1), st.floats(-1, 1))
def test_one_message_and_a_near_position_give_the_position_back(
    latitude: float, longitude: float, odd: int, north: float, east: float
) -> None:
    coded = kernels.cpr_encode(latitude, longitude, odd)
    near = max(-90.0, min(90.0, latitude + north))
    found = kernels.cpr_local(*coded, odd, near, longitude + east, 360.0)
    edge = min(abs(abs(latitude) - limit) for limit in kernels.TRANSITIONS)
    if edge < 1e-4 or math.isnan(found[0]):
        return
    assert abs(found[0] - latitude) <= 1e-4
    turn = (found[1] - longitude + 180.0) % 360.0 - 180.0
    assert abs(turn) <= 180.0 / 2**17 * 1.01 if abs(latitude) > 86.0 else abs(turn) < 2e-3


def test_the_published_pair_gives_the_published_position() -> None:
    # J. Sun, "The 1090 Megahertz Riddle" (2nd ed.), 5.3: 8D40621D58C382D690C8AC2863A7 and ...
    latitude, longitude = kernels.cpr_global(93000, 51372, 74158, 50194, 0)
    assert latitude == pytest.approx(52.257202, abs=1e-6)
    assert longitude == pytest.approx(3.919373, abs=1e-6)


def test_formats_from_different_zones_give_no_position() -> None:
    even = kernels.cpr_encode(10.46, 20.0, 0)
    odd = kernels.cpr_encode(10.48, 20.0, 1)
    assert math.isnan(kernels.cpr_global(*even, *odd, 1)[0])
