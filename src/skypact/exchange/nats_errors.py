"""What can go wrong with a station's NATS server; branches of the tree in ``model/errors.py``.

::

    Unavailable
    ├── ServerMissing     there is no nats-server on this machine
    ├── ServerTooOld      there is one, with holes that are known
    ├── ServerFailed      it does not start, or does not stay
    └── ServerRefused     it does not do what it is told
    BadInput
    └── TokenRefused      a NATS credential that is not what it should be
"""

from __future__ import annotations

from skypact.model.errors import BadInput, Unavailable


class ServerMissing(Unavailable):
    """There is no ``nats-server`` on this machine."""


class ServerTooOld(Unavailable):
    """The ``nats-server`` here has holes that are known."""


class ServerFailed(Unavailable):
    """The server does not start, or ends again and again."""


class ServerRefused(Unavailable):
    """The server does not do what it is told."""


class TokenRefused(BadInput):
    """A NATS credential that is malformed, forged, or another one than it should be."""
