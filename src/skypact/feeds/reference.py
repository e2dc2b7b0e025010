"""The reference page of all feeds, written from the code: ``python -m skypact.feeds.reference``.

In: the definitions, framings and formats as the decoder uses them. Out: Markdown on stdout;
``docs/reference/feeds.md`` is this output, and a test fails where it is not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from skypact.feeds.asterix import definitions
from skypact.feeds.asterix import table as t
from skypact.feeds.asterix.reports import TARGETS, TIME_OF_DAY
from skypact.feeds.asterix.survey import KINDS, SITES
from skypact.feeds.framing.formats import FORMATS
from skypact.feeds.framing.recognise import TITLES

CATEGORIES = {
    1: "monoradar target reports (old)",
    2: "monoradar service messages (old)",
    4: "safety net messages",
    7: "directed interrogation messages",
    8: "monoradar weather information",
    9: "composite weather reports",
    10: "surface movement target reports",
    11: "surface movement guidance and control",
    15: "independent non-cooperative surveillance target reports",
    16: "independent non-cooperative surveillance configuration",
    17: "Mode S surveillance coordination",
    18: "Mode S data link",
    19: "multilateration system status",
    20: "multilateration target reports",
    21: "ADS-B target reports",
    23: "ground station status and service",
    25: "ground system status",
    32: "miniplan reports",
    34: "monoradar service messages",
    48: "monoradar target reports",
    62: "system track data",
    63: "sensor status",
    65: "system service status",
    150: "flight plan data (MADAP)",
    205: "radio direction finder reports",
    240: "radar video",
    247: "version number exchange",
}
"""What each category carries, after the titles of its part of the standard."""

PUBLISHED = {
    62: "the node's picture",
    63: "the node's sensors",
    65: "the node's service",
    48: "the simulator",
    34: "the simulator",
    21: "the simulator",
}
STRUCTURES = {
    t.FIXED: "fixed",
    t.EXTENDED: "extended",
    t.REPETITIVE: "repetitive",
    t.REPETITIVE_FX: "repetitive",
    t.COMPOUND: "compound",
    t.EXPLICIT: "bytes",
    t.EXPANSION: "expansion field",
    t.RANDOM: "numbered items",
}
OPENING = """# Feeds: what is read and written

Written by `python -m skypact.feeds.reference`; do not edit.

A recording's framing and format are told from its bytes, never from its name; anything may be
gzipped. What is none of these is refused with its first bytes. Live, feeds come over UDP (unicast
and multicast, a datagram a frame) and TCP (a stream, cut into messages).
"""
ASTERIX = """
## ASTERIX

Every item of every record becomes columns, named as in the standard (`I048/040/RHO`) and in its
units. Repetitive items become list columns; the items of a reserved expansion field (RE) become
columns where the standard defines them; special purpose fields (SP) are kept as bytes. What does
not follow its definition is refused with offset, item and reason, and the rest of its datagram goes
on with the next block. The latest edition is used unless another is chosen for the category or the
sensor, or `detect_editions` finds that another fits better.

