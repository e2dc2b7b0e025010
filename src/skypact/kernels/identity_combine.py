"""Evidence of many tracks weighed together: Bayes' rule over a few hypotheses.

In: for each track at most one piece of evidence of each kind, with its time, place and the
address it came with. Out: probabilities of the hypotheses, and what is left of each piece's weight.

Each piece multiplies the odds by its likelihoods raised to its weight. A piece's weight halves
with its kind's half-life; a piece that is too old, that came with another address, or from a place
that the aircraft cannot have been at then, belongs to the track no longer and weighs nothing
(Iran Air 655, 1988: a reply from elsewhere was read as the track's own).
"""

import math

from skypact.kernels.compilation import bare, kernel

MEAN_RADIUS_M = 6371008.8
"""Mean radius of WGS-84 (2 a + b) / 3; places are compared to some hundred metres only."""

# columns of ``law``, a row for each kind of evidence
HALF_LIFE_S, LONGEST_S, BOUND = 0, 1, 2
LAW = 3

# entries of ``reach``
FASTEST_MPS, FLOOR_M = 0, 1
REACH = 2

# entries of ``threshold``; words in the order suspect, friend, assumed-friend, neutral
RANKS = 4
ENTER, LEAVE, KINDS = 0, RANKS, 2 * RANKS
PENDING_S, CLASS_ENTER, CLASS_LEAVE = 3 * RANKS, 3 * RANKS + 1, 3 * RANKS + 2
THRESHOLDS = 3 * RANKS + 3

PENDING, UNKNOWN, ASSUMED_FRIEND, FRIEND, NEUTRAL, SUSPECT = 0, 1, 2, 3, 4, 5
"""As in ``model.identity``; ``hostile`` is not here because no kernel may say it."""

SPEAKS = 0.4
"""Logarithm of the odds (1.5 to 1) from which a piece counts as speaking for something."""

AHEAD_S = 2.0
"""A piece may be dated so much after the instant: clocks of sensors differ. Beyond, it is none."""

# entries of ``threshold``; words in the order suspect, friend, assumed-friend, neutral
RANKS = 4
ENTER, LEAVE, KINDS = 0, RANKS, 2 * RANKS
PENDING_S, CLASS_ENTER, CLASS_LEAVE = 3 * RANKS, 3 * RANKS + 1, 3 * RANKS + 2
THRESHOLDS = 3 * RANKS + 3

PENDING, UNKNOWN, ASSUMED_FRIEND, FRIEND, NEUTRAL, SUSPECT = 0, 1, 2, 3, 4, 5
"""As in ``model.identity``; ``hostile`` is not here because no kernel may say it."""

SPEAKS = 0.4
"""Logarithm of the odds (1.5 to 1) from which a piece counts as speaking for something."""

AHEAD_S = 2.0
"""A piece may be dated so much after the instant: clocks of sensors differ. Beyond, it is none."""

GONE_OLD, GONE_ADDRESS, GONE_PLACE, GONE_FUTURE, GONE_NOTHING = 1, 2, 3, 4, 5
"""Why a piece of evidence was let go of; 0: it is kept."""


@bare
def chord_m(latitude1_rad, longitude1_rad, latitude2_rad, longitude2_rad):
    """Great-circle distance in metres on the mean sphere (haversine)."""
    a = math.sin(0.5 * (latitude2_rad - latitude1_rad))
    b = math.sin(0.5 * (longitude2_rad - longitude1_rad))
    h = a * a + math.cos(latitude1_rad) * math.cos(latitude2_rad) * b * b
    return 2.0 * MEAN_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


@bare
def belongs(
    age_s, longest_s, bound, address, track_address, latitude, longitude, track_latitude,
    track_longitude, fastest_mps, floor_m,
):
    """0 where a piece is the track's still, else why it is not."""
    if not age_s <= longest_s:
        return GONE_OLD
    if age_s < -AHEAD_S:
        return GONE_FUTURE
    # a track that tells no address now has not shown that it is another one
    if bound and address >= 0 and track_address >= 0 and address != track_address:
        return GONE_ADDRESS
    if math.isfinite(latitude) and math.isfinite(longitude):
        away = chord_m(latitude, longitude, track_latitude, track_longitude)
        if not away <= floor_m + fastest_mps * max(0.0, age_s):
            return GONE_PLACE
    return 0


