"""Which tracks are in which areas, and when others will be: positions and paths against grids.

In: positions, motion, heights, and areas as grids over their outlines (``alerts_grid``). Out:
track, area and seconds until the track is inside, 0 where it is. A path is a great circle of the
normals of the ellipsoid, or with a turn a chain of them; in an area's gnomonic plane each is a
straight line, so that a crossing is exact to rounding. Off by the ellipsoid: under 1 m in 36 km.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M

MEAN_RADIUS_M = 6371008.8
"""Of WGS-84: (2 a + b) / 3."""
PIECES = 12
"""Most great circles of one turning path."""
LONGEST_RAD = 0.25
"""A path is followed no farther (1,600 km: no aircraft flies that in two minutes)."""
TURN_OF_PIECE_RAD = 0.2
"""Turn within one piece: at 250 m/s and 3 deg/s its chord is off by under 30 m."""


@bare
def is_inside(x, y, part, grid, shape, first_cell, cell_first, cell_edge, side, edge):
    """Whether (x, y) of a part's plane lies in it.

    Its cell's reference point does or does not; each edge of the cell between them changes that.
    """
    columns, rows = shape[part, 0], shape[part, 1]
    across, up = (x - grid[part, 0]) / grid[part, 2], (y - grid[part, 1]) / grid[part, 3]
    if not (across >= 0.0 and up >= 0.0 and across < columns and up < rows):
        return False
    c, r = math.floor(across), math.floor(up)
    cell = first_cell[part] + r * columns + c
    odd = side[cell]
    if cell_first[cell] == cell_first[cell + 1]:
        return odd
    rx = grid[part, 0] + (c + grid[part, 4]) * grid[part, 2]
    ry = grid[part, 1] + (r + grid[part, 5]) * grid[part, 3]
    dx, dy = rx - x, ry - y
    for k in range(cell_first[cell], cell_first[cell + 1]):
        e = cell_edge[k]
        x1, y1, x2, y2 = edge[e, 0], edge[e, 1], edge[e, 2], edge[e, 3]
        # a corner on the line lies on one side of it, the same for both of its edges
        if (dx * (y1 - y) - dy * (x1 - x) > 0.0) == (dx * (y2 - y) - dy * (x2 - x) > 0.0):
            continue
        ex, ey = x2 - x1, y2 - y1
        if (ex * (y - y1) - ey * (x - x1) > 0.0) != (ex * (ry - y1) - ey * (rx - x1) > 0.0):
            odd = not odd
    return odd


@bare
def clip(at, step, low, high, s0, s1):
    """The part of [s0, s1] where ``at + s step`` lies in [low, high]; empty: s0 > s1."""
    if step == 0.0:
        return (s0, s1) if low <= at <= high else (1.0, 0.0)
    a, b = (low - at) / step, (high - at) / step
    return max(s0, min(a, b)), min(s1, max(a, b))


@bare
def first_crossing(ax, ay, bx, by, part, grid, shape, first_cell, cell_first, cell_edge, edge):
    """Least s in [0, 1] at which a + s (b - a) meets an edge of a part; 2 where none."""
    columns, rows = shape[part, 0], shape[part, 1]
    left, bottom, width, height = grid[part, 0], grid[part, 1], grid[part, 2], grid[part, 3]
    dx, dy = bx - ax, by - ay
    s0, s1 = clip(ax, dx, left, left + columns * width, 0.0, 1.0)
    s0, s1 = clip(ay, dy, bottom, bottom + rows * height, s0, s1)
    best = 2.0
    if s0 > s1:
        return best
    c = min(max(math.floor((ax + s0 * dx - left) / width), 0), columns - 1)
    r = min(max(math.floor((ay + s0 * dy - bottom) / height), 0), rows - 1)
    step_c, step_r = (1 if dx > 0.0 else -1), (1 if dy > 0.0 else -1)
    next_c = (left + (c + (dx > 0.0)) * width - ax) / dx if dx != 0.0 else math.inf
    next_r = (bottom + (r + (dy > 0.0)) * height - ay) / dy if dy != 0.0 else math.inf
    per_c = width / abs(dx) if dx != 0.0 else math.inf
    per_r = height / abs(dy) if dy != 0.0 else math.inf
    for _ in range(columns + rows + 2):
        cell = first_cell[part] + r * columns + c
        for k in range(cell_first[cell], cell_first[cell + 1]):
            e = cell_edge[k]
            ex, ey = edge[e, 2] - edge[e, 0], edge[e, 3] - edge[e, 1]
            across = dx * ey - dy * ex
            if across == 0.0:
                continue
            px, py = edge[e, 0] - ax, edge[e, 1] - ay
            u = (px * dy - py * dx) / across
            if u < -1e-12 or u > 1.0 + 1e-12:
                continue
            s = (px * ey - py * ex) / across
            if 0.0 <= s < best and s <= 1.0:
                best = s
        leaves = min(next_c, next_r)
        if best <= leaves or leaves >= s1:
            break
        if next_c <= next_r:
            c += step_c
            next_c += per_c
        else:
            r += step_r
            next_r += per_r
        if c < 0 or r < 0 or c >= columns or r >= rows:
            break
    return best


@bare
def lay_path(latitude, longitude, east_mps, north_mps, turn_rps, reach_s, path):
    """Fill ``path`` (pieces, 6) with unit position and direction at each piece's start.

    Directions are those of the middle of a piece. Returns pieces, seconds of each, rad/s.
    """
    sp, cp = math.sin(latitude), math.cos(latitude)
    sl, cl = math.sin(longitude), math.cos(longitude)
    w2 = 1.0 - ECCENTRICITY_2 * sp * sp
    normal = SEMI_MAJOR_M / math.sqrt(w2)
    east, north = east_mps / normal, north_mps * w2 / (normal * (1.0 - ECCENTRICITY_2))
    rate = math.hypot(east, north)
    if not rate < 1.0:  # nor where it is not known
        east, north, rate = 0.0, 0.0, 0.0
    px, py, pz = cp * cl, cp * sl, sp
    a, b = (0.0, 1.0) if rate == 0.0 else (east / rate, north / rate)
    dx, dy, dz = -sl * a - sp * cl * b, cl * a - sp * sl * b, cp * b
    count, turn = 1, 0.0
    if math.isfinite(turn_rps) and turn_rps != 0.0 and rate > 0.0:
        full = abs(turn_rps) * reach_s
        count = int(min(max(math.ceil(full / TURN_OF_PIECE_RAD), 1.0), PIECES))
        turn = math.copysign(min(full, 2.0 * math.pi), turn_rps) / count
    seconds = reach_s / count
    s, c = math.sin(seconds * rate), math.cos(seconds * rate)
    by = 0.5 * turn
    for k in range(count):
        # turn clockwise about the vertical: right of a direction is direction x up
        st, ct = math.sin(by), math.cos(by)
        rx, ry, rz = dy * pz - dz * py, dz * px - dx * pz, dx * py - dy * px
        dx, dy, dz = dx * ct + rx * st, dy * ct + ry * st, dz * ct + rz * st
        path[k, 0], path[k, 1], path[k, 2] = px, py, pz
        path[k, 3], path[k, 4], path[k, 5] = dx, dy, dz
        px, py, pz, dx, dy, dz = (
            px * c + dx * s, py * c + dy * s, pz * c + dz * s,
            dx * c - px * s, dy * c - py * s, dz * c - pz * s,
        )
        by = turn
    return count, seconds, rate


@bare
def seconds_to_part(
    path, pieces, piece_s, rate, t0, t1, part, frame, grid, shape, first_cell, cell_first,
    cell_edge, side, edge,
):
    """Least time in [t0, t1] s at which a path is inside a part, -1 where it never is."""
    started = False
    for k in range(pieces):
        begin, end = max(t0, k * piece_s), min(t1, (k + 1) * piece_s)
        if k == pieces - 1:
            end = t1
        if begin > end:
            continue
        # position and direction of the piece in the part's own axes
        pc = p1 = p2 = dc = d1 = d2 = 0.0
        for i in range(3):
            pc += frame[part, i] * path[k, i]
            p1 += frame[part, 3 + i] * path[k, i]
            p2 += frame[part, 6 + i] * path[k, i]
            dc += frame[part, i] * path[k, 3 + i]
            d1 += frame[part, 3 + i] * path[k, 3 + i]
            d2 += frame[part, 6 + i] * path[k, 3 + i]
        at, to = (begin - k * piece_s) * rate, (end - k * piece_s) * rate
        sa, ca, sb, cb = math.sin(at), math.cos(at), math.sin(to), math.cos(to)
        ac, bc = pc * ca + dc * sa, pc * cb + dc * sb
        if ac < 0.05 or bc < 0.05:
            continue
        ax, ay = (p1 * ca + d1 * sa) / ac, (p2 * ca + d2 * sa) / ac
        if not started:
            started = True
            if is_inside(
                ax, ay, part, grid, shape, first_cell, cell_first, cell_edge, side, edge
            ):
                return begin
        bx, by = (p1 * cb + d1 * sb) / bc, (p2 * cb + d2 * sb) / bc
        s = first_crossing(
            ax, ay, bx, by, part, grid, shape, first_cell, cell_first, cell_edge, edge
        )
        if s <= 1.0:
            x, y = ax + s * (bx - ax), ay + s * (by - ay)
            along = math.atan2(dc + d1 * x + d2 * y, pc + p1 * x + p2 * y)
            return min(max(k * piece_s + along / rate, begin), end) if rate > 0.0 else begin
    return -1.0


@kernel(
    "int64(boolean[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[:, ::1], boolean[:, ::1], float64[::1], float64, int64[::1], float64[:, ::1],"
    " float64[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1], int64[::1], int32[::1],"
    " boolean[::1], float64[:, ::1], float64[:, ::1], boolean[:, ::1], float64[::1],"
    " float64[:, ::1],"
    " int32[::1], int32[::1], float64[::1])"
)
def entries(
    asked, latitude_rad, longitude_rad, east_mps, north_mps, turn_rps, height_m, stands_in,
    climb_mps, reach_s, area_part, frame, cap, shape, grid, first_cell, cell_first, cell_edge,
    side, edge, limit_m, limit_rule, tolerance_m, window_s, hit_track, hit_area, hit_s,
):
    """Fill the hits: track, area and seconds until the track is inside; returns their number.

    Parameters
    ----------
    asked, latitude_rad, longitude_rad, east_mps, north_mps, turn_rps, climb_mps
        Tracks (n,): whether to look, position, velocity, rate of turn clockwise, climb; a row
        whose position is no number is passed over, an unknown motion is none.
    height_m, stands_in
        (n, 2): geometric and pressure height, NaN unknown; whether the other one stands in.
    reach_s
        How far to look ahead.
    area_part
        (areas + 1,): first part of each area.
    frame, cap, shape, grid, first_cell
        Of parts: (parts, 9) axes centre, x, y; (parts, 2) cosine and sine of the radius; (parts,
        2) columns and rows; (parts, 6) corner, cell size and reference point; (parts,).
    cell_first, cell_edge, side, edge
        (cells + 1,); the edges of each cell; (cells,) side of its reference; (edges, 4).
    limit_m, limit_rule
        Of areas: (areas, 2) floor and ceiling, infinite where none; (areas, 3) whether floor and
        ceiling are pressure heights, whether an unknown height counts as inside.
    tolerance_m
        (areas,): how far a height that stands in may be off.
    window_s
        (areas, 2): seconds from now in which the area is active.
    hit_track, hit_area, hit_s
        Out, room for n * areas.
    """
    path = np.empty((PIECES, 6))
    hits = 0
    areas = area_part.shape[0] - 1
    for i in range(asked.shape[0]):
        if not (
            asked[i] and abs(latitude_rad[i]) <= 0.5 * math.pi + 1e-9
            and math.isfinite(longitude_rad[i])
        ):
            continue
        pieces, piece_s, rate = lay_path(
            latitude_rad[i], longitude_rad[i], east_mps[i], north_mps[i], turn_rps[i], reach_s,
            path,
        )
        reach = min(reach_s, LONGEST_RAD / rate) if rate > 0.0 else reach_s
        sr, cr = math.sin(reach * rate), math.cos(reach * rate)
        climb = climb_mps[i] if math.isfinite(climb_mps[i]) else 0.0
        x, y, z = path[0, 0], path[0, 1], path[0, 2]
        for a in range(areas):
            t0, t1, found = -1.0, reach, -1.0
            for part in range(area_part[a], area_part[a + 1]):
                near = frame[part, 0] * x + frame[part, 1] * y + frame[part, 2] * z
                if near < cap[part, 0] * cr - cap[part, 1] * sr:
                    continue
                if t0 < 0.0:  # the same for all parts of an area
                    t0, t1 = max(0.0, window_s[a, 0]), min(reach, window_s[a, 1])
                    for k in range(2):
                        kind = 1 if limit_rule[a, k] else 0
                        h, free = height_m[i, kind], 0.0
                        if not math.isfinite(limit_m[a, k]):
                            continue
                        if not math.isfinite(h):
                            if not limit_rule[a, 2]:
                                t1 = -1.0
                            continue
                        if stands_in[i, kind]:
                            free = tolerance_m[a]
                        low = limit_m[a, 0] - free if k == 0 else -math.inf
                        high = limit_m[a, 1] + free if k == 1 else math.inf
                        t0, t1 = clip(h, climb, low, high, t0, t1)
                if t0 > t1:
                    break
                at = seconds_to_part(
                    path, pieces, piece_s, rate, t0, t1, part, frame, grid, shape, first_cell,
                    cell_first, cell_edge, side, edge,
                )
                if at >= 0.0 and (found < 0.0 or at < found):
                    found = at
            if found >= 0.0:
                hit_track[hits], hit_area[hits], hit_s[hits] = i, a, found
                hits += 1
    return hits


@bare
def arc_distance(x, y, x1, y1, x2, y2):
    """Angle in rad from the direction (1, x, y) to the great circle's arc between two others."""
    length = math.sqrt(1.0 + x * x + y * y)
    # the plane of the arc, by its normal
    n0, n1, n2 = x1 * y2 - y1 * x2, y1 - y2, x2 - x1
    size = math.sqrt(n0 * n0 + n1 * n1 + n2 * n2)
    if size > 0.0:
        # where the foot lies: between the planes through the normal and either end
        c0, c1, c2 = n1 * y - n2 * x, n2 - n0 * y, n0 * x - n1
        if (c0 + c1 * x1 + c2 * y1) <= 0.0 <= (c0 + c1 * x2 + c2 * y2):
            return math.asin(min(1.0, abs(n0 + n1 * x + n2 * y) / (size * length)))
    best = math.inf
    for k in range(2):
        u, v = (x1, y1) if k == 0 else (x2, y2)
        c0, c1, c2 = x * v - y * u, y - v, u - x
        best = min(best, math.atan2(math.sqrt(c0 * c0 + c1 * c1 + c2 * c2), 1.0 + x * u + y * v))
    return best


