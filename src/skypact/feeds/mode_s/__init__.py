"""Mode S and ADS-B: Beast bytes to messages and plots; ``encode`` for what the simulator sends."""

from skypact.feeds.mode_s.columns import MessageColumns
from skypact.feeds.mode_s.decode import ModeSDecoder, decode_messages
from skypact.feeds.mode_s.plots import ModeSPlots

__all__ = ["MessageColumns", "ModeSDecoder", "ModeSPlots", "decode_messages"]