@kernel(
    "void(int16[:, ::1], float64[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1],"
    " int32[:, ::1], float64[::1], float64[::1], int32[::1], int64, float64[:, :, ::1],"
    " float64[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64[:, ::1], int8[:, ::1])"
)
def combine(
    outcome, weight, observed_ns, latitude_rad, longitude_rad, address, track_latitude_rad,
    track_longitude_rad, track_address, now_ns, log_likelihood, law, log_prior, reach,
    probability, left, gone,
):
    """Fill ``probability`` (n, hypotheses), ``left`` and ``gone`` (n, kinds).

    Parameters: of each piece (n, kinds) ``outcome`` (-1 none; one that is let go of becomes -1),
    ``weight`` 0 to 1, ``observed_ns``, place in rad, ``address`` it came with (-1 none); of each
    track (n,) its place and address now; ``log_likelihood`` (kinds, outcomes, hypotheses);
    ``law`` (kinds, LAW): half-life and longest life in s, whether bound to an address;
    ``log_prior`` (hypotheses,); ``reach`` (REACH,): fastest speed in m/s, floor in m.
    Out: ``left``, what remains of the weight, 0 to 1; ``gone``, why a piece was let go of.
    """
    kinds = outcome.shape[1]
    hypotheses = log_prior.shape[0]
    outcomes = log_likelihood.shape[1]
    for i in range(outcome.shape[0]):
        for h in range(hypotheses):
            probability[i, h] = log_prior[h]
        for k in range(kinds):
            left[i, k] = 0.0
            gone[i, k] = 0
            o = outcome[i, k]
            if o < 0:
                continue
            w = weight[i, k]
            if o >= outcomes or not w > 0.0:
                outcome[i, k] = -1
                gone[i, k] = GONE_NOTHING
                continue
            age_s = 1e-9 * (now_ns - observed_ns[i, k])
            why = belongs(
                age_s, law[k, LONGEST_S], law[k, BOUND] > 0.0, address[i, k], track_address[i],
                latitude_rad[i, k], longitude_rad[i, k], track_latitude_rad[i],
                track_longitude_rad[i], reach[FASTEST_MPS], reach[FLOOR_M],
            )
            gone[i, k] = why
            if why != 0:
                outcome[i, k] = -1
                continue
            w = min(w, 1.0) * 2.0 ** (-max(0.0, age_s) / law[k, HALF_LIFE_S])
            left[i, k] = w
            for h in range(hypotheses):
                probability[i, h] += w * log_likelihood[k, o, h]
        highest = probability[i, 0]
        for h in range(1, hypotheses):
            highest = max(highest, probability[i, h])
        total = 0.0
        for h in range(hypotheses):
            probability[i, h] = math.exp(probability[i, h] - highest)
            total += probability[i, h]
        for h in range(hypotheses):
            probability[i, h] /= total


@kernel(
    "void(int16[::1], float64[::1], int32[::1], int64[::1], float64[::1], float64[::1],"
    " int32[::1], float64[::1], float64[::1], float64[::1], int64[::1], float64[::1], int32[::1],"
    " int64, boolean, float64, int64, int16[:, ::1], float64[:, ::1], int32[:, ::1], int64[:, ::1],"
    " float64[:, ::1], float64[:, ::1], int32[:, ::1], boolean[::1])"
)
def attach(
    outcome, weight, detail, observed_ns, latitude_rad, longitude_rad, address,
    track_latitude_rad, track_longitude_rad, track_speed_mps, track_measured_ns, track_sigma_m,
    track_address, kind, bound, floor_m, now_ns, kept_outcome, kept_weight, kept_detail,
    kept_observed_ns, kept_latitude_rad, kept_longitude_rad, kept_address, taken,
):
    """Put new pieces of one kind with the tracks they are of; ``taken`` (n,) says which.

    A piece is a track's if it came from where the track was then: within ``floor_m``, five sigma
    and the way it may have flown meanwhile; if it is bound to an address, with the track's own.
    Older than the piece that the track has, it is not taken. Parameters as in :func:`combine`,
    shape (n,), the table's (n, kinds).
    """
    for i in range(outcome.shape[0]):
        taken[i] = False
        w = weight[i]
        if outcome[i] < 0 or not w > 0.0:
            continue
        if bound and address[i] >= 0 and track_address[i] >= 0 and address[i] != track_address[i]:
            continue
        # one dated ahead would keep out all that come after it
        if 1e-9 * (observed_ns[i] - now_ns) > AHEAD_S:
            continue
        if kept_outcome[i, kind] >= 0 and kept_observed_ns[i, kind] > observed_ns[i]:
            continue
        if math.isfinite(latitude_rad[i]) and math.isfinite(longitude_rad[i]):
            away = chord_m(
                latitude_rad[i], longitude_rad[i], track_latitude_rad[i], track_longitude_rad[i]
            )
            apart_s = abs(1e-9 * (track_measured_ns[i] - observed_ns[i]))
            speed = track_speed_mps[i] if math.isfinite(track_speed_mps[i]) else 0.0
            sigma = track_sigma_m[i] if math.isfinite(track_sigma_m[i]) else 0.0
            if not away <= floor_m + 5.0 * sigma + 1.5 * speed * apart_s:
                continue
        taken[i] = True
        kept_outcome[i, kind] = outcome[i]
        kept_weight[i, kind] = min(w, 1.0)
        kept_detail[i, kind] = detail[i]
        kept_observed_ns[i, kind] = observed_ns[i]
        kept_latitude_rad[i, kind] = latitude_rad[i]
        kept_longitude_rad[i, kind] = longitude_rad[i]
        kept_address[i, kind] = address[i]


