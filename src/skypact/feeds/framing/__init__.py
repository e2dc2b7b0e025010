"""Recordings of any framing to frames: ``read_recording`` tells which it is."""

from skypact.feeds.framing.recording import Recording, read_recording

__all__ = ["Recording", "read_recording"]
