"""The bytes of an agreement that parties sign.

In: a :class:`Document` with every geometry in it. Out: UTF-8 JSON by RFC 8785 (JSON
Canonicalization Scheme), with strings in Unicode normal form C before; its SHA-256 is the
agreement's digest. Whoever lays out the same TOML in another way, or orders its tables' keys in
another way, gets the same bytes.

A key that stands at its default is left out, so that a later Skypact whose format knows more keys
still makes the same bytes of an older document. A default therefore never changes.
"""

from __future__ import annotations

import datetime
import json
import math
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from skypact.agreement.document import Document
from skypact.model.errors import BadInput

LARGEST_INTEGER = 2**53
"""Beyond it integers are not the same in every JSON reader (RFC 8785, section 3.2.2.3)."""


def canonical_bytes(document: Document) -> bytes:
    """The bytes that are signed.

    Raises
    ------
    BadInput
        If an area's geometry is not in the document, or a value has no canonical form.
    """
    for area in document.area:
        if area.file:
            raise BadInput(
                f"area {area.id!r} names the file {area.file!r} in place of its geometry",
                remedy="Read the agreement with its folder, so that what is signed contains it",
            )
    return canonical_json(_plain(document))


def digest_of(document: Document) -> bytes:
    """SHA-256 of the canonical bytes: which text it is."""
    return sha256(canonical_bytes(document)).digest()


def document_from(data: bytes) -> Document:
    """The document of canonical bytes.

    Raises
    ------
    BadInput
        If they are not the canonical bytes of a document.
    """
    try:
        document = msgspec.json.decode(data, type=Document)
        same = canonical_bytes(document) == data
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInput(f"not an agreement's canonical bytes: {problem}") from None
    if not same:
        raise BadInput("an agreement's JSON, but not in its canonical form")
    return document


def canonical_json(value: Any) -> bytes:
    """JSON by RFC 8785 of dictionaries, lists, strings, numbers, booleans and None.

    Raises
    ------
    BadInput
        If a number is not finite or beyond 2**53, or two keys become one in normal form C.
    """
    return _text(value).encode("utf-8")


def _plain(value: Any) -> Any:
    """Tables as dictionaries without what stands at its default; days as ISO 8601 text."""
    if isinstance(value, msgspec.Struct):
        plain = {}
        for field in msgspec.structs.fields(value):
            item = getattr(value, field.name)
            if item != _default(field):
                plain[field.encode_name] = _plain(item)
        return plain
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        # A float as large is written without a point too, and would be read as an integer.
        if abs(value) > LARGEST_INTEGER:
            raise BadInput(f"{value} is not the same number in every JSON reader")
        return str(value) if isinstance(value, int) else number_text(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(item) for item in value) + "]"
    if isinstance(value, dict):
        pairs = {unicodedata.normalize("NFC", key): item for key, item in value.items()}
        if len(pairs) < len(value):
            raise BadInput("two keys of a table are the same but for how their letters are made")
        # RFC 8785, section 3.2.3: by UTF-16 code units, as JavaScript sorts.
        ordered = sorted(pairs.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_string(key)}:{_text(item)}" for key, item in ordered) + "}"
    raise BadInput(f"a {type(value).__name__} has no canonical form")


def _string(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("a text holds half a character (a lone surrogate)") from None
    # json escapes exactly what RFC 8785, section 3.2.2.2, asks for, DEL left as it is.
    return json.dumps(unicodedata.normalize("NFC", value), ensure_ascii=False)


def number_text(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString), as RFC 8785 asks.

    Python's ``repr`` finds the same shortest digits; only their layout differs.
    """
    if not math.isfinite(value):
        raise BadInput("a number that is not finite cannot be signed")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, power = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0")
    point = len(whole) + int(power or 0)  # place of the decimal point, counted from the first digit
    leading = len(digits) - len(digits.lstrip("0"))
    digits, point = digits[leading:], point - leading
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = f"e{point - 1:+d}"
    return sign + digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + exponent
