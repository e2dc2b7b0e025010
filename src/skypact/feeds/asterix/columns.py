"""One column of values to the integers a record carries, checked against the field's width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import table as t

Integers = NDArray[np.int64]
NO_SIGNED = int(np.iinfo(np.int64).min)
"""Value of a signed integer column where the field is absent."""
DAY_UNITS = 86_400 * 128
"""Units of 1/128 s in a day; a time of day that rounds up to midnight is 0."""


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A field's integers: ``values`` (rows,) or (elements,), 0 if absent; ``present`` (rows,)."""

    leaf: t.Leaf
    values: Integers
    present: NDArray[np.bool_]
    row_offset: Integers | None


def raw_column(
    table: t.CategoryTable, name: str, columns: Mapping[str, Any], rows: int
) -> RawColumn:
    """Convert one of the given columns.

    Raises
    ------
    ValueError
        If the field is unknown or a value does not fit; field and row are named.
    """
    leaf, given = table.leaves.get(name), columns[name]
    if leaf is None:
        raise ValueError(f"category {table.category:03d} edition {table.edition} has no {name}")
    if leaf.kind == "bytes" or (leaf.width > 64):
        raise ValueError(f"{name} is {leaf.width} bits wide and cannot be encoded")
    if leaf.element_bits:
        return _list_column(leaf, given)
    whole = np.broadcast_to(np.asarray(given), (rows,))
    if leaf.depends_on:
        whole = _in_default_unit(leaf, whole, columns)
    values, present = _raw(leaf, whole)
    return RawColumn(leaf, values, present, None)


def _in_default_unit(
    leaf: t.Leaf, given: NDArray[Any], columns: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Values whose weight another field chooses, brought to the weight that is written."""
    if leaf.depends_on not in columns:
        raise ValueError(f"{leaf.name} needs {leaf.depends_on}, which chooses its unit")
    choice = np.broadcast_to(np.asarray(columns[leaf.depends_on]), given.shape)
    scaled = np.full(given.shape, np.nan)
    for case, lsb in zip(leaf.case_values, leaf.case_lsb, strict=True):
        scaled = np.where(choice == case, given * (leaf.lsb / lsb), scaled)
    return scaled


def _list_column(leaf: t.Leaf, given: Any) -> RawColumn:
    if not (isinstance(given, tuple) and len(given) == 2):
        raise ValueError(f"{leaf.name} is repetitive: give its values and where each row's begin")
    values, present = _raw(leaf, np.asarray(given[0]))
    row_offset = np.ascontiguousarray(given[1], np.int64)
    counts = np.diff(row_offset)
    if row_offset[0] != 0 or row_offset[-1] != len(values) or (counts < 0).any():
        raise ValueError(f"{leaf.name}: its rows do not cut its {len(values)} values")
    if not present.all():
        raise ValueError(f"{leaf.name}: element {np.argmin(present)} is absent")
    if (counts > 255).any():
        raise ValueError(f"{leaf.name}: row {np.argmax(counts > 255)} has over 255 elements")
    return RawColumn(leaf, values, counts > 0, row_offset)


def _raw(leaf: t.Leaf, given: NDArray[Any]) -> tuple[Integers, NDArray[np.bool_]]:
    if leaf.kind in t.TEXT_KINDS:
        return _raw_text(leaf, given)
    if given.dtype.kind not in "iufb":
        raise ValueError(f"{leaf.name} takes numbers, not {given.dtype}")
    if given.dtype.kind == "f":
        present = np.isfinite(given)
        scale = leaf.lsb if leaf.kind == "quantity" else 1.0
        scaled = np.rint(np.where(present, given, 0.0) / scale)
        _check(leaf, np.abs(scaled) >= 2.0**63, given)
        values = scaled.astype(np.int64)
        present = present & ~np.isinf(given)
        _check(leaf, np.isinf(given), given)
    elif leaf.kind == "quantity":
        return _raw(leaf, given.astype(np.float64))
    else:
        values = given.astype(np.int64)
        present = values != (NO_SIGNED if leaf.signed else -1)
        if leaf.width == 64:
            present = np.ones(len(values), np.bool_)
        values = np.where(present, values, 0)
    values = _around(leaf, values)
    if leaf.width < 64:
        low = -(1 << (leaf.width - 1)) if leaf.signed else 0
        high = (1 << (leaf.width - 1 if leaf.signed else leaf.width)) - 1
        _check(leaf, (values < low) | (values > high), given)
    return np.ascontiguousarray(values, np.int64), present


def _around(leaf: t.Leaf, values: Integers) -> Integers:
    """Let angles of a whole turn and times of day close their circle after rounding."""
    whole = 1 << leaf.width if leaf.width < 63 else 0
    if leaf.unit == "°" and abs(leaf.lsb * whole - 360.0) < 1e-6:
        near = np.abs(values) <= whole
        low = whole // 2 if leaf.signed else 0
        return np.where(near, (values + low) % whole - low, values)
    if leaf.unit == "s" and leaf.width == 24 and leaf.lsb == 1 / 128:
        return np.where(values == DAY_UNITS, 0, values)
    return values


def _raw_text(leaf: t.Leaf, given: NDArray[Any]) -> tuple[Integers, NDArray[np.bool_]]:
    per_character = 6 if leaf.kind == "icao" else 8
    characters = leaf.width // per_character
    if given.dtype.kind == "U":
        given = np.char.encode(given, "ascii")
    if given.dtype.kind != "S":
        raise ValueError(f"{leaf.name} takes text, not {given.dtype}")
    _check(leaf, np.char.str_len(given) > characters, given)
    padded = np.ascontiguousarray(np.char.ljust(given, characters).astype(f"S{characters}"))
    codes = padded.view(np.uint8).reshape(len(given), characters).astype(np.int64)
    if leaf.kind == "icao":
        letter = (codes >= 65) & (codes <= 90)
        plain = (codes == 32) | ((codes >= 48) & (codes <= 57))
        _check(leaf, ~(letter | plain).all(axis=1), given)
        codes = np.where(letter, codes - 64, codes)
    values = np.zeros(len(given), np.int64)
    for column in range(characters):
        values = (values << per_character) | codes[:, column]
    present = np.char.str_len(given) > 0
    return np.where(present, values, 0), present


def _check(leaf: t.Leaf, wrong: NDArray[np.bool_], given: NDArray[Any]) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        bits = f"{leaf.width} {'signed' if leaf.signed else 'unsigned'} bits"
        scale = f" of {leaf.lsb:g} {leaf.unit}" if leaf.kind == "quantity" else ""
        raise ValueError(f"{leaf.name}: {given[row]!r} in row {row} does not fit {bits}{scale}")
