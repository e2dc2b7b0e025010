"""Why something does not enter an agreement's chain; branches of the tree in ``model/errors.py``.

::

    BadInput
    └── AgreementRefused
        ├── RollbackRefused       an older version than the one that is fully signed
        ├── ForkRefused           another text in place of one that is fully signed
        ├── VersionSkipped        a version whose predecessor is not fully signed yet
        ├── PredecessorUnknown    it amends a text that nobody here has
        ├── KeyNotPinned          a party whose key neither the node nor the last version names
        ├── KeyContradicted       the document names another key than the node has pinned
        ├── KeyShared             two parties with one key
        ├── SignatureForged       the bytes were not signed by this key
        ├── SignatureMissing      a party has not signed
        ├── SignerUnknown         a signature of an outsider
        ├── SignedByAnother       a party's signature made with another party's key
        ├── SignedWithOtherKey    a party's signature made with a key that is not its own now
        ├── NoticeRefused         a notice that refers to nothing it can refer to
        └── TooManyDrafts         a bound on what waits for signatures
    BadInput
    └── StoreDamaged              what a node has stored of agreements is changed or missing
    Unavailable
    └── StoreFailed               the disk did not take it: it has no effect
"""

from __future__ import annotations

from skypact.model.errors import BadInput, Unavailable


class AgreementRefused(BadInput):
    """Something does not enter an agreement's chain."""


class RollbackRefused(AgreementRefused):
    """An older version than the one that is fully signed."""


class ForkRefused(AgreementRefused):
    """Another text in place of one that is fully signed."""


class VersionSkipped(AgreementRefused):
    """A version whose predecessor is not fully signed yet."""


class PredecessorUnknown(AgreementRefused):
    """It amends a text that nobody here has."""


class KeyNotPinned(AgreementRefused):
    """A party whose key neither the node nor the last version names."""


class KeyContradicted(AgreementRefused):
    """The document names another key than the node has pinned."""


class KeyShared(AgreementRefused):
    """Two parties with one key: one hand could sign for both."""


class SignatureForged(AgreementRefused):
    """The bytes were not signed by this key."""


class SignatureMissing(AgreementRefused):
    """A party has not signed."""


class SignerUnknown(AgreementRefused):
    """A signature of an outsider."""


class SignedByAnother(AgreementRefused):
    """A party's signature made with another party's key."""


class SignedWithOtherKey(AgreementRefused):
    """A party's signature made with a key that is not its own now."""


class NoticeRefused(AgreementRefused):
    """A notice that refers to nothing it can refer to."""


class TooManyDrafts(AgreementRefused):
    """A bound on what waits for signatures."""


class StoreDamaged(BadInput):
    """What a node has stored of agreements is changed or missing."""


class StoreFailed(Unavailable):
    """The disk did not take it: it has no effect."""
