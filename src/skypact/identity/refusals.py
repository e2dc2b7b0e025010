"""What identity refuses, by name."""

from __future__ import annotations

from skypact.model.errors import BadInput, SkypactError


class BadLikelihoods(BadInput):
    """A table of likelihoods that is no table of likelihoods."""


class BadBlocks(BadInput):
    """Blocks of addresses that overlap, or are no blocks."""


class OverrideRefused(SkypactError):
    """A person's word on an identity has no effect; the identity stays as it was."""


class NotSigned(OverrideRefused):
    """The signature is not the person's, or there is none."""


class NoAuthority(OverrideRefused):
    """The person's role may not say this."""


class NoReason(OverrideRefused):
    """A word without a reason, or with one that is too long."""


class BadWord(OverrideRefused):
    """No identity or class of aircraft, or not of this picture."""


class Expired(OverrideRefused):
    """A word that no longer holds, holds too long, or was said in the future."""


class SaidBefore(OverrideRefused):
    """A word that has been given already."""


class NoSuchTrack(OverrideRefused):
    """The track that was meant is not here, or not where the person saw it."""
