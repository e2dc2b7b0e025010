"""Tracks judged against truth: everything that ``skypact evaluate`` tells.

In: paths of tracks and truth, and settings. Out: a :class:`Judgement` with the figures (the JSON
of the command) and what they were made from, for plots and drill-down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.accuracy import (
    Errors,
    accuracy,
    errors_of,
    errors_of_reports,
    over_floor,
    time_offset_s,
)
from skypact.evaluation.consistency import nees, nis
from skypact.evaluation.continuity import continuity, follow, latency, target_rows
from skypact.evaluation.gospa import Gospa, Pairs, gospa, pair
from skypact.evaluation.instants import (
    Instants,
    Standing,
    choose_instants,
    tracks_at,
    truth_at,
)
from skypact.evaluation.limits import Limits, judge_limits
from skypact.evaluation.paths import Paths, with_common_height
from skypact.evaluation.phases import phase_of, with_velocity
from skypact.evaluation.plausibility import plausibility
from skypact.evaluation.siap import Spans, associate, siap
from skypact.evaluation.surveillance import Terms, surveillance
from skypact.model.errors import BadTable
from skypact.model.innovations import Innovations
from skypact.model.time import SECOND_NS, to_iso


@dataclass(frozen=True, slots=True)
class Settings:
    """How tracks are judged.

    Parameters
    ----------
    period_s
        Time between instants; None: the tracks' own rhythm.
    cutoff_m, exponent
        GOSPA's c and p; also the reach of SIAP's association.
    three_d
        Pair and measure GOSPA with heights; else horizontally.
    codes
        States that both have a 24-bit address pair only if it is the same (horizontally).
    settle_s
        A track is owed once a target has been covered for so long.
    warm_s
        Nothing counts for so long after the truth begins.
    gap_s
        Truth is not interpolated across more than this.
    from_ns, to_ns
        Judge only within; int64 UTC nanoseconds.
    confirm, end
        SIAP: states on end that make and unmake an association.
    """

    period_s: float | None = None
    cutoff_m: float = 2_000.0
    exponent: float = 2.0
    three_d: bool = False
    codes: bool = False
    settle_s: float = 60.0
    warm_s: float = 60.0
    gap_s: float = 30.0
    from_ns: int = 0
    to_ns: int = 2**62
    confirm: int = 3
    end: int = 2


@dataclass(frozen=True, slots=True)
class Extras:
    """What may be given beside tracks and truth.

    Parameters
    ----------
    limits
        Requirements to judge against.
    floor
        Columns of a Cramer-Rao floor file: ``floor_id``, ``floor_time``, ``floor_rms`` and
        optionally ``epoch_ns``, what its time 0 is (else the earliest truth).
    innovations
        What the tracker learned from each plot, for the NIS.
    """

    limits: Limits | None = None
    floor: dict[str, NDArray[Any]] | None = None
    innovations: Innovations | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The figures, and what they were made from; pairs of things are (tracks, truth).

    ``warm`` is the first instant that counts; ``counts`` are those of
    :func:`~skypact.evaluation.continuity.follow`.
    """

    figures: dict[str, Any]
    settings: Settings
    instants: Instants
    warm: int
    paths: tuple[Paths, Paths]
    standing: tuple[Standing, Standing]
    pairs: Pairs
    metric: Gospa
    errors: Errors
    counts: NDArray[np.int64]
    spans: Spans = field(repr=False)


def judge(
    tracks: Paths,
    truth: Paths,
    settings: Settings | None = None,
    extras: Extras | None = None,
    *,
    step: Callable[[float], None] = lambda _: None,
) -> Judgement:
    """Judge tracks; ``step`` is told the part done, from 0 to 1.

    Raises
    ------
    BadTable
        If tracks and truth have no common time, or the truth is shorter than the warm-up.
    """
    settings, extras = settings or Settings(), extras or Extras()
    tracks, truth, height = with_common_height(tracks, truth)
    instants = choose_instants(
        tracks, truth, period_s=settings.period_s, span_ns=(settings.from_ns, settings.to_ns)
    )
    warm = _warm(truth, instants, settings)
    truth_states = truth_at(truth, instants, gap_s=settings.gap_s, settle_s=settings.settle_s)
    track_states = tracks_at(tracks, instants)
    step(0.3)
    p, c = settings.exponent, settings.cutoff_m
    codes = (truth.mode_s[truth_states.row], tracks.mode_s[track_states.row])
    pairs = pair(truth_states, track_states, cutoff_m=c, p=p, three_d=settings.three_d,
                 codes=codes if settings.codes else None)  # fmt: skip
    metric = gospa(truth_states, track_states, pairs, cutoff_m=c, p=p)
    step(0.5)
    with_velocity(truth_states, instants)
    phase = phase_of(truth_states, instants)
    standing, paths = (track_states, truth_states), (tracks, truth)
    if instants.common:
        errors = errors_of(
            truth_states, track_states, pairs, phase=phase, warm=warm, moves=truth.moves
        )
    else:
        errors = errors_of_reports(
            paths, standing, pairs, instants, phase=phase, warm=warm, gap_s=settings.gap_s
        )
    counts = follow(truth_states, track_states, pairs, warm)
    step(0.6)
    spans = associate(track_states, truth_states, threshold_m=c, confirm=settings.confirm,
                      end=settings.end)  # fmt: skip
    terms = extras.limits.terms if extras.limits else Terms()
    figures: dict[str, Any] = {
        "judged": _judged(paths, instants, warm, settings, height),
        "gospa": _gospa_figures(metric, warm),
        "accuracy": accuracy(errors),
        "time_offset_s": time_offset_s(errors),
        "floor": _floor(extras.floor, errors, truth, truth_states, instants),
        "consistency": _consistency(errors, paths, standing, extras.innovations),
        "continuity": continuity(standing, paths, pairs, counts, instants, warm),
        "latency_s": latency(tracks, errors.track_row),
        "siap": siap(standing, paths, spans, instants, warm),
        "surveillance": surveillance(
            standing, paths, pairs, errors, instants, terms=terms, warm=warm
        ),
        "plausibility": plausibility(tracks),
    }
    step(0.9)
    figures["requirements"] = judge_limits(extras.limits, figures) if extras.limits else []
    figures["notes"] = _notes(paths, pairs, instants, truth_states, warm)
    figures["targets"] = target_rows(
        truth_states, truth, counts, instants,
        (errors.truth_state, errors.value["horizontal_m"]),
    )  # fmt: skip
    return Judgement(figures, settings, instants, warm, paths, standing, pairs, metric, errors,
                     counts, spans)  # fmt: skip


