"""Which agreements bind which parties at an instant, and when that changes next.

In: the agreements a node holds, each version with the notices and decisions it knows, and an
instant. Out: at most one version of each agreement, with its standing, for ``release``, exchange
and orders to compile; and the instant at which to ask again. A node that sleeps until
``next_change_ns`` and asks again lets nothing leave a nanosecond before entry into force or
after the last day.

Of the versions of one agreement the highest that has begun counts, also when it has ended: an
amendment that lapses does not bring back what it replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from skypact.agreement.calendar import Decision, Notice, Standing, first_day, standing
from skypact.agreement.document import Day, Document
from skypact.agreement.reckoning import LAST_NS, begins_ns, day_after, day_at
from skypact.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Held:
    """One version of an agreement as a node holds it.

    Parameters
    ----------
    document
        The text.
    fully_signed
        Whether every party's signature under its bytes is here and holds; without, it never
        binds, whatever dates it tells of.
    notices, decisions
        Of this agreement, in any order; future ones do no harm.
    """

    document: Document
    fully_signed: bool
    notices: tuple[Notice, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def standing(self, day: Day) -> Standing:
        """How this version stands on a day, taken by itself."""
        return standing(self.document, self.notices, day, decisions=self.decisions)


@dataclass(frozen=True, slots=True)
class Binding:
    """A version that binds, and whom: ``parties`` are codes in the document's order."""

    document: Document
    standing: Standing
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """What binds at an instant.

    Parameters
    ----------
    now_ns
        The instant asked about, int64 UTC nanoseconds.
    bindings
        In the order of the agreements' ids, one version of each.
    refused
        Agreements that bind nobody because something is wrong: id and why.
    next_change_ns
        First instant after ``now_ns`` at which any of this may differ; ``2**63 - 1`` for never.
    """

    now_ns: int
    bindings: tuple[Binding, ...]
    refused: tuple[tuple[str, str], ...]
    next_change_ns: int


def effective(held: Sequence[Held], now_ns: int) -> Effective:
    """What binds at an instant, of all that a node holds.

    Parameters
    ----------
    held
        Every version of every agreement; the notices of any version are those of the agreement.
    now_ns
        Int64 UTC nanoseconds.
    """
    by_id: dict[str, list[Held]] = {}
    for one in held:
        by_id.setdefault(one.document.agreement.id, []).append(one)
    bindings: list[Binding] = []
    refused: list[tuple[str, str]] = []
    change_ns = LAST_NS
    for name in sorted(by_id):
        versions = _with_all_acts([one for one in by_id[name] if one.fully_signed])
        try:
            change_ns = min([change_ns, *(_next_ns(one, now_ns) for one in versions)])
            binding = _binding(versions, now_ns)
        except BadInput as problem:  # one that cannot be reckoned must not stop the others
            refused.append((name, str(problem)))
            continue
        if binding is not None:
            bindings.append(binding)
    return Effective(now_ns, tuple(bindings), tuple(refused), change_ns)


def _binding(versions: Sequence[Held], now_ns: int) -> Binding | None:
    """The version of one agreement that binds now, if any does."""
    begun = [one for one in versions if _begun(one, now_ns)]
    if not begun:
        return None
    highest = max(one.document.agreement.version for one in begun)
    texts = [one for one in begun if one.document.agreement.version == highest]
    if any(one.document != texts[0].document for one in texts):
        raise BadInput(f"two texts of version {highest} are signed by all parties")
    now = texts[0].standing(_today(texts[0], now_ns))
    return Binding(texts[0].document, now, now.bound) if now.binding else None


def binds(now: Effective, party: str, partner: str) -> tuple[Binding, ...]:
    """The agreements that bind both of two parties now."""
    return tuple(b for b in now.bindings if party in b.parties and partner in b.parties)


def _with_all_acts(versions: Sequence[Held]) -> list[Held]:
    """The versions of one agreement, each with the notices and decisions of all."""
    notices = tuple(dict.fromkeys(notice for one in versions for notice in one.notices))
    decisions = tuple(dict.fromkeys(decision for one in versions for decision in one.decisions))
    return [replace(one, notices=notices, decisions=decisions) for one in versions]


def _today(one: Held, now_ns: int) -> Day:
    return day_at(now_ns, one.document.term.time_zone)


def _begun(one: Held, now_ns: int) -> bool:
    start = first_day(one.document)
    return start is not None and start <= _today(one, now_ns)


def _next_ns(one: Held, now_ns: int) -> int:
    """First instant after now at which this version's standing is another one."""
    day = _today(one, now_ns)
    then = now = one.standing(day)
    while True:
        day = min((on for on in _candidates(one, then) if on > day), default=Day.max)
        if day == Day.max:
            return LAST_NS
        then = one.standing(day)  # may tell of days that were not known before
        if (then.state, then.bound, then.renewed, then.final, then.ends) != (
            now.state,
            now.bound,
            now.renewed,
            now.final,
            now.ends,
        ):
            return begins_ns(day, one.document.term.time_zone)


def _candidates(one: Held, now: Standing) -> Iterator[Day]:
    """Days on which the standing may change while nobody does more than is recorded."""
    document = one.document
    for party in document.party:
        yield from (d for d in (party.signed, party.ratified, party.acceded) if d is not None)
    start = first_day(document)
    if start is not None:
        yield start
    for notice in one.notices:
        yield notice.given
        if notice.withdrawn is not None:
            yield notice.withdrawn
    yield from (decision.decided for decision in one.decisions)
    if now.ends is not None:
        yield day_after(now.ends)
        yield day_after(now.ends, 1 - document.term.wind_down_days)
    yield from (day_after(last) for _, last in now.leaving)
