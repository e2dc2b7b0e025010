"""SAPIENT messages as frozen dataclasses.

Names follow BSI Flex 335 v2.0; enumerations are their words without prefix; times are int64 UTC
nanoseconds; what was not said is None or empty. ``mapping`` turns them into messages and back.
"""

# ruff: noqa: RUF009  (the calls in the defaults return dataclasses.field)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def _nested(kind: str, *, many: bool = False) -> Any:
    """A field that holds other records."""
    metadata = {"kind": kind}
    return field(default=(), metadata=metadata) if many else field(default=None, metadata=metadata)


def _time(name: str) -> Any:
    """A field that holds a time under another name."""
    return field(default=None, metadata={"time": name})


@dataclass(frozen=True, slots=True)
class Location:
    """Place in the coordinates that the sender chose; ``places`` converts."""

    x: float
    y: float
    coordinate_system: str
    datum: str
    z: float | None = None
    x_error: float | None = None
    y_error: float | None = None
    z_error: float | None = None
    utm_zone: str | None = None


@dataclass(frozen=True, slots=True)
class LocationList:
    """A line or an outline."""

    locations: tuple[Location, ...] = _nested("Location", many=True)


@dataclass(frozen=True, slots=True)
class RangeBearing:
    """Place as seen from the node."""

    coordinate_system: str
    datum: str
    elevation: float | None = None
    azimuth: float | None = None
    range: float | None = None
    elevation_error: float | None = None
    azimuth_error: float | None = None
    range_error: float | None = None


@dataclass(frozen=True, slots=True)
class RangeBearingCone(RangeBearing):
    """Part of the sky as seen from the node."""

    horizontal_extent: float | None = None
    vertical_extent: float | None = None
    horizontal_extent_error: float | None = None
    vertical_extent_error: float | None = None


@dataclass(frozen=True, slots=True)
class LocationOrRangeBearing:
    """An area: one of the two."""

    range_bearing: RangeBearingCone | None = _nested("RangeBearingCone")
    location_list: LocationList | None = _nested("LocationList")


@dataclass(frozen=True, slots=True)
class AssociatedFile:
    """A file that goes with a message."""

    type: str
    url: str


@dataclass(frozen=True, slots=True)
class AssociatedDetection:
    """Another node's detection that goes with a message."""

    node_id: str
    object_id: str
    timestamp_ns: int | None = _time("timestamp")
    association_type: str | None = None


@dataclass(frozen=True, slots=True)
class SubClass:
    """A finer class of an object."""

    type: str
    level: int
    confidence: float | None = None
    sub_class: tuple[SubClass, ...] = _nested("SubClass", many=True)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a node takes an object for."""

    type: str
    confidence: float | None = None
    sub_class: tuple[SubClass, ...] = _nested("SubClass", many=True)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an object seems to do."""

    type: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ENUVelocity:
    """Velocity in the units of the node's registration."""

    east_rate: float
    north_rate: float
    up_rate: float | None = None
    east_rate_error: float | None = None
    north_rate_error: float | None = None
    up_rate_error: float | None = None


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """One detection of one object by one node."""

    report_id: str
    object_id: str
    task_id: str | None = None
    state: str | None = None
    range_bearing: RangeBearing | None = _nested("RangeBearing")
    location: Location | None = _nested("Location")
    detection_confidence: float | None = None
    classification: tuple[Classification, ...] = _nested("Classification", many=True)
    behaviour: tuple[Behaviour, ...] = _nested("Behaviour", many=True)
    associated_file: tuple[AssociatedFile, ...] = _nested("AssociatedFile", many=True)
    associated_detection: tuple[AssociatedDetection, ...] = _nested(
        "AssociatedDetection", many=True
    )
    enu_velocity: ENUVelocity | None = _nested("ENUVelocity")
    colour: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A bound on one quantity."""

    name: str
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class ClassFilter:
    """Which classes a task is about."""

    type: str
    parameter: Parameter | None = _nested("Parameter")
    sub_class_filter: tuple[SubClassFilter, ...] = _nested("SubClassFilter", many=True)
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class SubClassFilter(ClassFilter):
    """Which finer classes a task is about."""


@dataclass(frozen=True, slots=True)
class BehaviourFilter:
    """Which behaviour a task is about."""

    parameter: Parameter | None = _nested("Parameter")
    type: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """Where a task applies."""

    type: str
    region_id: str
    region_name: str
    region_area: LocationOrRangeBearing | None = _nested("LocationOrRangeBearing")
    class_filter: tuple[ClassFilter, ...] = _nested("ClassFilter", many=True)
    behaviour_filter: tuple[BehaviourFilter, ...] = _nested("BehaviourFilter", many=True)


@dataclass(frozen=True, slots=True)
class FollowObject:
    """The object to follow."""

    follow_object_id: str


@dataclass(frozen=True, slots=True)
class Command:
    """What a node is to do: exactly one of these."""

    request: str | None = None
    detection_threshold: str | None = None
    detection_report_rate: str | None = None
    classification_threshold: str | None = None
    mode_change: str | None = None
    look_at: LocationOrRangeBearing | None = _nested("LocationOrRangeBearing")
    move_to: LocationList | None = _nested("LocationList")
    patrol: LocationList | None = _nested("LocationList")
    follow: FollowObject | None = _nested("FollowObject")
    command_parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """An order to a sensor node."""

    task_id: str
    control: str
    task_name: str | None = None
    task_description: str | None = None
    task_start_ns: int | None = _time("task_start_time")
    task_end_ns: int | None = _time("task_end_time")
    region: tuple[Region, ...] = _nested("Region", many=True)
    command: Command | None = _nested("Command")


@dataclass(frozen=True, slots=True)
class TaskAck:
    """The node's answer to a task."""

    task_id: str
    task_status: str
    associated_file: AssociatedFile | None = _nested("AssociatedFile")
    reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a node or a fusion node calls attention to."""

    alert_id: str
    alert_type: str | None = None
    status: str | None = None
    description: str | None = None
    range_bearing: RangeBearing | None = _nested("RangeBearing")
    location: Location | None = _nested("Location")
    region_id: str | None = None
    priority: str | None = None
    ranking: float | None = None
    confidence: float | None = None
    associated_file: tuple[AssociatedFile, ...] = _nested("AssociatedFile", many=True)
    associated_detection: tuple[AssociatedDetection, ...] = _nested(
        "AssociatedDetection", many=True
    )
    additional_information: str | None = None


@dataclass(frozen=True, slots=True)
class AlertAck:
    """The answer to an alert."""

    alert_id: str
    alert_ack_status: str
    reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistrationAck:
    """The answer to a registration."""

    acceptance: bool
    ack_response_reason: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Error:
    """A message the other side could not use."""

    packet: bytes
    error_message: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Power:
    """Power supply of a node."""

    source: str | None = None
    status: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """One thing a node says about itself or its surroundings."""

    status_type: str
    status_level: str | None = None
    status_value: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How a node is and where it stands."""

    report_id: str
    system: str
    info: str
    mode: str
    active_task_id: str | None = None
    power: Power | None = _nested("Power")
    node_location: Location | None = _nested("Location")
    status: tuple[Status, ...] = _nested("Status", many=True)
