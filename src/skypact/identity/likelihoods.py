"""What evidence says, as a nation sees it: likelihoods, how long they last, and thresholds.

In: a nation's TOML file, laid over the shipped one (``default_likelihoods.toml``), whose tables it
replaces whole. Out: :class:`Likelihoods`, the arrays that ``kernels.identity_combine`` reads.
A file that does not make sense is refused by name; nothing is guessed.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from skypact.identity.outcomes import MOST_OUTCOMES, OUTCOMES
from skypact.identity.refusals import BadLikelihoods
from skypact.kernels import identity_combine as names
from skypact.model.identity import EVIDENCE_KINDS, HYPOTHESES, EvidenceKind

LEAST_LIKELIHOOD = 1e-4
"""No piece of evidence may say "never": one fault would then outweigh everything else."""

LONGEST_BYTES = 1_000_000

Share = Annotated[float, msgspec.Meta(ge=LEAST_LIKELIHOOD, le=1.0)]
Four = tuple[Share, Share, Share, Share]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Bar = Annotated[float, msgspec.Meta(ge=0.5, le=1.0)]
Seconds = Annotated[float, msgspec.Meta(gt=0.0, le=604_800.0)]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables: a word the format does not know is an error."""


class Prior(Table, frozen=True, kw_only=True):
    """What is believed before any evidence."""

    probability: Four
    reason: Said


class Threshold(Table, frozen=True, kw_only=True):
    """When a word is said, when it is taken back, and on how many kinds of evidence it rests."""

    enter: Bar
    leave: Bar
    kinds: Annotated[int, msgspec.Meta(ge=2, le=len(EVIDENCE_KINDS))]


class Thresholds(Table, frozen=True, kw_only=True, rename="kebab"):
    """Of all words the machine may say."""

    reason: Said
    suspect: Threshold
    friend: Threshold
    assumed_friend: Threshold
    neutral: Threshold
    class_enter: Bar = msgspec.field(name="class_enter")
    class_leave: Bar = msgspec.field(name="class_leave")
    pending_s: Annotated[float, msgspec.Meta(ge=0.0, le=600.0)] = msgspec.field(name="pending_s")


class Place(Table, frozen=True, kw_only=True):
    """From how far away a piece of evidence may have come."""

    reason: Said
    fastest_mps: Annotated[float, msgspec.Meta(gt=0.0, le=5000.0)]
    floor_m: Annotated[float, msgspec.Meta(gt=0.0, le=50e3)]


class Outcome(Table, frozen=True, kw_only=True):
    """What one finding says; ``words`` may hold ``{detail}``."""

    name: str
    likelihood: Four
    words: Said
    reason: Said


class Kind(Table, frozen=True, kw_only=True):
    """What one kind of evidence says and how long it lasts."""

    kind: EvidenceKind
    half_life_s: Seconds
    longest_s: Seconds
    bound: bool
    reason: Said
    outcome: tuple[Outcome, ...]


