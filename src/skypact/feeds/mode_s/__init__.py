"""Mode S and ADS-B: Beast bytes or text to messages and plots; ``encode`` for what we send."""

from skypact.feeds.mode_s.decode import ModeSDecoder, dated_messages, decode_messages
from skypact.feeds.mode_s.messages import MessageColumns
from skypact.feeds.mode_s.plots import ModeSPlots

__all__ = ["MessageColumns", "ModeSDecoder", "ModeSPlots", "dated_messages", "decode_messages"]
