"""Hails: what two stations say to each other before they hold each other's keys.

In: challenges, a wrapped key. Out: the content of ``hello`` and ``grant`` envelopes, MessagePack in
one canonical form, signed and not sealed. A *challenge* is 16 random bytes that a station draws at
its start; whoever repeats it in a signed hail is there now, and did not speak before that start.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from skypact.exchange.keys import WRAPPED_KEY_BYTES
from skypact.exchange.refusals import EnvelopeRefused, Refusal

PROTOCOL = 1
"""Counts what stations must agree on beside the layout, whose version is in the magic."""
CHALLENGE_BYTES = 16
NO_CHALLENGE = bytes(CHALLENGE_BYTES)

Sixteen = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]


class Hail(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What a hail says.

    Parameters
    ----------
    challenge
        The sender's own.
    echo
        The receiver's, as the sender knows it; zeros while it does not.
    held
        Confirmation of the newest key of the receiver's that the sender holds; zeros for none.
    software
        Name and version, for people.
    protocol
        ``PROTOCOL`` of the sender.
    wrapped
        In a grant the content key of the header's epoch, wrapped; else empty.
    """

    challenge: Sixteen
    echo: Sixteen
    held: Sixteen
    software: Annotated[str, msgspec.Meta(max_length=64)]
    protocol: Annotated[int, msgspec.Meta(ge=1, lt=2**16)]
    wrapped: Annotated[bytes, msgspec.Meta(max_length=WRAPPED_KEY_BYTES)] = b""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Hail)


def hail_bytes(hail: Hail) -> bytes:
    """The content of a hail's envelope."""
    return _encoder.encode(hail)


def hail_from(kind: str, content: bytes) -> Hail:
    """The hail of an envelope whose signature holds.

    Raises
    ------
    EnvelopeRefused
        ``MALFORMED_HAIL``, ``OTHER_PROTOCOL``.
    """
    try:
        hail = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise EnvelopeRefused(Refusal.MALFORMED_HAIL, str(problem), signed=True) from None
    wanted = WRAPPED_KEY_BYTES if kind == "grant" else 0
    wrong = ""
    if _encoder.encode(hail) != content:
        wrong = "not in its canonical form"
    elif len(hail.wrapped) != wanted:
        wrong = f"a {kind} with {len(hail.wrapped)} bytes of a key"
    elif hail.challenge == NO_CHALLENGE:
        wrong = "without a challenge"
    if wrong:
        raise EnvelopeRefused(Refusal.MALFORMED_HAIL, wrong, signed=True)
    if hail.protocol != PROTOCOL:
        detail = f"{hail.software!r} speaks {hail.protocol}, we {PROTOCOL}"
        raise EnvelopeRefused(Refusal.OTHER_PROTOCOL, detail, signed=True)
    return hail
