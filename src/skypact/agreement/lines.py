"""In which line of a TOML text each key stands, so that every complaint can name its line.

In: text that the standard library's parser has accepted (TOML 1.0). Out: a table from path
(``release[3].to[1]``) to line number. The parser keeps no positions; this walk over the same
text follows headers, keys, arrays and inline tables and reads no values. Text that is not TOML
gives fewer lines, never an error.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"[^.\[\]]+|\[\d+\]")
_ENDS_OF_VALUE = re.compile(r"[,\]}\n#]")
_DEEPEST = 64
"""Nested values beyond this have the line of what holds them."""

Step = str | int


@dataclass(frozen=True, slots=True)
class Lines:
    """Line numbers by path, counted from 1."""

    by_path: dict[tuple[Step, ...], int]

    def at(self, path: str) -> int:
        """Line of a path such as ``$.party[0].code``, else of the nearest table that holds it.

        Returns
        -------
        int
            Line counted from 1; 1 where nothing of the path is in the text.
        """
        wanted = steps(path)
        while wanted:
            if wanted in self.by_path:
                return self.by_path[wanted]
            wanted = wanted[:-1]
        return 1


def steps(path: str) -> tuple[Step, ...]:
    """``$.party[0].name[...]`` as ``("party", 0, "name")``."""
    found: list[Step] = []
    for part in _PART.findall(path.removeprefix("$").split("[...]")[0]):
        found.append(int(part[1:-1]) if part.startswith("[") else part)
    return tuple(found)


def lines_of(text: str) -> Lines:
    """Where each key of a TOML text stands."""
    walk = _Walk(text.replace("\r\n", "\n"))
    # not TOML: the parser has said so, what was found until here remains
    with contextlib.suppress(IndexError, ValueError):
        walk.document()
    return Lines(walk.found)


@dataclass(slots=True)
class _Walk:
    """A position in the text, and what was found before it."""

    text: str
    at: int = 0
    line: int = 1
    found: dict[tuple[Step, ...], int] = field(default_factory=dict)
    counts: dict[tuple[Step, ...], int] = field(default_factory=dict)

    def document(self) -> None:
        table: tuple[Step, ...] = ()
        while self.skip():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table, 0)

    def skip(self) -> bool:
        """Over blanks, comments and ends of lines; whether anything follows."""
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "#":
                end = self.text.find("\n", self.at)
                self.move(len(self.text) if end < 0 else end)
            elif here in " \t\n":
                self.move(self.at + 1)
            else:
                return True
        return False

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def header(self) -> tuple[Step, ...]:
        line = self.line
        several = self.text.startswith("[[", self.at)
        self.move(self.at + (2 if several else 1))
        path: tuple[Step, ...] = ()
        keys = self.key()
        for number, key in enumerate(keys):
            path = (*path, key)
            if several and number == len(keys) - 1:
                self.counts[path] = self.counts.get(path, 0) + 1
                self.found.setdefault(path, line)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
            self.found.setdefault(path, line)
        self.move(self.text.index("]", self.at) + (2 if several else 1))
        return path

    def key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.skip()
            if self.text[self.at] in "\"'":
                start = self.at + 1
                self.quoted()
                keys.append(self.text[start : self.at - 1])
            else:
                bare = _BARE.match(self.text, self.at)
                if bare is None:
                    raise ValueError
                self.move(bare.end())
                keys.append(bare.group())
            self.skip()
            if self.text[self.at] != ".":
                return keys
            self.move(self.at + 1)

    def pair(self, table: tuple[Step, ...], depth: int) -> None:
        line = self.line
        path = table
        for key in self.key():
            path = (*path, key)
            self.found.setdefault(path, line)
        if self.text[self.at] != "=":
            raise ValueError
        self.move(self.at + 1)
        self.skip()
        self.value(path, depth)

    def value(self, path: tuple[Step, ...], depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError
        self.found.setdefault(path, self.line)
        here = self.text[self.at]
        if here in "\"'":
            self.quoted()
        elif here == "[":
            self.items(path, "]", depth)
        elif here == "{":
            self.items(path, "}", depth)
        else:
            end = _ENDS_OF_VALUE.search(self.text, self.at)
            self.move(end.start() if end else len(self.text))

    def items(self, path: tuple[Step, ...], closing: str, depth: int) -> None:
        """Elements of an array, or pairs of an inline table."""
        self.move(self.at + 1)
        number = 0
        while self.skip() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.move(self.at + 1)
            elif closing == "]":
                self.value((*path, number), depth + 1)
                number += 1
            else:
                self.pair(path, depth + 1)
        self.move(self.at + 1)

    def quoted(self) -> None:
        """Over a string of any of the four kinds."""
        mark = self.text[self.at]
        long = self.text.startswith(mark * 3, self.at)
        end, at = mark * (3 if long else 1), self.at + (3 if long else 1)
        while not self.text.startswith(end, at):
            at += 2 if mark == '"' and self.text[at] == "\\" else 1
            if at >= len(self.text):
                raise ValueError
        at += len(end)
        while long and self.text.startswith(mark, at):
            at += 1  # up to two quotes may stand before the closing three
        self.move(at)
