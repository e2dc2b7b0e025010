"""Detection over a map: how likely several sensors see each cell at each altitude.

In: one sensor's map of lowest visible altitudes and its tables of chance. Added to: for each
altitude and cell the probabilities that exactly 0, 1 and 2 sensors detect (they err on their
own), the expected plots of a scan, and the Fisher information of the place they measure.
"""

import math

from skypact.kernels.compilation import kernel
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M

EARTH_M = 6.371e6


@kernel(
    "void(float32[:,::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1], float64[::1], float32[:,:,:,::1])"
)
def add_detections(lowest, mast, north, east, altitude, figures, gain_db, chance, joint):
    """Add one sensor to ``joint`` (altitudes, rows, columns, 7).

    The seven are the probabilities of exactly 0, 1 and 2 detections, expected plots, and the
    information (1/m2) east-east, east-north and north-north. ``lowest`` is the sensor's map on
    latitudes ``north`` and longitudes ``east`` (rad). ``mast`` is latitude, longitude (rad),
    antenna_m, two_radii_m, min_range_m, range sigma (m), azimuth sigma (rad), position sigma
    (m; a radar's is 0). ``figures`` are strength_db, decade_db, first level and step of
    ``chance``, first elevation (rad) and step of ``gain_db``. Information is weighed with the
    chance of having it (Hernandez et al. 2004). A ``chance`` of one entry is for sensors of
    unknown type: what is in sight is detected that likely.
    """
    s0, c0 = math.sin(mast[0]), math.cos(mast[0])
    n0 = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s0 * s0)
    x0, z0 = n0 * c0, n0 * (1.0 - ECCENTRICITY_2) * s0
    highest = altitude.max()
    for i in range(lowest.shape[0]):
        s, c = math.sin(north[i]), math.cos(north[i])
        n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s * s)
        dz = n * (1.0 - ECCENTRICITY_2) * s - z0
        for j in range(lowest.shape[1]):
            if not lowest[i, j] <= highest:
                continue
            turn = east[j] - mast[1]
            sine, cosine = math.sin(turn), math.cos(turn)
            dx, dy = n * c * cosine - x0, n * c * sine
            chord_2 = dx * dx + dy * dy + dz * dz
            d = max(math.sqrt(chord_2) * (1.0 + chord_2 / (24.0 * EARTH_M * EARTH_M)), 1.0)
            if d < mast[4]:
                continue
            e = cosine * dy - sine * dx
            f = c * dz - s * (cosine * dx + sine * dy)
            level = max(math.sqrt(e * e + f * f), 1.0)
            e, f = e / level, f / level
            for k in range(altitude.shape[0]):
                if lowest[i, j] > altitude[k]:
                    continue
                up = altitude[k] - mast[2]
                slant = math.sqrt(d * d + up * up)
                p = chance[0]
                if chance.shape[0] > 1:
                    slope = (up / d) - d / mast[3]
                    at = (math.atan(slope) - figures[4]) / figures[5]
                    a = min(max(int(at), 0), gain_db.shape[0] - 2)
                    t = min(max(at - a, 0.0), 1.0)
                    db = gain_db[a] * (1.0 - t) + gain_db[a + 1] * t
                    db += figures[0] - figures[1] * math.log10(slant)
                    at = (db - figures[2]) / figures[3]
                    if at < 0.0:
                        continue
                    b = min(int(at), chance.shape[0] - 2)
                    t = min(at - b, 1.0)
                    p = chance[b] * (1.0 - t) + chance[b + 1] * t
                cell = joint[k, i, j]
                cell[2] = cell[2] * (1.0 - p) + cell[1] * p
                cell[1] = cell[1] * (1.0 - p) + cell[0] * p
                cell[0] *= 1.0 - p
                cell[3] += p
                if mast[7] > 0.0:
                    along = p / (mast[7] * mast[7])
                    across = along
                else:
                    # a range error counts for more on the ground under a high target
                    along = p * (d / (slant * mast[5])) ** 2
                    across = p / (d * mast[6]) ** 2
                cell[4] += along * e * e + across * f * f
                cell[5] += (along - across) * e * f
                cell[6] += along * f * f + across * e * e