@bare
def speaking(i, column, left, outcome, log_likelihood):
    """Kinds of evidence of track ``i`` that speak for a group of hypotheses against the others.

    ``column`` 0: friendly state; 1: civil, foreign state; 2: intruder.
    """
    count = 0
    for k in range(outcome.shape[1]):
        o = outcome[i, k]
        if o < 0 or not left[i, k] > 0.0:
            continue
        ours, others = -1e9, -1e9
        for h in range(log_likelihood.shape[2]):
            if (h + 1) // 2 == column:
                ours = max(ours, log_likelihood[k, o, h])
            else:
                others = max(others, log_likelihood[k, o, h])
        if left[i, k] * (ours - others) >= SPEAKS:
            count += 1
    return count


@kernel(
    "void(float64[:, ::1], float64[:, ::1], int16[:, ::1], float64[:, :, ::1], int64[::1],"
    " int64, float64[::1], int8[::1], int8[::1], int8[::1])"
)
def decide(
    probability, left, outcome, log_likelihood, first_ns, now_ns, threshold, identity, aircraft,
    support,
):
    """Turn probabilities (n, 4) into identities with hysteresis; never ``hostile``.

    ``identity`` and ``aircraft`` (n,) come in as they were and go out as they are, indexes in
    ``IDENTITIES`` and ``AIRCRAFT_CLASSES``; ``support`` (n,) is how many kinds of evidence speak
    for the identity; ``first_ns`` (n,) when the track was first seen; ``threshold``
    (THRESHOLDS,), its entries named above. Of the rest as in :func:`combine`.
    """
    for i in range(probability.shape[0]):
        friendly, civil = probability[i, 0], probability[i, 1]
        foreign = probability[i, 2]
        chosen, reasons = UNKNOWN, 0
        for rank in range(RANKS):
            if rank == 0:
                word, column, mass = SUSPECT, 2, probability[i, 3]
            elif rank == 3:
                word, column, mass = NEUTRAL, 1, civil + foreign
            else:
                word, column, mass = (FRIEND if rank == 1 else ASSUMED_FRIEND), 0, friendly
            bar = threshold[LEAVE + rank] if identity[i] == word else threshold[ENTER + rank]
            if not mass >= bar:
                continue
            kinds = speaking(i, column, left, outcome, log_likelihood)
            if kinds >= threshold[KINDS + rank]:
                chosen, reasons = word, kinds
                break
        young = 1e-9 * (now_ns - first_ns[i]) < threshold[PENDING_S]
        if chosen == UNKNOWN and identity[i] == PENDING and young:
            chosen = PENDING
        identity[i] = chosen
        support[i] = reasons
        civil_bar = threshold[CLASS_LEAVE] if aircraft[i] == 1 else threshold[CLASS_ENTER]
        state_bar = threshold[CLASS_LEAVE] if aircraft[i] == 2 else threshold[CLASS_ENTER]
        if civil >= civil_bar:
            aircraft[i] = 1
        elif friendly + foreign >= state_bar:
            aircraft[i] = 2
        else:
            aircraft[i] = 0
