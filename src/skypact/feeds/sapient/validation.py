"""What is wrong with a message: every duty of the table, checked.

In: a decoded message. Out: its faults in plain words, each with the path to the field. Document:
BSI Flex 335 v2.0, its message tables; ULID: the ULID specification (Crockford base 32, 128 bits);
UUID: RFC 9562.
"""

from __future__ import annotations

import math
import re
from typing import Any

from skypact.feeds.sapient.messages import Definitions, FieldRule, definitions
from skypact.feeds.sapient.standard import EDITION

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
MOST_FAULTS = 10
MOST_FIELDS = 20_000
DEEPEST = 24
ERA_S = (0, 1 << 33)
"""Seconds from 1970 to 2242: what int64 nanoseconds hold."""


class _Walk:
    """One walk over a message, with a bound on its depth, its fields and its faults."""

    def __init__(self, defined: Definitions) -> None:
        self.defined = defined
        self.faults: list[str] = []
        self.left = MOST_FIELDS

    def message(self, value: Any, name: str, path: str, depth: int) -> None:
        if depth > DEEPEST:
            self.faults.append(f"{path} is nested deeper than {DEEPEST}")
            return
        rule = self.defined.rules[name]
        for choice in rule.choices:
            if value.WhichOneof(choice) is None:
                self.faults.append(f"{path} has no {choice.removesuffix('_choice')}")
        present = {field.name: given for field, given in value.ListFields()}
        for field in rule.fields.values():
            if len(self.faults) >= MOST_FAULTS or self.left <= 0:
                return
            given = present.get(field.name)
            if given is None:
                if field.needed:
                    self.faults.append(f"{path}.{field.name} is missing")
                continue
            for each in given if field.repeated else (given,):
                self.left -= 1
                if self.left <= 0:
                    self.faults.append(f"more than {MOST_FIELDS} fields")
                    return
                self.value(each, field, f"{path}.{field.name}", depth)

    def value(self, given: Any, field: FieldRule, path: str, depth: int) -> None:
        if field.kind in self.defined.rules:
            self.message(given, field.kind, path, depth + 1)
            return
        fault = _fault(given, field, self.defined)
        if fault:
            self.faults.append(f"{path} {fault}")


def _fault(given: Any, field: FieldRule, defined: Definitions) -> str:
    """What is wrong with one plain value, empty if nothing."""
    fault = ""
    if field.kind in defined.enumerations:
        names = defined.enumerations[field.kind].names
        if given not in names or (given == 0 and (field.needed or field.repeated)):
            fault = f"has no value {given}"
    elif field.kind == "time":
        if not (ERA_S[0] <= given.seconds < ERA_S[1] and 0 <= given.nanos < 10**9):
            fault = "lies outside the era"
    elif isinstance(given, str | bytes):
        fault = _text_fault(given, field)
    elif isinstance(given, float):
        if not math.isfinite(given):
            fault = "is no number"
        elif field.kind == "ratio" and not 0.0 <= given <= 1.0:
            fault = f"is {given:.4g}, not from 0 to 1"
    elif field.kind == "percent" and not 0 <= given <= 100:
        fault = f"is {given}, not from 0 to 100"
    return fault


def _text_fault(given: str | bytes, field: FieldRule) -> str:
    fault = ""
    if isinstance(given, bytes):
        fault = "is empty" if field.needed and not given else ""
    elif not given.strip():
        fault = "is empty" if field.needed else ""
    elif field.kind == "ulid" and not ULID.fullmatch(given):
        fault = f"is no ULID: {given[:40]!r}"
    elif field.kind == "uuid" and not UUID.fullmatch(given):
        fault = f"is no UUID: {given[:40]!r}"
    elif field.kind == "edition" and given != EDITION:
        fault = f"is {given[:40]!r}, not {EDITION!r}"
    return fault


def faults(message: Any) -> tuple[str, ...]:
    """Faults of a ``SapientMessage``, at most ten; empty: it is valid."""
    walk = _Walk(definitions())
    walk.message(message, "SapientMessage", "SapientMessage", 0)
    return tuple(walk.faults[:MOST_FAULTS])