The encoder writes every category and edition listed, from the same columns.
"""


def pages() -> Iterator[str]:
    """The page, line by line."""
    yield from OPENING.splitlines()
    yield from ("", "## Framings of recordings", "", "| framing | what it is |", "|---|---|")
    yield from (f"| `{name}` | {title} |" for name, title in TITLES.items())
    yield from ("", "## Formats", "", "| format | what it is | read as |", "|---|---|---|")
    yield "| `asterix` | EUROCONTROL ASTERIX, see below | data blocks |"
    yield "| `beast` | Beast binary: Mode S with counter and signal | a stream |"
    for known in FORMATS:
        how = {"either": "lines or a document", "lines": "lines", "document": "a document"}
        yield f"| `{known.format}` | {known.title} | {how[known.lines]} |"
    yield from ASTERIX.splitlines()
    expansions = _expansions()
    yield ""
    yield "| category | what it carries | editions | expansion field | becomes | sent as |"
    yield "|---|---|---|---|---|---|"
    for category, editions in sorted(definitions.editions().items()):
        cells = [
            f"[{category:03d}](#category-{category:03d})",
            CATEGORIES[category],
            ", ".join(editions),
            ", ".join(expansions.get(category, ())) or "-",
            _becomes(category),
            PUBLISHED.get(category, "-"),
        ]
        yield f"| {' | '.join(cells)} |"
    for category in sorted(definitions.editions()):
        yield from _category(category)


def _becomes(category: int) -> str:
    said = ["items"]
    if category in TARGETS:
        said.append("plots")
    if category in TIME_OF_DAY and category in KINDS:
        said.append("signs of life")
    if category in SITES:
        said.append("site")
    return ", ".join(said)


def _expansions() -> dict[int, tuple[str, ...]]:
    """Editions of the reserved expansion fields; the latest of each category is used."""
    known = import_module("asterix.generated").manifest["REFS"]
    return {
        category: (".".join(map(str, versions[-1].cv_edition)),)
        for category, versions in known.items()
    }


def _item_titles(category: int) -> dict[str, str]:
    """The standard's words for every item of a category, later editions first."""
    base, generated = import_module("asterix.base"), import_module("asterix.generated")
    titles: dict[str, str] = {"RFS": "Random Field Sequencing"}
    for spec in reversed(generated.manifest["CATS"][category]):
        uap = spec.cv_uap
        single = issubclass(uap, base.UapSingle)
        for record in [uap.cv_record] if single else uap.cv_uaps.values():
            for entry in record.cv_items_list:
                if issubclass(entry, base.UapItem):
                    item: Any = entry.cv_non_spare
                    titles.setdefault(item.cv_name, item.cv_title)
    return titles


def _category(category: int) -> Iterator[str]:
    editions = definitions.editions()[category]
    yield from ("", f"### Category {category:03d}", "")
    said = f"{CATEGORIES[category][0].upper()}{CATEGORIES[category][1:]}."
    yield (
        f"{said} Editions {', '.join(editions)}."
        if len(editions) > 1
        else (f"{said} Edition {editions[0]}.")
    )
    yield from ("", "| item | what | structure | columns | editions |", "|---|---|---|---|---|")
    prefix = f"I{category:03d}/"
    titles = _item_titles(category)
    for item, (kind, columns, within) in sorted(_items(category).items(), key=_by_number):
        told = "all" if len(within) == len(editions) else _stretch(within, editions)
        title = titles.get(item, "").replace("|", "/")
        yield f"| {prefix}{item} | {title} | {STRUCTURES[kind]} | {columns} | {told} |"


def _by_number(entry: tuple[str, Any]) -> tuple[bool, str]:
    return not entry[0][:1].isdigit(), entry[0]


def _items(category: int) -> dict[str, tuple[int, int, list[str]]]:
    """Kind, number of columns in the latest edition that has it, and editions of every item."""
    found: dict[str, tuple[int, int, list[str]]] = {}
    for edition in definitions.editions()[category]:
        table = definitions.table(category, edition)
        columns: dict[str, int] = {}
        for leaf in table.leaves:
            item = leaf.split("/")[1]
            columns[item] = columns.get(item, 0) + 1
        uap = zip(table.uap_first, table.uap_count, strict=True)
        nodes = {int(n) for first, count in uap for n in table.child[first : first + count]}
        for node in sorted(nodes - {-1}):
            item = table.node_name[node].split("/")[1]
            within = found.get(item, (0, 0, []))[2]
            if edition not in within:
                within.append(edition)
            kind = int(table.node_kind[node])
            # fields of bytes are one column each
            found[item] = kind, columns.get(item, 0) or int(kind == t.EXPLICIT), within
    return found


def _stretch(within: list[str], editions: tuple[str, ...]) -> str:
    """Editions in words: ``from 2.1``, ``until 0.26``, or their list."""
    first, last = editions.index(within[0]), editions.index(within[-1])
    if list(editions[first : last + 1]) == within:
        if last == len(editions) - 1:
            return f"from {within[0]}"
        if first == 0:
            return f"until {within[-1]}"
        return f"{within[0]} to {within[-1]}" if len(within) > 1 else within[0]
    return ", ".join(within)


def main() -> None:
    """Write the page to stdout."""
    sys.stdout.write("\n".join(pages()) + "\n")


if __name__ == "__main__":
    main()
