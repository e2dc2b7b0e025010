"""Message classes and duties compiled from the table in ``standard``.

In: the table. Out: protobuf classes in a pool of their own, and for each message the checks its
fields must pass. Nothing is fetched and no generated file is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

from skypact.feeds.sapient.standard import ENUMERATIONS, MESSAGES, PACKAGE

FieldProto = descriptor_pb2.FieldDescriptorProto

SCALARS = {
    "text": FieldProto.TYPE_STRING,
    "ulid": FieldProto.TYPE_STRING,
    "uuid": FieldProto.TYPE_STRING,
    "edition": FieldProto.TYPE_STRING,
    "bytes": FieldProto.TYPE_BYTES,
    "bool": FieldProto.TYPE_BOOL,
    "int32": FieldProto.TYPE_INT32,
    "percent": FieldProto.TYPE_INT32,
    "float": FieldProto.TYPE_FLOAT,
    "ratio": FieldProto.TYPE_FLOAT,
    "double": FieldProto.TYPE_DOUBLE,
}
"""Our types to those of the wire."""

FIELD = re.compile(r"(\d+) (\w+)([!*+]?)(?: (\w+))?")
CHOICE = re.compile(r"(\w+)([?!])\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field must satisfy.

    Parameters
    ----------
    name, kind
        Name, and the type in the notation of ``standard``.
    needed, repeated
        Whether it must be there and not empty, and whether it is a list.
    """

    name: str
    kind: str
    needed: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class MessageRule:
    """What one message must satisfy.

    Parameters
    ----------
    fields
        Rules by field name.
    choices
        Names of choices of which one must be made.
    """

    fields: dict[str, FieldRule]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Values of one enumeration: names without prefix by number, and the prefix."""

    prefix: str
    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything compiled.

    Parameters
    ----------
    classes
        Protobuf class by message name, and ``Timestamp``.
    rules, enumerations
        Duties and values by name.
    """

    classes: dict[str, Any]
    rules: dict[str, MessageRule]
    enumerations: dict[str, Enumeration]


def _enumeration(line: str) -> tuple[str, Enumeration]:
    head, _, body = line.partition(":")
    name, prefix = head.split()
    names, number = {0: "UNSPECIFIED"}, 0
    for word in body.split():
        value, _, given = word.partition("=")
        number = int(given) if given else number + 1
        names[number] = value
    return name, Enumeration(prefix, names)


def _rule(text: str) -> tuple[int, FieldRule]:
    match = FIELD.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a field: {text!r}")
    number, name, duty, kind = match.groups()
    return int(number), FieldRule(name, kind or "text", duty in ("!", "+"), duty in ("*", "+"))


def _add_field(
    message: Any, number: int, rule: FieldRule, enumerations: dict[str, Enumeration], choice: int
) -> None:
    field = message.field.add(name=rule.name, number=number)
    field.label = FieldProto.LABEL_REPEATED if rule.repeated else FieldProto.LABEL_OPTIONAL
    if rule.kind in SCALARS:
        field.type = SCALARS[rule.kind]
    elif rule.kind in enumerations:
        field.type = FieldProto.TYPE_ENUM
        field.type_name = f".{PACKAGE}.{rule.kind}"
    else:
        field.type = FieldProto.TYPE_MESSAGE
        field.type_name = (
            ".google.protobuf.Timestamp" if rule.kind == "time" else f".{PACKAGE}.{rule.kind}"
        )
    if choice >= 0:
        field.oneof_index = choice
    elif not rule.repeated:
        field.proto3_optional = True  # gets its own hidden choice, after the real ones


def _message(file: Any, line: str, enumerations: dict[str, Enumeration]) -> tuple[str, MessageRule]:
    name, _, body = line.partition(":")
    message = file.message_type.add(name=name)
    rules: dict[str, FieldRule] = {}
    needed = []
    for match in CHOICE.finditer(body):
        choice, duty, inside = match.groups()
        message.oneof_decl.add(name=f"{choice}_choice")
        if duty == "!":
            needed.append(f"{choice}_choice")
        for text in inside.split(";"):
            number, rule = _rule(text)
            rules[rule.name] = rule
            _add_field(message, number, rule, enumerations, len(message.oneof_decl) - 1)
    for text in CHOICE.sub("", body).split(";"):
        if text.strip():
            number, rule = _rule(text)
            rules[rule.name] = rule
            _add_field(message, number, rule, enumerations, -1)
    for field in message.field:
        if field.proto3_optional:
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")
    return name, MessageRule(rules, tuple(needed))


@cache
def definitions() -> Definitions:
    """Compile the table; once a process, a few milliseconds."""
    file = descriptor_pb2.FileDescriptorProto(
        name="skypact/sapient.proto", package=PACKAGE, syntax="proto3"
    )
    file.dependency.append("google/protobuf/timestamp.proto")
    enumerations = dict(_enumeration(line) for line in ENUMERATIONS.strip().splitlines())
    for name, enumeration in enumerations.items():
        declared = file.enum_type.add(name=name)
        for number, value in enumeration.names.items():
            declared.value.add(name=f"{enumeration.prefix}_{value}", number=number)
    rules = dict(_message(file, line, enumerations) for line in MESSAGES.strip().splitlines())
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    classes = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in rules
    }
    classes["Timestamp"] = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("google.protobuf.Timestamp")
    )
    return Definitions(classes, rules, enumerations)
