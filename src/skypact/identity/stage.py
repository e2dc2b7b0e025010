"""Identities of the joint picture, second by second, and why each is what it is.

In: the joint picture, findings of the evidence functions (one row a track, in the picture's order)
and the time; now and then a person's word. Out: :class:`Identities`, and on request one track's
identity with all its evidence in words. Same input, same output, whatever happened before outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef
from skypact.identity.ledger import KINDS, Ledger
from skypact.identity.likelihoods import Likelihoods
from skypact.identity.override import TAKEN_BACK, Authority, check_override
from skypact.identity.refusals import NoSuchTrack, SaidBefore
from skypact.identity.wording import sentence
from skypact.kernels import identity_combine as kernels
from skypact.model.identity import (
    EVIDENCE_KINDS,
    HYPOTHESES,
    Evidence,
    EvidenceKind,
    Findings,
    Identities,
    IdentityGiven,
    Override,
)
from skypact.model.joint import JointTracks
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES

Named = Callable[[int], str]
"""What a finding's ``detail`` is called."""

MOST_SAID = 10_000
"""Ids of persons' words that are remembered. One older than a minute is refused by its age, so
that this many cover more words than people can say in that time."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A person's word that no longer holds, and why in plain words."""

    override: Override
    words: str


class IdentityPicture:
    """Who everybody is, now.

    Parameters
    ----------
    likelihoods
        What evidence says.
    exercise
        Whether all of it is of an exercise.
    names
        What the details of findings are called, by kind of evidence; numbers where not given.
    """

    def __init__(
        self,
        likelihoods: Likelihoods,
        *,
        exercise: bool = False,
        names: Mapping[EvidenceKind, Named] | None = None,
    ) -> None:
        self._likelihoods = likelihoods
        self._exercise = exercise
        self._names = dict(names or {})
        self._ledger = Ledger.blank(np.empty(0, np.int64), 0)
        self._joint: JointTracks | None = None
        self._overrides: dict[int, Override] = {}
        self._said: dict[bytes, int] = {}
        self._probability = np.empty((0, len(HYPOTHESES)))
        self._support = np.empty(0, np.int8)

    def update(
        self, joint: JointTracks, findings: Sequence[Findings], now_ns: int
    ) -> tuple[Identities, tuple[Lifted, ...]]:
        """Identities of a picture, and words of people that no longer hold since."""
        ledger = self._ledger.followed(joint, now_ns)
        self._renumber(joint)
        self._ledger, self._joint = ledger, joint
        for found in findings:
            ledger.attach(found, joint, self._likelihoods, now_ns)
        before = ledger.identity.copy()
        self._weigh(joint, now_ns)
        ledger.identity[:] = ledger.machine
        overridden = np.zeros(len(ledger), np.bool_)
        aircraft = ledger.aircraft.copy()
        lifted = self._apply(joint, now_ns, overridden, aircraft)
        ledger.since_ns[ledger.identity != before] = now_ns
        identities = Identities(
            track=ledger.track.copy(),
            identity=ledger.identity.copy(),
            machine=ledger.machine.copy(),
            aircraft=aircraft,
            probability=self._probability.copy(),
            overridden=overridden,
            since_ns=ledger.since_ns.copy(),
            exercise=self._exercise,
        )
        return identities, lifted

    def say(self, override: Override, authority: Authority, now_ns: int) -> Override | None:
        """Take a person's word, from the next update on; the word it replaces, if any.

        The caller has it on record before: this is an effect.

        Raises
        ------
        OverrideRefused
            By what is wrong.
        """
        check_override(override, authority, now_ns, exercise=self._exercise)
        if override.id in self._said:
            raise SaidBefore("it has been said before")
        row = self._row(override.track)
        if override.identity == TAKEN_BACK:
            if override.track not in self._overrides:
                raise NoSuchTrack(f"nobody said anything of track {override.track}")
        elif row < 0 or not self._seen_there(override, row):
            raise NoSuchTrack(
                f"track {override.track} is not here, or not the one that was meant",
                remedy="Look at the picture and say it again",
            )
        while len(self._said) >= MOST_SAID:
            del self._said[next(iter(self._said))]
        self._said[override.id] = override.until_ns
        before = self._overrides.pop(override.track, None)
        if override.identity != TAKEN_BACK:
            self._overrides[override.track] = override
        return before

    def explain(self, track: int) -> IdentityGiven | None:
        """One track's identity and evidence, as of the last update; None if it is not there."""
        row = self._row(track)
        if row < 0:
            return None
        ledger, override = self._ledger, self._overrides.get(track)
        evidence = sorted(
            (self._piece(row, k) for k in range(KINDS) if ledger.outcome[row, k] >= 0),
            key=lambda piece: -abs(piece.ratio),
        )
        identity = IDENTITIES[ledger.identity[row]]
        aircraft = AIRCRAFT_CLASSES[ledger.aircraft[row]]
        machine = IDENTITIES[ledger.machine[row]]
        return IdentityGiven(
            track=track,
            identity=identity,
            aircraft=(override.aircraft if override else "") or aircraft,
            exercise=self._exercise,
            probability=tuple(self._probability[row].tolist()),
            since_ns=int(ledger.since_ns[row]),
            words=sentence(identity, machine, evidence, override),
            evidence=tuple(evidence),
            override=override,
            machine=machine,
        )

    def _weigh(self, joint: JointTracks, now_ns: int) -> None:
        ledger, known = self._ledger, self._likelihoods
        count = len(ledger)
        self._probability = np.empty((count, len(HYPOTHESES)))
        self._support = np.empty(count, np.int8)
        kernels.combine(
            ledger.outcome,
            ledger.weight,
            ledger.observed_ns,
            ledger.latitude_rad,
            ledger.longitude_rad,
            ledger.address,
            np.require(joint.tracks.latitude_rad, np.float64, ("C", "W")),
            np.require(joint.tracks.longitude_rad, np.float64, ("C", "W")),
            np.require(joint.tracks.mode_s, np.int32, ("C", "W")),
            now_ns,
            known.log_likelihood,
            known.law,
            known.log_prior,
            known.reach,
            self._probability,
            ledger.left,
            np.empty((count, KINDS), np.int8),
        )
        kernels.decide(
            self._probability,
            ledger.left,
            ledger.outcome,
            known.log_likelihood,
            ledger.first_ns,
            now_ns,
            known.threshold,
            ledger.machine,
            ledger.aircraft,
            self._support,
        )

    def _apply(
        self,
        joint: JointTracks,
        now_ns: int,
        overridden: NDArray[np.bool_],
        aircraft: NDArray[np.int8],
    ) -> tuple[Lifted, ...]:
        """Put people's words in the machine's place; those that no longer hold are lifted."""
        lifted = []
        for track, override in list(self._overrides.items()):
            row = self._row(track)
            if now_ns >= override.until_ns:
                lifted.append(Lifted(override, "Its time is over."))
            elif row < 0:
                continue  # it comes back, or its time runs out
            elif _another(override.address, int(joint.tracks.mode_s[row])):
                lifted.append(Lifted(override, "The track shows another address than was meant."))
            else:
                self._ledger.identity[row] = IDENTITIES.index(override.identity)
                overridden[row] = True
                if override.aircraft:
                    aircraft[row] = AIRCRAFT_CLASSES.index(override.aircraft)
                continue
            del self._overrides[track]
        return tuple(lifted)

    def _renumber(self, joint: JointTracks) -> None:
        """Words said of a track that had no joint number follow it to the one it is given.

        What was signed named the old number; the record that the caller keeps has it.
        """
        for track in [track for track in self._overrides if track < 0]:
            now = joint.tracks.track[joint.own_track == -track]
            if len(now) == 1 and now[0] != track and int(now[0]) not in self._overrides:
                moved = replace(self._overrides.pop(track), track=int(now[0]))
                self._overrides[moved.track] = moved

    def _row(self, track: int) -> int:
        rows = np.flatnonzero(self._ledger.track == track)
        return int(rows[0]) if len(rows) else -1

    def _seen_there(self, override: Override, row: int) -> bool:
        """Whether a track is the one that a person saw: by address, place and time."""
        if self._joint is None:
            return False
        tracks = self._joint.tracks
        if _another(override.address, int(tracks.mode_s[row])):
            return False
        age_s = abs(int(tracks.measured_ns[row]) - override.observed_ns) / 1e9
        x0, y0, z0 = geodetic_to_ecef(override.latitude_rad, override.longitude_rad, 0.0)
        x1, y1, z1 = geodetic_to_ecef(tracks.latitude_rad[row], tracks.longitude_rad[row], 0.0)
        away_m = math.dist((x0, y0, z0), (x1, y1, z1))
        fastest_mps, floor_m = self._likelihoods.reach
        return bool(away_m <= floor_m + fastest_mps * age_s)

    def _piece(self, row: int, k: int) -> Evidence:
        ledger, kind = self._ledger, EVIDENCE_KINDS[k]
        outcome, detail = int(ledger.outcome[row, k]), int(ledger.detail[row, k])
        logs = self._likelihoods.log_likelihood[k, outcome]
        ratio = float(ledger.left[row, k] * (logs.max() - logs.min()))
        return Evidence(
            kind=kind,
            outcome=self._likelihoods.kinds[k].outcome[outcome].name,
            words=self._likelihoods.words(k, outcome, self._names.get(kind, str)(detail)),
            observed_ns=int(ledger.observed_ns[row, k]),
            latitude_rad=float(ledger.latitude_rad[row, k]),
            longitude_rad=float(ledger.longitude_rad[row, k]),
            address=int(ledger.address[row, k]),
            weight=float(ledger.left[row, k]),
            favours=HYPOTHESES[int(logs.argmax())] if ratio > 0.0 else "",
            ratio=ratio,
        )


def _another(said: int, shown: int) -> bool:
    """Whether two addresses are those of two aircraft; a missing one says nothing."""
    return said >= 0 and shown >= 0 and said != shown
