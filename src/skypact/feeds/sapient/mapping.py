"""Records to SAPIENT messages and back.

In: a valid message, or a record of ``records``. Out: the other one; and whole messages ready for
the wire. Registrations are not records: :class:`Node` keeps what Skypact uses of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from skypact.feeds.sapient import records
from skypact.feeds.sapient.messages import definitions
from skypact.feeds.sapient.wire import framed
from skypact.model.time import SECOND_NS

RECORDS: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in vars(records).values()
    if isinstance(cls, type) and is_dataclass(cls)
}
"""Record by message name: they are called alike."""

CONTENTS = {
    "registration_ack": "RegistrationAck",
    "status_report": "StatusReport",
    "detection_report": "DetectionReport",
    "task": "Task",
    "task_ack": "TaskAck",
    "alert": "Alert",
    "alert_ack": "AlertAck",
    "error": "Error",
}
"""Message name by the field of ``SapientMessage`` that holds it."""


def record_of(message: Any, name: str) -> Any:
    """The record of a valid message of the table."""
    defined = definitions()
    rules = defined.rules[name].fields
    given = {descriptor.name: value for descriptor, value in message.ListFields()}
    values: dict[str, Any] = {}
    for part in fields(RECORDS[name]):
        own = part.metadata.get("time", part.name)
        if own not in given:
            continue
        value, rule = given[own], rules[own]
        if "kind" in part.metadata:
            kind = part.metadata["kind"]
            value = (
                tuple(record_of(each, kind) for each in value)
                if rule.repeated
                else record_of(value, kind)
            )
        elif rule.kind == "time":
            value = value.seconds * SECOND_NS + value.nanos
        elif rule.kind in defined.enumerations:
            value = defined.enumerations[rule.kind].names[value]
        elif rule.repeated:
            value = tuple(value)
        values[part.name] = value
    return RECORDS[name](**values)


def fill(message: Any, record: Any, name: str) -> None:
    """Put a record into an empty message of the table.

    Raises
    ------
    ValueError
        If an enumeration has no such word.
    """
    defined = definitions()
    rules = defined.rules[name].fields
    message.SetInParent()
    for part in fields(record):
        value = getattr(record, part.name)
        own = part.metadata.get("time", part.name)
        rule = rules[own]
        if value is None:
            continue
        target = getattr(message, own)
        if "kind" in part.metadata:
            for each in value if rule.repeated else (value,):
                fill(target.add() if rule.repeated else target, each, part.metadata["kind"])
        elif rule.kind == "time":
            target.seconds, target.nanos = divmod(value, SECOND_NS)
        elif rule.repeated:
            target.extend(value)
        elif rule.kind in defined.enumerations:
            setattr(message, own, _number(value, rule.kind))
        else:
            setattr(message, own, value)


def _number(word: str, kind: str) -> int:
    names = definitions().enumerations[kind].names
    for number, name in names.items():
        if name == word:
            return number
    raise ValueError(f"{kind} has no value {word!r}")


@dataclass(frozen=True, slots=True)
class Node:
    """A sensor node as it registered.

    Parameters
    ----------
    node_id, name
        UUID, and what it calls itself (empty: nothing).
    types
        Words such as ``RADAR`` or ``CAMERA``.
    modes
        Names of its modes.
    speed_mps
        One unit of its velocities in metres a second.
    dependent_nodes
        UUIDs of nodes that speak through it.
    registered_ns
        Time of the message.
    """

    node_id: str
    name: str
    types: tuple[str, ...]
    modes: tuple[str, ...]
    speed_mps: float
    dependent_nodes: tuple[str, ...]
    registered_ns: int


def node_of(message: Any) -> Node:
    """The node of a valid message that holds a registration."""
    given = message.registration
    kinds = definitions().enumerations["NodeType"].names
    kph = any(
        detection.velocity_type.enu_velocity_units.east_north_rate_units == 2
        for mode in given.mode_definition
        for detection in mode.detection_definition
    )
    return Node(
        message.node_id.lower(),
        given.name or given.short_name,
        tuple(kinds[each.node_type] for each in given.node_definition),
        tuple(mode.mode_name for mode in given.mode_definition),
        1 / 3.6 if kph else 1.0,
        tuple(each.lower() for each in given.dependent_nodes),
        time_of(message),
    )


def time_of(message: Any) -> int:
    """Time of a valid message, int64 UTC nanoseconds."""
    seconds: int = message.timestamp.seconds
    return seconds * SECOND_NS + int(message.timestamp.nanos)


def content_of(message: Any) -> Any:
    """The record of what a valid message holds; a :class:`Node` for a registration."""
    held = message.WhichOneof("content_choice")
    if held == "registration":
        return node_of(message)
    return record_of(getattr(message, held), CONTENTS[held])


def encode(record: Any, *, node_id: str, time_ns: int, destination_id: str | None = None) -> bytes:
    """A record as a framed message from ``node_id``.

    Raises
    ------
    UsageError
        If the message would not be valid.
    ValueError
        If an enumeration has no such word, or the record is none that can be sent.
    """
    name = type(record).__name__
    held = [field for field, kind in CONTENTS.items() if kind == name]
    if not held:
        raise ValueError(f"a {name} is no message of its own")
    message = definitions().classes["SapientMessage"](node_id=node_id)
    message.timestamp.seconds, message.timestamp.nanos = divmod(time_ns, SECOND_NS)
    if destination_id is not None:
        message.destination_id = destination_id
    fill(getattr(message, held[0]), record, name)
    return framed(message)