@kernel(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], int64[::1], float64[:, ::1],"
    " float64[:, ::1], int64[:, ::1], float64[:, ::1], int64[::1], int64[::1], int32[::1],"
    " boolean[::1], float64[:, ::1], float64[::1])"
)
def distances(
    area, latitude_rad, longitude_rad, within_m, area_part, frame, cap, shape, grid, first_cell,
    cell_first, cell_edge, side, edge, distance_m,
):
    """Fill ``distance_m`` (pairs,) from a position to an area, 0 inside.

    Infinite where that is farther than ``within_m`` (pairs,). ``area``, ``latitude_rad``,
    ``longitude_rad`` (pairs,); the rest as for :func:`entries`. Angles of the ellipsoid's normals
    times its mean radius: within 0.7 %.
    """
    path = np.empty((PIECES, 6))
    for i in range(area.shape[0]):
        distance_m[i] = math.inf
        if not (math.isfinite(latitude_rad[i]) and math.isfinite(longitude_rad[i])):
            continue
        lay_path(latitude_rad[i], longitude_rad[i], 0.0, 0.0, 0.0, 0.0, path)
        within = min(max(within_m[i], 0.0) / MEAN_RADIUS_M, 0.25)
        best = math.inf
        for part in range(area_part[area[i]], area_part[area[i] + 1]):
            c = x = y = 0.0
            for k in range(3):
                c += frame[part, k] * path[0, k]
                x += frame[part, 3 + k] * path[0, k]
                y += frame[part, 6 + k] * path[0, k]
            if c < cap[part, 0] * math.cos(within) - cap[part, 1] * math.sin(within) or c < 0.1:
                continue
            x, y = x / c, y / c
            if is_inside(x, y, part, grid, shape, first_cell, cell_first, cell_edge, side, edge):
                best = 0.0
                break
            # the plane stretches a distance most away from its centre
            far = min(math.acos(min(c, 1.0)) + within, 1.5)
            reach = within / math.cos(far) ** 2
            c1 = max(0, math.floor((x - reach - grid[part, 0]) / grid[part, 2]))
            c2 = min(shape[part, 0] - 1, math.floor((x + reach - grid[part, 0]) / grid[part, 2]))
            r1 = max(0, math.floor((y - reach - grid[part, 1]) / grid[part, 3]))
            r2 = min(shape[part, 1] - 1, math.floor((y + reach - grid[part, 1]) / grid[part, 3]))
            for r in range(r1, r2 + 1):
                for column in range(c1, c2 + 1):
                    cell = first_cell[part] + r * shape[part, 0] + column
                    for k in range(cell_first[cell], cell_first[cell + 1]):
                        e = cell_edge[k]
                        best = min(best, arc_distance(
                            x, y, edge[e, 0], edge[e, 1], edge[e, 2], edge[e, 3]
                        ))
        if best <= within:
            distance_m[i] = best * MEAN_RADIUS_M