def _warm(truth: Paths, instants: Instants, settings: Settings) -> int:
    begins = max(int(truth.time_ns.min()), settings.from_ns)
    after = begins + round(settings.warm_s * SECOND_NS) - instants.start_ns
    warm = max(0, -(-after // instants.step_ns))
    if warm >= instants.count:
        span_s = max(0, instants.count - 1) * instants.step_s
        raise BadTable(
            f"{instants.count} instants over {span_s:g} s of truth are no longer than the"
            f" warm-up of {settings.warm_s:g} s",
            remedy="Give --warm 0 (and --settle 0), or a shorter --period",
        )
    return int(warm)


def _judged(
    paths: tuple[Paths, Paths], instants: Instants, warm: int, settings: Settings, height: str
) -> dict[str, Any]:
    tracks, truth = paths
    first_ns = instants.start_ns + warm * instants.step_ns
    last_ns = instants.start_ns + (instants.count - 1) * instants.step_ns
    told = asdict(settings)
    kept = ("cutoff_m", "exponent", "three_d", "codes", "settle_s", "warm_s", "gap_s")
    return {
        "from": to_iso(first_ns),
        "to": to_iso(last_ns),
        "instants": instants.count - warm,
        "step_s": instants.step_s,
        "rhythm": "common" if instants.common else "asynchronous",
        "track_states": len(tracks),
        "tracks": tracks.paths,
        "truth_states": len(truth),
        "truth_kind": truth.kind,
        "targets": truth.paths,
        "height": height,
        **{key: told[key] for key in kept},
    }


def _gospa_figures(metric: Gospa, warm: int) -> dict[str, Any]:
    """Mean of the metric, and root mean squares of it and its parts, in metres."""
    scored = slice(warm, None)
    distance = metric.distance[scored]

    def root(part: NDArray[np.float64]) -> float:
        return float(np.sqrt(part[scored].mean()))

    return {
        "mean_m": float(distance.mean()),
        "rms_m": float(np.sqrt((distance**2).mean())),
        "localisation_m": root(metric.localisation),
        "missed_m": root(metric.missed),
        "false_m": root(metric.false),
        "missed_per_instant": float(metric.missed_count[scored].mean()),
        "false_per_instant": float(metric.false_count[scored].mean()),
        "pairs": int(metric.pairs[scored].sum()),
    }


def _floor(
    floor: dict[str, NDArray[Any]] | None,
    errors: Errors,
    truth: Paths,
    standing: Standing,
    instants: Instants,
) -> dict[str, Any] | None:
    if floor is None:
        return None
    zero_ns = int(floor["epoch_ns"]) if "epoch_ns" in floor else int(truth.time_ns.min())
    return over_floor(errors, standing, truth.name, instants, floor, zero_ns)


def _consistency(
    errors: Errors,
    paths: tuple[Paths, Paths],
    standing: tuple[Standing, Standing],
    innovations: Innovations | None,
) -> dict[str, Any]:
    row = errors.track_row
    return {
        "nees": nees(
            errors.value["horizontal_m"],
            paths[0].sigma_m[row],
            standing[1].instant[errors.truth_state],
        ),
        "nis": None if innovations is None else nis(innovations),
    }


def _notes(
    paths: tuple[Paths, Paths], pairs: Pairs, instants: Instants, truth: Standing, warm: int
) -> list[str]:
    """What the reader should know of the input before the figures."""
    tracks, real = paths
    notes = [f"tracks: {text}" for text in tracks.notes]
    notes += [f"truth: {text}" for text in real.notes]
    if len(tracks) == 0:
        notes.append("there is no confirmed track at all")
    elif not instants.common:
        notes.append(
            "tracks report at times of their own: they are moved along their velocity for"
            " pairing, and judged at their own times"
        )
    if not real.moves:
        notes.append("the truth tells no velocity: speed and heading are not judged")
    if not (truth.owed & (truth.instant >= warm)).any():
        notes.append("no truth is covered for long enough that a track is owed; see --settle")
    span = real.time_ns.max() - real.time_ns.min()
    if len(tracks) and tracks.time_ns.max() - tracks.time_ns.min() < 0.9 * span:
        notes.append("tracks cover less than 90 % of the truth's time; the rest counts as missed")
    if pairs.given_up:
        notes.append(f"{pairs.given_up} crowds were too big and were paired nearest first")
    return notes
