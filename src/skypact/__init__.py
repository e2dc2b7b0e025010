"""Skypact: one recognised air picture for nations that agreed to watch their sky together.

In: sensor feeds as bytes. Out: tracks, a picture, and what the agreement lets pass on.
The data's way and the rule of imports are in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
