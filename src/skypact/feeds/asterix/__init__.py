"""ASTERIX in and out: definitions as tables, columnar decoding, plots, and the encoder.

Names are fetched when first used, so that ``python -m skypact.feeds.asterix.definitions`` and
readers of single modules pay for no more than they need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skypact.feeds.asterix.items import ItemsBatch, decode_items
    from skypact.feeds.asterix.plots import AsterixPlots
    from skypact.feeds.asterix.survey import sensors_in

__all__ = ["AsterixPlots", "ItemsBatch", "decode_items", "sensors_in"]

_PLACES = {
    "AsterixPlots": "plots",
    "ItemsBatch": "items",
    "decode_items": "items",
    "sensors_in": "survey",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
