"""Plots to system tracks: gate, associate, filter, initiate, maintain.

In: :class:`~skypact.model.plots.Plots` as they are received, and a watermark of reception time.
Out: :class:`~skypact.model.tracks.Tracks`, one row per track and whole output period. The
rooms are ``intake`` (what may be used), ``settings``, ``store`` (arrays) and ``tracker``; the
work is done in ``kernels.tracking_*``, ``kernels.kalman`` and ``kernels.assignment``.
"""

from skypact.tracking.settings import MotionModel, TrackerSettings
from skypact.tracking.tracker import Tracker, TrackerCounts

__all__ = ["MotionModel", "Tracker", "TrackerCounts", "TrackerSettings"]
