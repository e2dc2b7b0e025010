"""The path a smoother works along: a plane rolled over the earth, and plots seen from it.

In: where a flight is thought to have been at each of its nodes (ECEF). Out: for each node the
local plane (``tracking_arrays.FRAME``), its coordinates in one flat plane that rolls along the
path without slip or spin, and its plot linearised there. In the rolled plane straight level
flight is a straight line at constant speed (parallel transport along the path is what rolling
is), so that the smoother's models are linear over any distance.
"""

import numpy as np

from skypact.kernels import kalman
from skypact.kernels.compilation import bare, kernel
from skypact.kernels.smoothing_models import H1, R11, R22, Z1, Z2
from skypact.kernels.tracking_arrays import AXIS_P, AXIS_Q, FRAME, ORIGIN, ORIGIN_HEIGHT
from skypact.kernels.tracking_frames import (
    carry_frame,
    linearise,
    place_plot,
    point_at,
    raise_frame,
)


@kernel(
    "void(int32[::1], int32[::1], float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1])"
)
def place_nodes(kind, sensor, value, site, height_m, point):
    """Fill ``point`` (nodes, 3), ECEF, of the nodes that carry a plot, each at its height.

    ``kind`` (nodes,) is POLAR, PLACED or 0 for none; ``value`` (nodes, PLOT_VALUE) and ``site``
    (sensors, SENSOR_FIXED) as in ``tracking_arrays``.
    """
    for i in range(kind.shape[0]):
        if kind[i] != 0:
            x, y, z = place_plot(kind[i], value[i], site[sensor[i]], height_m[i])
            point[i, 0], point[i, 1], point[i, 2] = x, y, z


@bare
def roll(frame, previous, point, height_m):
    """Lay ``frame`` at a point and height by rolling on from ``previous``; the step's p and q."""
    for k in range(FRAME):
        frame[k] = previous[k]
    p, q = 0.0, 0.0
    for k in range(3):
        d = point[k] - frame[ORIGIN + k]
        p += d * frame[AXIS_P + k]
        q += d * frame[AXIS_Q + k]
    carry_frame(frame, p, q, height_m)
    return p, q


@kernel(
    "void(int64[::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[:, ::1])"
)
def lay_path(first, point, height_m, frame, place):
    """Fill ``frame`` (nodes, FRAME) and ``place`` (nodes, 2) of each segment's nodes.

    Segment s has the nodes ``first[s]`` up to ``first[s + 1]``; ``place`` (m) is in the plane
    that rolls along it from its first node.
    """
    for s in range(first.shape[0] - 1):
        a = first[s]
        raise_frame(frame[a], point[a, 0], point[a, 1], point[a, 2])
        place[a, 0], place[a, 1] = 0.0, 0.0
        for i in range(a + 1, first[s + 1]):
            p, q = roll(frame[i], frame[i - 1], point[i], height_m[i])
            place[i, 0], place[i, 1] = place[i - 1, 0] + p, place[i - 1, 1] + q


@kernel(
    "void(int32[::1], int32[::1], float64[:, ::1], float64[:, ::1], float64[:, ::1], float64[::1],"
    " float64[:, ::1])"
)
def look_from(kind, sensor, value, site, frame, weight, given):
    """Fill ``given`` (nodes, MEASUREMENT) with the plots linearised at the origins of the frames.

    ``weight`` (nodes,) divides the noise: below 1 for plots that are doubted.
    """
    lin, mean = np.empty(kalman.LIN), np.zeros(5)
    for i in range(kind.shape[0]):
        if kind[i] == 0:
            continue
        mean[4] = frame[i, ORIGIN_HEIGHT]
        linearise(kind[i], value[i], site[sensor[i]], frame[i], mean, 0.0, lin)
        given[i, Z1], given[i, Z2] = lin[kalman.Z1], lin[kalman.Z2]
        for k in range(6):
            given[i, H1 + k] = lin[kalman.H1 + k]
        given[i, R11], given[i, R22] = lin[kalman.R11] / weight[i], lin[kalman.R22] / weight[i]


@kernel("void(float64[:, ::1], float64[:, ::1], float64[:, ::1], float64[:, ::1])")
def find_points(frame, place, state, point):
    """Fill ``point`` (nodes, 3), ECEF, of smoothed states (nodes, 5) in the rolled plane."""
    for i in range(frame.shape[0]):
        x, y, z = point_at(
            frame[i], state[i, 0] - place[i, 0], state[i, 1] - place[i, 1], state[i, 4]
        )
        point[i, 0], point[i, 1], point[i, 2] = x, y, z