class File(Table, frozen=True, kw_only=True):
    """A file of likelihoods; a nation's leaves out what it does not change."""

    format: int = 1
    prior: Prior | None = None
    thresholds: Thresholds | None = None
    place: Place | None = None
    evidence: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Ready to be weighed with.

    Parameters
    ----------
    log_likelihood
        Shape (kinds, outcomes, hypotheses), natural logarithms; 0 where there is no outcome.
    log_prior
        Shape (hypotheses,).
    law, threshold, reach
        As ``kernels.identity_combine`` names their entries.
    kinds
        The tables they were made from, in the order of ``EVIDENCE_KINDS``.
    """

    log_likelihood: NDArray[np.float64]
    log_prior: NDArray[np.float64]
    law: NDArray[np.float64]
    threshold: NDArray[np.float64]
    reach: NDArray[np.float64]
    kinds: tuple[Kind, ...]

    def bound(self, kind: int) -> bool:
        """Whether evidence of a kind leaves a track that shows another address."""
        return self.kinds[kind].bound

    def words(self, kind: int, outcome: int, detail: str) -> str:
        """The sentence of a finding."""
        return self.kinds[kind].outcome[outcome].words.replace("{detail}", detail) + "."


def default_likelihoods() -> Likelihoods:
    """What Skypact ships."""
    return likelihoods_from("", where="default_likelihoods.toml")


def read_likelihoods(path: Path) -> Likelihoods:
    """A nation's likelihoods, laid over the shipped ones.

    Raises
    ------
    BadLikelihoods
        With the file and what is wrong.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
        if len(data) > LONGEST_BYTES:
            raise BadLikelihoods(f"longer than {LONGEST_BYTES} bytes", where=str(path))
        return likelihoods_from(data.decode("utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError, ValueError) as problem:
        raise BadLikelihoods(f"cannot be read: {problem}", where=str(path)) from None


def likelihoods_from(text: str, *, where: str = "likelihoods") -> Likelihoods:
    """The same from the text of a nation's file.

    Raises
    ------
    BadLikelihoods
        With what is wrong.
    """
    base, own = _shipped(), _file(text, where)
    _check_named_once(own, where)
    by_kind = {kind.kind: kind for kind in (*base.evidence, *own.evidence)}
    for kind in own.evidence:
        _check_kind(kind, where)
    prior, thresholds = own.prior or base.prior, own.thresholds or base.thresholds
    place = own.place or base.place
    if prior is None or thresholds is None or place is None:
        raise BadLikelihoods("the shipped file is not whole", where=where)
    if not math.isclose(sum(prior.probability), 1.0, abs_tol=1e-6):
        raise BadLikelihoods("[prior] probability does not add up to 1", where=where)
    kinds = tuple(by_kind[kind] for kind in EVIDENCE_KINDS)
    log_likelihood = np.zeros((len(kinds), MOST_OUTCOMES, len(HYPOTHESES)))
    law = np.zeros((len(kinds), names.LAW))
    for k, kind in enumerate(kinds):
        for o, outcome in enumerate(kind.outcome):
            log_likelihood[k, o] = np.log(outcome.likelihood)
        law[k, names.HALF_LIFE_S] = kind.half_life_s
        law[k, names.LONGEST_S] = kind.longest_s
        law[k, names.BOUND] = float(kind.bound)
    reach = np.zeros(names.REACH)
    reach[names.FASTEST_MPS], reach[names.FLOOR_M] = place.fastest_mps, place.floor_m
    return Likelihoods(
        log_likelihood=log_likelihood,
        log_prior=np.log(prior.probability),
        law=law,
        threshold=_threshold(thresholds, where),
        reach=reach,
        kinds=kinds,
    )


@cache
def _shipped() -> File:
    name = "default_likelihoods.toml"
    return _file(files("skypact.identity").joinpath(name).read_text("utf-8"), name)


def _file(text: str, where: str) -> File:
    try:
        file = msgspec.convert(tomllib.loads(text), File)
    except (ValueError, msgspec.MsgspecError, RecursionError) as problem:
        raise BadLikelihoods(str(problem), where=where) from None
    if file.format != 1:
        raise BadLikelihoods(f"format {file.format} is not known", where=where)
    return file


def _check_named_once(file: File, where: str) -> None:
    given = [kind.kind for kind in file.evidence]
    if len(set(given)) != len(given):
        raise BadLikelihoods("a kind of evidence stands twice", where=where)


def _check_kind(kind: Kind, where: str) -> None:
    found = tuple(outcome.name for outcome in kind.outcome)
    if found != OUTCOMES[kind.kind]:
        raise BadLikelihoods(
            f"{kind.kind} has the outcomes {list(found)}",
            where=where,
            remedy=f"Give exactly these, in this order: {list(OUTCOMES[kind.kind])}",
        )
    if kind.longest_s < kind.half_life_s:
        raise BadLikelihoods(f"{kind.kind} is let go of before half its life", where=where)
    for h, hypothesis in enumerate(HYPOTHESES):
        total = sum(outcome.likelihood[h] for outcome in kind.outcome)
        if total > 1.0 + 1e-9:
            raise BadLikelihoods(
                f"likelihoods of {kind.kind} for {hypothesis} add up to {total:.4g}, above 1",
                where=where,
            )


def _threshold(given: Thresholds, where: str) -> NDArray[np.float64]:
    value = np.zeros(names.THRESHOLDS)
    ranks = (given.suspect, given.friend, given.assumed_friend, given.neutral)
    for rank, one in enumerate(ranks):
        if one.leave > one.enter:
            raise BadLikelihoods("[thresholds] leave is above enter", where=where)
        value[names.ENTER + rank] = one.enter
        value[names.LEAVE + rank] = one.leave
        value[names.KINDS + rank] = one.kinds
    if given.class_leave > given.class_enter:
        raise BadLikelihoods("[thresholds] class_leave is above class_enter", where=where)
    value[names.PENDING_S] = given.pending_s
    value[names.CLASS_ENTER], value[names.CLASS_LEAVE] = given.class_enter, given.class_leave
    return value
