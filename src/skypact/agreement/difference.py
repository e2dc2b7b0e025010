"""Says in words what an amendment changes.

In: two versions of an agreement. Out: changes in the order of the document, each with a sentence
such as ``KZ would newly see tracks of KG inside Naryn Region, whole (art-5)``. What a party would
see more of comes first: that is what a signatory has to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from skypact.agreement.difference_release import Change, Kind, release, sight
from skypact.agreement.document import Document, Onward
from skypact.agreement.prose import blur_words, order_words, role_names, station_words
from skypact.agreement.prose_words import known, told

__all__ = ["Change", "difference"]


def difference(old: Document, new: Document) -> tuple[Change, ...]:
    """What the new text changes; empty if both say the same.

    Parameters
    ----------
    old, new
        Two versions, or any two agreements.
    """
    found = tuple(
        change
        for part in (sight, _heading, _parties, _term, _stations, release, _blurs, _onward, _others)
        for change in part(old, new)
    )
    if old != new and not found:
        return (Change("", "changed", "only the order in which things stand would change"),)
    return found


def _heading(old: Document, new: Document) -> Iterator[Change]:
    yield from _fields("agreement", old.agreement, new.agreement, "the agreement's")


def _fields(path: str, old: Any, new: Any, whose: str) -> Iterator[Change]:
    """Every field that differs, by its name in the document."""
    for field in msgspec.structs.fields(new):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if was != now:
            words = f"{whose} {field.name} would be {_shown(now)}, not {_shown(was)}"
            yield Change(f"{path}.{field.name}", "changed", words)


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return f'"{value["en"]}"' if "en" in value else "another outline"
    return str(value)


def _parties(old: Document, new: Document) -> Iterator[Change]:
    was = {party.code: party for party in old.party}
    now = {party.code: party for party in new.party}
    for code, party in now.items():
        name = told(party.name, "en")
        if code not in was:
            yield Change("party", "added", f"{name} ({code}) would become a party")
        else:
            yield from _fields(f"party {code}", was[code], party, f"{code}'s")
    for code, party in was.items():
        if code not in now:
            words = f"{told(party.name, 'en')} ({code}) would no longer be a party"
            yield Change("party", "removed", words)


def _term(old: Document, new: Document) -> Iterator[Change]:
    yield from _fields("term", old.term, new.term, "the term's")


def _stations(old: Document, new: Document) -> Iterator[Change]:
    was = {row.station: row for row in old.numbers}
    for row in new.numbers:
        before = was.pop(row.station, None)
        path, words = f"numbers {row.station}", "; ".join(station_words(new, row, "en"))
        if before is None:
            yield Change(path, "added", f"there would be a station {words} ({row.clause})")
        elif before != row:
            then = "; ".join(station_words(old, before, "en"))
            yield Change(
                path, "changed", f"station {words} ({row.clause}); it is {then} ({before.clause})"
            )
    for code, row in was.items():
        words = "; ".join(station_words(old, row, "en"))
        yield Change(f"numbers {code}", "removed", f"there would no longer be a station {words}")


def _blurs(old: Document, new: Document) -> Iterator[Change]:
    was = {blur.id: blur for blur in old.blur}
    for blur in new.blur:
        before = was.pop(blur.id, None)
        if before is None:
            words = f"blur {blur.id} would be new: {', '.join(blur_words(blur, 'en'))}"
            yield Change(f"blur {blur.id}", "added", words)
        elif before != blur:
            now, then = (", ".join(blur_words(b, "en")) for b in (blur, before))
            words = f"blur {blur.id} would be {now}; it is {then}"
            yield Change(f"blur {blur.id}", "changed", words)
    for name in was:
        yield Change(f"blur {name}", "removed", f"blur {name} would be gone")


def _consent(consent: Onward) -> str:
    items = ", ".join(known(item, "en") for item in consent.items) or "everything"
    return (
        f"{', '.join(consent.by)} passing {items} of {', '.join(consent.originator)} on to"
        f" {', '.join(consent.to)} under {', '.join(consent.under)} ({consent.clause})"
    )


def _onward(old: Document, new: Document) -> Iterator[Change]:
    was = {consent.id: consent for consent in old.onward}
    for consent in new.onward:
        before = was.pop(consent.id, None)
        path = f"onward {consent.id}"
        if before is None:
            words = f"there would newly be consent to {_consent(consent)}"
            yield Change(path, "sees-more", words)
        elif before != consent:
            words = f"consent would be to {_consent(consent)}; it is to {_consent(before)}"
            yield Change(path, "changed", words)
    for name, consent in was.items():
        words = f"there would no longer be consent to {_consent(consent)}"
        yield Change(f"onward {name}", "sees-less", words)


def _others(old: Document, new: Document) -> Iterator[Change]:
    """Clauses, areas, sites, roles, orders, end and cases, by their ids."""
    for name in ("classifications", "categories"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            words = f"{name} would be {_shown(now)}, not {_shown(was)}"
            yield Change(name, "changed", words)
    for name in ("clause", "area", "site", "role"):
        yield from _tables(name, old, new)
    orders = {rule.order: rule for rule in old.order}
    for rule in new.order:
        before = orders.pop(rule.order, None)
        if before != rule:
            kind: Kind = "added" if before is None else "changed"
            words = f"order {'; '.join(order_words(new, rule, 'en'))} ({rule.clause})"
            then = f"; it is {'; '.join(order_words(old, before, 'en'))}" if before else ""
            yield Change(f"order {rule.order}", kind, words + then)
    for name, gone in orders.items():
        who = role_names(old, gone.authorise, "en")
        words = f"nobody would authorise {name} any more; now {who}"
        yield Change(f"order {name}", "removed", words)
    if old.end is None or new.end is None:
        if old.end != new.end:
            words = "a rule for what happens when it lapses would be " + (
                "new" if new.end else "gone"
            )
            yield Change("end", "added" if new.end else "removed", words)
    else:
        yield from _fields("end", old.end, new.end, "when it lapses,")
    if old.example != new.example:
        yield Change("example", "changed", "the cases that test the rules would be others")


def _tables(name: str, old: Document, new: Document) -> Iterator[Change]:
    was = {thing.id: thing for thing in getattr(old, name)}
    for thing in getattr(new, name):
        before = was.pop(thing.id, None)
        path = f"{name} {thing.id}"
        if before is None:
            yield Change(path, "added", f"{name} {thing.id} would be new: {_title(thing)}")
        else:
            yield from _fields(path, before, thing, f"{name} {thing.id}:")
    for gone, thing in was.items():
        yield Change(f"{name} {gone}", "removed", f"{name} {gone} would be gone: {_title(thing)}")


def _title(thing: Any) -> str:
    for key in ("name", "office", "text"):
        if hasattr(thing, key):
            return told(getattr(thing, key), "en")
    return str(thing.id)
