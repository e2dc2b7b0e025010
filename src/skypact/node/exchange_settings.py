"""``[exchange]`` of NODE.toml: the node's station folder, and how its own data is marked.

In: the parsed file. Out: :class:`ExchangeSettings`; None where the node exchanges with nobody.
Keys: docs/reference/node-file.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skypact.model.errors import BadInput
from skypact.node.toml_reading import refuse_unknown, tables_of, text_of

MOST_MARKINGS = 256
"""One an agreement, and a node obeys at most as many."""


@dataclass(frozen=True, slots=True)
class Marking:
    """How the node's own data is marked under one agreement.

    Parameters
    ----------
    agreement
        Its id.
    classification
        A word of that agreement; empty: its lowest.
    categories
        Words of that agreement.
    releasable_to
        Codes of parties; None: all parties of the agreement.
    """

    agreement: str
    classification: str = ""
    categories: tuple[str, ...] = ()
    releasable_to: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """A node's part in an exchange.

    Parameters
    ----------
    folder
        The station's folder, as ``skypact node init`` made it.
    send_plots
        Whether plots are sent where an agreement lets them pass; states of tracks always are.
    use_plots
        Whether partners' plots feed a tracker of their own beside the node's.
    markings
        How own data is marked, where not with the lowest classification for all parties.
    """

    folder: Path
    send_plots: bool = True
    use_plots: bool = True
    markings: tuple[Marking, ...] = ()

    def marking(self, agreement: str) -> Marking:
        """How own data is marked under an agreement."""
        given = [one for one in self.markings if one.agreement == agreement]
        return given[0] if given else Marking(agreement)


def exchange_settings(document: Mapping[str, Any], path: Path) -> ExchangeSettings | None:
    """``[exchange]`` of a node's file; its folder counts from the file's own.

    Raises
    ------
    BadInput
        If a key is unknown, missing or of the wrong type, or an agreement is marked twice.
    """
    row = document.get("exchange")
    if row is None:
        return None
    where = f"{path}: exchange"
    if not isinstance(row, dict):
        raise BadInput("[exchange] must be a table", where=where)
    refuse_unknown(row, {"folder", "send_plots", "use_plots", "marking"}, where)
    markings = tuple(
        _marking(one, f"{where}: marking {n}")
        for n, one in enumerate(tables_of(row, "marking", where, MOST_MARKINGS), start=1)
    )
    names = [one.agreement for one in markings]
    if len(set(names)) != len(names):
        raise BadInput("an agreement is marked twice", where=where)
    return ExchangeSettings(
        path.parent / text_of(row, "folder", where),
        _flag(row, "send_plots", where),
        _flag(row, "use_plots", where),
        markings,
    )


def _marking(row: Mapping[str, Any], where: str) -> Marking:
    refuse_unknown(row, {"agreement", "classification", "categories", "releasable_to"}, where)
    return Marking(
        text_of(row, "agreement", where),
        text_of(row, "classification", where, default=""),
        _words(row, "categories", where) or (),
        _words(row, "releasable_to", where),
    )


def _words(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...] | None:
    words = row.get(key)
    if words is None:
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise BadInput(f"{key} must be a list of texts", where=where, remedy='Write ["..."]')
    return tuple(words)


def _flag(row: Mapping[str, Any], key: str, where: str) -> bool:
    value = row.get(key, True)
    if not isinstance(value, bool):
        raise BadInput(f"{key} = {value!r} is not true or false", where=where)
    return value
