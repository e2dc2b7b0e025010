"""The JSON form of a message, as the test messages and logs of the field have it.

In: JSON text. Out: a message and what in the text fits no definition. For files only: partners
are read from the wire. Document: the JSON mapping of protobuf 3 (field names in camel case or as
defined, enumerations by name, 64-bit and floating numbers also as text, bytes as base64).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from skypact.feeds.moments import moment_ns
from skypact.feeds.sapient.messages import Definitions, FieldRule, definitions
from skypact.feeds.sapient.validation import DEEPEST, MOST_FAULTS, MOST_FIELDS
from skypact.model.errors import MalformedRecord
from skypact.model.time import SECOND_NS

MOST_BYTES = 1 << 18
INTEGER = re.compile(r"-?\d{1,19}")


class _Filling:
    """One pass of JSON into a message."""

    def __init__(self, defined: Definitions) -> None:
        self.defined = defined
        self.faults: list[str] = []
        self.left = MOST_FIELDS

    def message(self, target: Any, name: str, given: Any, path: str, depth: int) -> None:
        if not isinstance(given, dict) or depth > DEEPEST:
            self.faults.append(f"{path} is no object or nested too deep")
            return
        target.SetInParent()
        by_name = {}
        for rule in self.defined.rules[name].fields.values():
            by_name[rule.name] = by_name[target.DESCRIPTOR.fields_by_name[rule.name].json_name] = (
                rule
            )
        for key, value in given.items():
            if len(self.faults) >= MOST_FAULTS or self.left <= 0:
                return
            rule_or_none = by_name.get(key)
            if rule_or_none is None:
                self.faults.append(f"{path} has no field {key[:60]!r}")
            elif value is not None:
                self.field(target, rule_or_none, value, f"{path}.{rule_or_none.name}", depth)

    def field(self, target: Any, rule: FieldRule, value: Any, path: str, depth: int) -> None:
        if rule.repeated != isinstance(value, list):
            self.faults.append(f"{path} is {'no' if rule.repeated else 'a'} list")
            return
        for each in value if rule.repeated else [value]:
            self.left -= 1
            if self.left <= 0:
                self.faults.append(f"more than {MOST_FIELDS} fields")
                return
            if rule.kind in self.defined.rules:
                held = getattr(target, rule.name)
                self.message(
                    held.add() if rule.repeated else held, rule.kind, each, path, depth + 1
                )
                continue
            try:
                self.plain(target, rule, each)
            except (ValueError, TypeError, OverflowError, binascii.Error):
                self.faults.append(f"{path} cannot be {str(each)[:40]!r}")

    def plain(self, target: Any, rule: FieldRule, given: Any) -> None:
        if rule.kind == "time":
            stamp = getattr(target, rule.name)
            stamp.seconds, stamp.nanos = divmod(moment_ns(given), SECOND_NS)
            return
        value = self.scalar(rule, given)
        if rule.repeated:
            getattr(target, rule.name).append(value)
        else:
            setattr(target, rule.name, value)

    def scalar(self, rule: FieldRule, given: Any) -> Any:
        """One value of a plain type; ValueError or TypeError where it is none."""
        enumeration = self.defined.enumerations.get(rule.kind)
        if enumeration is not None:
            numbers = {f"{enumeration.prefix}_{name}": n for n, name in enumeration.names.items()}
            if isinstance(given, str) and given in numbers:
                return numbers[given]
            if isinstance(given, int) and not isinstance(given, bool):
                return given
            raise ValueError
        if rule.kind == "bytes":
            return base64.b64decode(given, validate=True)
        if rule.kind in ("float", "ratio", "double"):
            if isinstance(given, bool):
                raise TypeError
            return float(given)
        if rule.kind in ("int32", "percent"):
            if isinstance(given, str) and INTEGER.fullmatch(given):
                return int(given)
            if isinstance(given, bool) or given != int(given):
                raise TypeError
            return int(given)
        wanted = bool if rule.kind == "bool" else str
        if not isinstance(given, wanted):
            raise TypeError
        return given


def from_json(text: bytes) -> tuple[Any, tuple[str, ...]]:
    """A ``SapientMessage`` and what of the text fits no definition.

    Raises
    ------
    MalformedRecord
        If the text is no JSON object of at most 256 KiB.
    """
    if len(text) > MOST_BYTES:
        raise MalformedRecord(f"{len(text)} bytes of JSON are more than {MOST_BYTES}")
    try:
        given = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise MalformedRecord(f"no JSON: {str(error)[:80]}") from error
    if not isinstance(given, dict):
        raise MalformedRecord("the JSON is no object")
    filling = _Filling(definitions())
    message = filling.defined.classes["SapientMessage"]()
    filling.message(message, "SapientMessage", given, "SapientMessage", 0)
    return message, tuple(filling.faults[:MOST_FAULTS])
