"""The weighing of evidence beside plain Python, and what it must never do."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.identity.likelihoods import default_likelihoods
from skypact.identity.outcomes import KIND, OUTCOMES, outcome
from skypact.kernels import identity_combine as kernel
from skypact.model.identity import EVIDENCE_KINDS

SHIPPED = default_likelihoods()
KINDS = len(EVIDENCE_KINDS)
NOW_NS = 1_700_000_000_000_000_000
LATITUDE, LONGITUDE = 0.74, 1.3


class Table:
    """Evidence of some tracks, none at first, and what the kernels make of it."""

    def __init__(self, count: int) -> None:
        self.outcome = np.full((count, KINDS), -1, np.int16)
        self.weight = np.ones((count, KINDS))
        self.detail = np.full((count, KINDS), -1, np.int32)
        self.observed_ns = np.full((count, KINDS), NOW_NS, np.int64)
        self.latitude = np.full((count, KINDS), LATITUDE)
        self.longitude = np.full((count, KINDS), LONGITUDE)
        self.address = np.full((count, KINDS), -1, np.int32)
        self.track_latitude = np.full(count, LATITUDE)
        self.track_longitude = np.full(count, LONGITUDE)
        self.track_address = np.full(count, 0x601001, np.int32)
        self.identity = np.zeros(count, np.int8)
        self.aircraft = np.zeros(count, np.int8)
        self.first_ns = np.full(count, NOW_NS, np.int64)
        self.probability = np.empty((count, 4))
        self.left, self.gone = np.empty((count, KINDS)), np.empty((count, KINDS), np.int8)
        self.support = np.empty(count, np.int8)

    def give(self, **found: str) -> "Table":
        """The same evidence for every track."""
        for kind, name in found.items():
            self.outcome[:, KIND[kind]] = outcome(kind, name)
        return self

    def weigh(self, now_ns: int = NOW_NS) -> "Table":
        kernel.combine(
            self.outcome,
            self.weight,
            self.observed_ns,
            self.latitude,
            self.longitude,
            self.address,
            self.track_latitude,
            self.track_longitude,
            self.track_address,
            now_ns,
            SHIPPED.log_likelihood,
            SHIPPED.law,
            SHIPPED.log_prior,
            SHIPPED.reach,
            self.probability,
            self.left,
            self.gone,
        )
        kernel.decide(
            self.probability,
            self.left,
            self.outcome,
            SHIPPED.log_likelihood,
            self.first_ns,
            now_ns,
            SHIPPED.threshold,
            self.identity,
            self.aircraft,
            self.support,
        )
        return self


def plain(table: Table, row: int, now_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and what is left of each piece, by the definition."""
    logs, left = SHIPPED.log_prior.copy(), np.zeros(KINDS)
    fastest, floor = SHIPPED.reach
    for k in range(KINDS):
        o = int(table.outcome[row, k])
        half_life, longest, bound = SHIPPED.law[k]
        age = 1e-9 * (now_ns - int(table.observed_ns[row, k]))
        own, other = int(table.track_address[row]), int(table.address[row, k])
        place = (table.latitude[row, k], table.longitude[row, k])
        at = (table.track_latitude[row], table.track_longitude[row])
        if o < 0 or not table.weight[row, k] > 0.0 or age > longest or age < -2.0:
            continue
        if bound and own >= 0 and other >= 0 and own != other:
            continue
        if np.isfinite(place).all():
            if not np.isfinite(at).all():
                continue
            h = math.sin((at[0] - place[0]) / 2) ** 2
            h += math.cos(at[0]) * math.cos(place[0]) * math.sin((at[1] - place[1]) / 2) ** 2
            away = 2 * 6371008.8 * math.asin(math.sqrt(min(1.0, h)))
            if away > floor + fastest * max(0.0, age):
                continue
        left[k] = min(1.0, table.weight[row, k]) * 0.5 ** (max(0.0, age) / half_life)
        logs += left[k] * SHIPPED.log_likelihood[k, o]
    odds = np.exp(logs - logs.max())
    return odds / odds.sum(), left


