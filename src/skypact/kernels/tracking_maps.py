"""What each radar sees where: how many plots no aircraft made, and how often it sees one.

In: plots and what became of them. Out: density of clutter and probability of detection in the
cells of a polar grid about each turning sensor. Counts fade with an age of ``FADE_S``; a cell
that has told little is held near what the whole sensor has told, and that near what the sensor
table says. Memory is fixed: ``MAP`` rows a sensor. Other sensors have no map: what they report
is not clutter of a place, and not seen from one.
"""

import math

from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    CLUTTER_DENSITY,
    DETECTION,
    MAP_BANDS,
    MAP_SECTORS,
    MAX_RANGE,
    NEW_DENSITY,
    ROTATION,
    SITE,
    SITE_AXES,
)

WHOLE = MAP_BANDS * MAP_SECTORS
"""Row of a map that holds the whole sensor's counts."""

UNWANTED, SEEN_TIMES, LOOKS = 0, 1, 2

FADE_S = 900.0
SENSOR_TRUST_SCANS = 20.0
"""Turns that the sensor table's clutter counts for beside what is heard."""

CELL_TRUST_SCANS = 3.0
"""Turns that the whole sensor's density counts for in a cell."""

EXCUSED = 2.0
"""Unwanted plots of a cell that are put down to aircraft just coming up."""

LEAST_OF_WHOLE = 0.5
"""A cell's density is no smaller a part of the whole sensor's: silence is soon an accident."""

TRUST_LOOKS = 10.0
"""Looks that the wider figure of detection counts for."""


@bare
def map_row(site, range_m, azimuth_rad):
    """Row of the map under a range and azimuth; farther than the map is its last band."""
    band = min(int(range_m / site[MAX_RANGE] * MAP_BANDS), MAP_BANDS - 1)
    turn = azimuth_rad / (2.0 * math.pi)
    sector = min(int((turn - math.floor(turn)) * MAP_SECTORS), MAP_SECTORS - 1)
    return band * MAP_SECTORS + sector


@bare
def map_row_below(site, x, y, z):
    """Row of the map under an ECEF point, and the point's distance from the sensor (m)."""
    dx, dy, dz = x - site[SITE], y - site[SITE + 1], z - site[SITE + 2]
    e = dx * site[SITE_AXES] + dy * site[SITE_AXES + 1] + dz * site[SITE_AXES + 2]
    n = dx * site[SITE_AXES + 3] + dy * site[SITE_AXES + 4] + dz * site[SITE_AXES + 5]
    range_m = math.sqrt(dx * dx + dy * dy + dz * dz)
    return map_row(site, range_m, math.atan2(e, n)), range_m


@bare
def fading(stamp_ns, now_ns):
    """What is left of a count since a time."""
    return math.exp(-max(now_ns - stamp_ns, 0) * 1e-9 / FADE_S)


@bare
def count_in(sensors, sensor, row, column, amount, now_ns):
    """Add to a count of a cell and of the whole sensor, faded to now."""
    for r in (row, WHOLE):
        left = fading(sensors.map_ns[sensor, r], now_ns)
        cell = sensors.map[sensor, r]
        for k in range(3):
            cell[k] *= left
        sensors.map_ns[sensor, r] = max(sensors.map_ns[sensor, r], now_ns)
        cell[column] = max(cell[column] + amount, 0.0)


@bare
def clutter_density(law, sensors, sensor, row, now_ns):
    """Plots per square metre and turn at a cell that belong to no track yet, new aircraft too."""
    site = sensors.fixed[sensor]
    since_ns = sensors.since_ns[sensor]
    scans = FADE_S / site[ROTATION] * (1.0 - fading(since_ns, now_ns)) if since_ns > 0 else 0.0
    width = site[MAX_RANGE] / MAP_BANDS
    area = math.pi * site[MAX_RANGE] * site[MAX_RANGE]
    new = law.value[NEW_DENSITY]
    told = site[CLUTTER_DENSITY] - new
    whole = sensors.map[sensor, WHOLE, UNWANTED] * fading(sensors.map_ns[sensor, WHOLE], now_ns)
    density = (told * SENSOR_TRUST_SCANS + whole / area) / (SENSOR_TRUST_SCANS + scans) + new
    band = row // MAP_SECTORS
    a_turn = density * math.pi * (2 * band + 1) * width * width / MAP_SECTORS
    here = sensors.map[sensor, row, UNWANTED] * fading(sensors.map_ns[sensor, row], now_ns)
    turns = CELL_TRUST_SCANS + max(here - EXCUSED, 0.0) / a_turn
    return density * max(turns / (CELL_TRUST_SCANS + scans), LEAST_OF_WHOLE)


@bare
def detection_chance(sensors, sensor, row):
    """Probability that the sensor sees an aircraft in a cell."""
    whole, cell = sensors.map[sensor, WHOLE], sensors.map[sensor, row]
    chance = sensors.fixed[sensor, DETECTION]
    chance = (chance * TRUST_LOOKS + whole[SEEN_TIMES]) / (TRUST_LOOKS + whole[LOOKS])
    chance = (chance * TRUST_LOOKS + cell[SEEN_TIMES]) / (TRUST_LOOKS + cell[LOOKS])
    # a certain or an impossible detection would make a single miss or hit decide
    return min(max(chance, 0.05), 0.98)


@bare
def note_look(sensors, sensor, row, seen, now_ns):
    """Count that an aircraft in a cell was due to be seen, and whether it was."""
    if seen:
        count_in(sensors, sensor, row, SEEN_TIMES, 1.0, now_ns)
    count_in(sensors, sensor, row, LOOKS, 1.0, now_ns)
