"""The alerts that real flights raise: an hour over Switzerland, 2018-08-01."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from alert_skies import SECOND_NS, track_at
from skypact.alerts.rules import AreaTable, Circle, Rules, default_rules
from skypact.alerts.watch import AlertWatch

PLACES = ((46.5, 7.5), (47.0, 8.5), (46.8, 9.5), (46.3, 6.6), (47.3, 7.6))
START_S, LOOKS = 1_533_101_250 + 3 * 3_600, 2_400
COLUMNS = ("timestamp", "latitude", "longitude", "altitude", "groundspeed", "track")


def flights(path: Path):
    """Number, address and states (n, 6 and the climb) in SI units of each flight's pieces."""
    by_flight = defaultdict(list)
    for row in json.loads(gzip.decompress(path.read_bytes())):
        if all(row[name] is not None for name in COLUMNS):
            states = [*(row[name] for name in COLUMNS), row["vertical_rate"] or 0.0]
            by_flight[row["icao24"], row["callsign"]].append(states)
    number = 0
    for (address, _), rows in by_flight.items():
        states = np.array(sorted(rows)) * [1e-3, 1, 1, 0.3048, 0.514444, np.pi / 180, 0.00508]
        for piece in np.split(states, np.flatnonzero(np.diff(states[:, 0]) > 60.0) + 1):
            number += 1
            yield number, int(address, 16), piece


def picture(flown, now_s):
    """Each flight's last state carried on to a time."""
    rows = []
    for number, address, piece in flown:
        if piece[0, 0] <= now_s <= piece[-1, 0] + 8.0:
            last = piece[np.searchsorted(piece[:, 0], now_s, side="right") - 1]
            rows.append((number, address, now_s - last[0], *last[1:]))
    number, address, late, latitude, longitude, height, speed, heading, climb = np.array(rows).T
    east, north = speed * np.sin(heading), speed * np.cos(heading)
    tracks = track_at(
        latitude + north * late / 111_200.0,
        longitude + east * late / 111_200.0 / np.cos(np.radians(latitude)),
        velocity_mps=np.stack([east, north], axis=1),
        pressure_altitude_m=height + climb * late,
        velocity_up_mps=climb,
        mode_s=address.astype(np.int32),
    )
    tracks.track[:] = number.astype(np.int64)
    return tracks


@pytest.mark.recordings
def test_over_real_traffic_each_infringement_is_one_alert_and_most_predictions_come_true(
    recordings: Path,
) -> None:
    areas = tuple(
        AreaTable(
            id=f"d{k}",
            kind="danger",
            floor="FL100",
            circle=Circle(latitude_deg=at[0], longitude_deg=at[1], radius_m=12e3),
        )
        for k, at in enumerate(PLACES)
    )
    watch = AlertWatch("CH", Rules(rule=default_rules().rule, area=areas))
    flown = [
        one
        for one in flights(recordings / "states" / "traffic" / "switzerland.json.gz")
        if one[2][-1, 0] > START_S and one[2][0, 0] < START_S + LOOKS
    ]
    raised, entered, ended = [], set(), []
    for now_s in range(START_S, START_S + LOOKS):
        changes = watch.look(picture(flown, now_s), now_s * SECOND_NS)
        raised += [alert for alert in changes.raised if alert.rule == "infringement"]
        entered |= {a.id for a in changes.alerts if a.kind == "area-infringement"}
        ended += [alert.id for alert in changes.cleared]
    assert len(raised) > 20
    # the same aircraft in the same area is not told of twice: nothing flaps
    assert len({(alert.tracks, alert.area) for alert in raised}) == len(raised)
    over = [alert.id for alert in raised if alert.id in set(ended)]
    came_true = np.mean([one in entered for one in over])
    assert came_true > 0.8
    kinds = {alert.kind for alert in watch.alerts}
    assert not kinds & {"duplicate-address", "transponder-lost", "transponder-changed"}