@pytest.mark.parametrize("seed", range(4))
def test_weighing_is_bayes_rule_with_fading_weights(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 300
    table = Table(count)
    for k, names in enumerate(OUTCOMES.values()):
        table.outcome[:, k] = random.integers(-1, len(names), count)
    table.weight[:] = random.uniform(-0.1, 1.2, (count, KINDS))
    table.weight[random.random((count, KINDS)) < 0.05] = np.nan
    table.observed_ns -= (random.uniform(-4.0, 4000.0, (count, KINDS)) * 1e9).astype(np.int64)
    table.latitude += random.normal(0.0, 0.01, (count, KINDS))
    table.longitude[random.random((count, KINDS)) < 0.1] = np.nan
    table.address[:] = random.choice([-1, 0x601001, 0x601002], (count, KINDS))
    table.track_address[:] = random.choice([-1, 0x601001], count)
    table.track_latitude[:3] = np.nan
    expected = [plain(table, row, NOW_NS) for row in range(count)]
    before = table.outcome.copy()
    table.weigh()
    for row, (probability, left) in enumerate(expected):
        np.testing.assert_allclose(table.probability[row], probability, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(table.left[row], left, rtol=1e-12)
    kept = table.outcome >= 0
    np.testing.assert_array_equal(kept, (before >= 0) & (table.gone == 0))


def test_distance_is_that_on_the_ellipsoid_within_a_hundredth() -> None:
    random = np.random.default_rng(7)
    for _ in range(50):
        a, b = random.uniform(-90, 90, 2)
        c, d = random.uniform(-180, 180, 2)
        true = Geodesic.WGS84.Inverse(a, c, b, d)["s12"]
        mine = kernel.chord_m.py_func(*np.radians([a, c, b, d]))
        assert mine == pytest.approx(true, rel=0.01)


def test_nothing_known_is_pending_and_then_unknown() -> None:
    table = Table(1).weigh()
    assert table.identity.tolist() == [0]
    table.weigh(NOW_NS + 16 * 10**9)
    assert table.identity.tolist() == [1]
    assert table.aircraft.tolist() == [0]


def test_an_address_alone_never_identifies() -> None:
    for name in OUTCOMES["address"]:
        table = Table(1).give(address=name).weigh()
        assert table.identity.tolist() == [0], name


def test_an_airliner_on_its_plan_is_neutral_and_civil() -> None:
    table = Table(1).give(address="other", plan="conforms", silence="replies", motion="ordinary")
    table.weigh()
    assert table.identity.tolist() == [4]
    assert table.aircraft.tolist() == [1]


def test_an_own_fighter_with_code_and_address_is_a_friend() -> None:
    table = Table(1).give(address="friendly-state-block", code="friendly-range", silence="replies")
    assert table.weigh().identity.tolist() == [3]
    assert table.aircraft.tolist() == [2]


def test_a_silent_low_fast_one_towards_a_site_is_suspect() -> None:
    table = Table(1).give(silence="silent", motion="low-fast", approach="towards-site")
    assert table.weigh().identity.tolist() == [5]


def test_a_light_aircraft_without_transponder_is_not_suspect() -> None:
    table = Table(1).give(silence="silent", motion="low-slow", airspace="permitted")
    assert table.weigh().identity.tolist() == [0]


def test_a_reply_that_came_from_elsewhere_is_let_go_of() -> None:
    """Iran Air 655: the military reply was read where the track had been, not where it was."""
    table = Table(1).give(address="friendly-state-block", code="friendly-range")
    assert table.weigh().identity.tolist() == [3]
    table.track_latitude[0] += 40e3 / 6.37e6
    table.weigh(NOW_NS + 10**9)
    assert table.gone[0, KIND["code"]] == kernel.GONE_PLACE
    assert (table.outcome == -1).all()
    assert table.identity.tolist() == [1]


def test_evidence_leaves_a_track_that_shows_another_address() -> None:
    table = Table(1).give(address="friendly-state-block", code="friendly-range")
    table.address[:] = 0x601001
    table.weigh()
    table.track_address[0] = 0x3C6444
    table.weigh()
    assert table.gone[0, KIND["address"]] == kernel.GONE_ADDRESS
    assert table.gone[0, KIND["code"]] == 0  # a code is not an address's
    assert table.identity.tolist() == [1]


def test_an_identity_stays_until_it_is_clearly_not_so() -> None:
    """Entered at 0.80, left below 0.55: values between change nothing."""
    table = Table(1).give(silence="silent", approach="towards-site").weigh()
    said = []
    for mass in (0.79, 0.81, 0.7, 0.56, 0.54, 0.7, 0.79, 0.81):
        table.probability[:] = [[1e-9, 1.0 - mass, 1e-9, mass]]
        kernel.decide(
            table.probability,
            table.left,
            table.outcome,
            SHIPPED.log_likelihood,
            table.first_ns,
            NOW_NS + 60 * 10**9,
            SHIPPED.threshold,
            table.identity,
            table.aircraft,
            table.support,
        )
        said.append(int(table.identity[0]))
    assert said == [1, 5, 5, 5, 1, 1, 1, 5]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-3, 12), min_size=KINDS, max_size=KINDS),
    st.lists(st.floats(allow_nan=True), min_size=KINDS, max_size=KINDS),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=KINDS, max_size=KINDS),
    st.lists(st.floats(allow_nan=True), min_size=4, max_size=4),
    st.integers(-128, 127),
)
def test_whatever_comes_in_probabilities_add_up_and_the_machine_says_no_hostile(
    outcomes: list[int],
    weights: list[float],
    times: list[int],
    places: list[float],
    identity: int,
) -> None:
    table = Table(1)
    table.outcome[0], table.weight[0], table.observed_ns[0] = outcomes, weights, times
    table.latitude[0, :2], table.track_latitude[0] = places[:2], places[2]
    table.track_longitude[0] = places[3]
    table.identity[0] = identity
    table.weigh()
    assert table.probability.sum() == pytest.approx(1.0)
    assert (table.probability > 0.0).all()
    assert 0 <= table.identity[0] <= 5
    assert 0 <= table.aircraft[0] <= 2


