"""Why an event of an order has no effect, by name."""

from __future__ import annotations

from skypact.model.errors import SkypactError


class OrderRefused(SkypactError):
    """An event has no effect; the order stays as it was."""


class UnknownOrder(OrderRefused):
    """An event of an order that nobody proposed here, or of a version that it has not."""


class UnknownOrderKind(OrderRefused):
    """The agreement has no rule for this kind of order: nobody gives it under this text."""


class NoAuthority(OrderRefused):
    """The actor has no role that the agreement lets do this."""


class WrongMoment(OrderRefused):
    """The order's state does not allow this now."""


class BadContent(OrderRefused):
    """An order without what its kind needs, or with what it may not have."""


class NotInForce(OrderRefused):
    """The agreement binds nobody now: nothing is done with another party's units."""


class NotGenuine(OrderRefused):
    """A signature is not its station's, or a station speaks for another party's people."""


class OutOfSequence(OrderRefused):
    """A place that does not follow the last one: a gap, or two different events in one place."""
