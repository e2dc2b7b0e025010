"""The one tree of errors. Each says what is wrong, where, and what to do about it.

::

    SkypactError                 exit 1
    ├── UsageError               exit 2   the call's words are off
    ├── BadInput                 exit 3   a file, datagram or document cannot be used
    │   ├── FramingError                  the bytes follow no framing we know
    │   ├── UnknownEdition                a category or edition without a definition
    │   ├── TruncatedBlock                fewer bytes than the block announces
    │   ├── MalformedRecord               a record whose items do not fit the definition
    │   ├── UnknownSensor                 a sensor that the configuration does not name
    │   ├── TestTarget                    a test target or fixed transponder: no aircraft
    │   ├── NoPosition                    times of arrival that no position can be had from
    │   ├── BadTable                      a table whose columns or values are wrong
    │   ├── BadRule                       a release rule that names what is not there
    │   ├── BadAlertRule                  a rule for alerts that cannot be read or never fires
    │   ├── BadArea                       an area whose outline encloses nothing definite
    │   ├── ClassificationsConflict       agreements that rank the same words differently
    │   ├── LabelDowngraded               a label weaker than what the item was made from
    │   ├── RuleTableFull                 more rules, parties or areas than a table holds
    │   ├── NoSuchAlert                   an alert that does not stand (any more)
    │   └── UnknownParty                  a partner that no agreement of this node names
    └── Unavailable              exit 4   a part of the machine or product is missing
        ├── PortInUse
        ├── QueueFull                     more input than a queue holds; the newest is dropped
        ├── NotConnected                  a sender that cannot be reached, or a broken socket
        └── FrontEndMissing

Errors of single records inside a stream are not raised: they are counted and kept as
:class:`Rejection` rows, so that everything else in the stream goes on.
"""

from __future__ import annotations

from dataclasses import dataclass


class SkypactError(Exception):
    """Base of all errors that Skypact raises on purpose.

    Parameters
    ----------
    what
        What is wrong, in plain words.
    where
        File and offset, sender, or setting; empty when the message says it.
    remedy
        What the reader can do now.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        parts = [f"{where}: {what}" if where else what]
        if remedy:
            parts.append(remedy)
        super().__init__(". ".join(part.rstrip(".") for part in parts) + ".")

    @property
    def name(self) -> str:
        """The error's name as shown to people and counted in status tables."""
        return type(self).__name__


class UsageError(SkypactError):
    """The call's words are off."""

    exit_code = 2


class BadInput(SkypactError):
    """A file, datagram or document cannot be used."""

    exit_code = 3


class FramingError(BadInput):
    """The bytes follow no framing that Skypact knows, or leave the one they began with."""


class UnknownEdition(BadInput):
    """No definition exists for this category or edition."""


class TruncatedBlock(BadInput):
    """Fewer bytes are present than the block announces."""


class MalformedRecord(BadInput):
    """A record's items do not fit its definition."""


class UnknownSensor(BadInput):
    """A sensor that the configuration does not name, or whose position is needed and unknown."""


class TestTarget(BadInput):
    """A record of a test target or fixed transponder: counted, and no aircraft."""

    __test__ = False  # a name for pytest to leave alone


class NoPosition(BadInput):
    """Times of arrival from which no position can be had."""


class BadTable(BadInput):
    """A table whose columns or values break its contract."""


class BadRule(BadInput):
    """A release rule, consent or item names what its agreement does not have."""


class BadAlertRule(BadInput):
    """A rules file for alerts cannot be read, contradicts itself, or holds a rule without use."""


class BadArea(BadInput):
    """An area's outline is no ring, or encloses nothing definite."""


class ClassificationsConflict(BadInput):
    """Two agreements of one node rank the same classifications in opposite order."""


class LabelDowngraded(BadInput):
    """A label grants more than the labels of what the item was made from."""


class RuleTableFull(BadInput):
    """More rules, parties, areas, categories or sensors than one compiled table holds."""


class UnknownParty(BadInput):
    """A partner was asked for that no agreement of this node names."""


class NoSuchAlert(BadInput):
    """An alert was acknowledged or shelved that does not stand, or not any more."""


class Unavailable(SkypactError):
    """A part of the machine or of the product is missing."""

    exit_code = 4


class QueueFull(Unavailable):
    """More input came than a queue holds; the newest is dropped."""


class NotConnected(Unavailable):
    """A sender cannot be reached, or a socket broke; it is tried again."""


class PortInUse(Unavailable):
    """Another process holds the network port."""


class FrontEndMissing(Unavailable):
    """The built operator display is not part of this installation."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One piece of input that was refused while the rest of its stream went on.

    Parameters
    ----------
    reason
        Name of the error class, for counting (``"TruncatedBlock"``).
    source
        File name or sender address the bytes came from.
    sensor
        Name of the sensor if known, else the raw address such as ``"SAC 25 SIC 11"``, or ``""``.
    offset
        Byte offset of the refused piece in its source; for live feeds, within the datagram.
    received_ns
        Reception time, int64 UTC nanoseconds; -1 where none.
    detail
        What was wrong in plain words, with block and record where known.
    count
        How many alike pieces this row stands for (limits keep one row per kind in a burst).
    """

    reason: str
    source: str
    sensor: str
    offset: int
    received_ns: int
    detail: str
    count: int = 1
