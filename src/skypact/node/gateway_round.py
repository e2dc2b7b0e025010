"""One round of what a station tells its partners: own tracks each second, own plots as they come.

In: the watch's tracks and plots, the rules, and the audiences of the links that are up. Out: for
each audience the states that leave now, by label. What is decided once serves every link with the
same audience.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.exchange.live import TrackOffer
from skypact.geodesy.frames import enu_to_geodetic
from skypact.model.exchange import TrackClaims
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks
from skypact.node.exchange_settings import ExchangeSettings
from skypact.node.gateway_labels import (
    Audience,
    Counts,
    Rules,
    TrackGate,
    lets_plots_pass,
    own_label,
    own_plots_coded,
    own_tracks_coded,
    seen_whole,
)
from skypact.node.gateway_terms import foreign_words

EARTH_RADIUS_M = 6_371_000.0
"""Near enough for where a plot lies among areas."""

Floats = NDArray[np.float64]


@dataclass(slots=True)
class OwnRelease:
    """What leaves of a node's own tracks and plots.

    Parameters
    ----------
    station, sensors
        The node's own.
    settings
        How own data is marked, and whether plots are sent.
    secret
        Of the node, at least 16 bytes, the same for ever: for passing numbers.
    exercise
        Whether it is exercise data.
    """

    station: str
    sensors: SensorTable
    settings: ExchangeSettings
    secret: bytes = field(repr=False)
    exercise: bool = False
    counts: Counts = field(default_factory=Counter)
    _gates: dict[Audience, TrackGate] = field(default_factory=dict)

    def label(self, rules: Rules, agreement: str) -> tuple[Label, str]:
        """How own data is marked under an agreement in force, and what is wrong with that."""
        one = rules.situations[agreement]
        marking = self.settings.marking(agreement)
        label = own_label(one.document, one.standing.bound, rules.party, marking)
        foreign = foreign_words(
            one.document, label.classification, label.categories, label.releasable_to
        )
        said = f"own data is marked {', '.join(foreign)}, which {agreement} does not have"
        return label, said if foreign else ""

    def tracks(
        self,
        own: Tracks,
        claimed: Callable[[str, NDArray[np.int64]], TrackClaims],
        rules: Rules,
        audiences: Iterable[Audience],
        now_ns: int,
    ) -> dict[Audience, list[TrackOffer]]:
        """What each audience gets of own tracks; a track that is tentative is told to nobody.

        Parameters
        ----------
        own
            The watch's picture now.
        claimed
            Gives what is said under an agreement of own tracks by their numbers.
        rules
            What binds.
        audiences
            Of the links that are up.
        now_ns
            The time, int64 UTC nanoseconds.
        """
        sure = own.take(own.confirmed)
        offers: dict[Audience, list[TrackOffer]] = {}
        for audience in sorted(set(audiences), key=lambda a: (a.agreement, a.parties)):
            table = rules.tables.get(audience.agreement)
            if table is None:
                continue
            label, wrong = self.label(rules, audience.agreement)
            if wrong:
                continue
            items = own_tracks_coded(sure, label, table, self.sensors, exercise=self.exercise)
            gate = self._gates.setdefault(audience, TrackGate(audience, self.secret))
            whole, blurred = gate.step(sure, items, table, now_ns)
            self.counts += gate.counts
            gate.counts.clear()
            offers[audience] = [
                TrackOffer(whole, claimed(audience.agreement, whole.track), label),
                TrackOffer(blurred, TrackClaims.own_only(len(blurred), self.station), label, True),
            ]
        return offers

    def plots(
        self, plots: Plots, rules: Rules, audiences: Iterable[Audience], now_ns: int
    ) -> dict[Audience, tuple[Plots, Label]]:
        """What each audience gets of own plots: whole or not at all, for a blurred one is none."""
        offers: dict[Audience, tuple[Plots, Label]] = {}
        if not self.settings.send_plots or not len(plots):
            return offers
        place: tuple[Floats, Floats] | None = None
        for audience in set(audiences):
            table = rules.tables.get(audience.agreement)
            if table is None or not lets_plots_pass(table, audience.agreement, audience):
                continue
            label, wrong = self.label(rules, audience.agreement)
            if wrong:
                continue
            place = places_of(plots, self.sensors) if place is None else place
            items = own_plots_coded(
                plots, place, label, table, self.sensors, exercise=self.exercise
            )
            may = seen_whole(items, table, audience, now_ns, self.counts)
            if may.any():
                offers[audience] = plots.take(may), label
        return offers


def places_of(plots: Plots, sensors: SensorTable) -> tuple[Floats, Floats]:
    """Latitude and longitude (rad) of plots that have range and azimuth, NaN where none.

    By slant range and, where there is one, height; without a height as if on the ground, which
    is at most some 12 km too far out near the sensor and nothing far off: areas that must not be
    missed by that are drawn wider.
    """
    latitude, longitude = np.full(len(plots), np.nan), np.full(len(plots), np.nan)
    height = np.where(np.isnan(plots.altitude_m), plots.pressure_altitude_m, plots.altitude_m)
    for number in np.unique(plots.sensor).tolist():
        if not 0 <= number < len(sensors) or not sensors[number].located:
            continue
        sensor = sensors[number]
        rows = np.flatnonzero((plots.sensor == number) & np.isfinite(plots.range_m))
        site_m = sensor.altitude_m if np.isfinite(sensor.altitude_m) else 0.0
        range_m = plots.range_m[rows]
        above = np.nan_to_num(height[rows] - site_m)
        # the tangent plane falls away from the surface by the square of the distance
        up = np.clip(above - range_m**2 / (2.0 * EARTH_RADIUS_M), -range_m, range_m)
        ground = np.sqrt(np.maximum(range_m**2 - up**2, 0.0))
        latitude[rows], longitude[rows], _ = enu_to_geodetic(
            ground * np.sin(plots.azimuth_rad[rows]),
            ground * np.cos(plots.azimuth_rad[rows]),
            up,
            origin=(sensor.latitude_rad, sensor.longitude_rad, site_m),
        )
    return latitude, longitude
