"""Recordings of any framing to frames: ``read_recording`` tells which it is."""

from skypact.feeds.framing.recording import Recording, cut_recording, read_recording

__all__ = ["Recording", "cut_recording", "read_recording"]