def attached(table: Table, **given: object) -> bool:
    """Whether the first track takes a code that was seen with these differences."""
    values = {
        "outcome": 0,
        "weight": 1.0,
        "observed_ns": NOW_NS,
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
        "address": -1,
    } | given
    taken = np.empty(1, np.bool_)
    kernel.attach(
        np.array([values["outcome"]], np.int16),
        np.array([values["weight"]], np.float64),
        np.array([7], np.int32),
        np.array([values["observed_ns"]], np.int64),
        np.array([values["latitude"]], np.float64),
        np.array([values["longitude"]], np.float64),
        np.array([values["address"]], np.int32),
        table.track_latitude,
        table.track_longitude,
        np.full(1, 200.0),
        np.full(1, NOW_NS, np.int64),
        np.full(1, 100.0),
        table.track_address,
        KIND["address"],
        True,
        3000.0,
        NOW_NS,
        table.outcome,
        table.weight,
        table.detail,
        table.observed_ns,
        table.latitude,
        table.longitude,
        table.address,
        taken,
    )
    return bool(taken[0])


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, True),
        ({"latitude": LATITUDE + 3400.0 / 6.371e6}, True),
        ({"latitude": LATITUDE + 3600.0 / 6.371e6}, False),
        # ten seconds earlier it was up to 3 km away
        ({"latitude": LATITUDE + 6400.0 / 6.371e6, "observed_ns": NOW_NS - 10**10}, True),
        ({"latitude": math.nan}, True),  # it has no place: nothing speaks against it
        ({"address": 0x601001}, True),
        ({"address": 0x601002}, False),
        ({"outcome": -1}, False),
        ({"weight": math.nan}, False),
        ({"observed_ns": NOW_NS + 3 * 10**9}, False),
    ],
)
def test_a_piece_is_put_with_the_track_it_came_from(given: dict[str, object], taken: bool) -> None:
    table = Table(1)
    assert attached(table, **given) is taken
    assert bool(table.outcome[0, KIND["address"]] >= 0) is taken
    assert bool(table.detail[0, KIND["address"]] == 7) is taken


def test_an_older_piece_does_not_replace_a_newer_one() -> None:
    table = Table(1)
    assert attached(table, outcome=2)
    assert not attached(table, outcome=1, observed_ns=NOW_NS - 1)
    assert attached(table, outcome=3)
    assert table.outcome[0, KIND["address"]] == 3
