"""What reading a batch of frames yields: plots, signs of life, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import Rejection
from skypact.model.plots import Plots


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """The outcome of reading one :class:`~skypact.model.frames.Frames` batch.

    Parameters
    ----------
    plots
        In the order of the bytes, ``received_ns`` never decreasing.
    heard
        Index of each sensor that said anything in this batch (north marks and status
        messages too), int32, shape (messages,).
    heard_ns
        Reception time of each, int64 UTC nanoseconds, shape (messages,).
    rejections
        What was refused while the rest went on; alike pieces of one source are merged.
    duplicates
        Number of records left out because another network brought the same one before.
    """

    plots: Plots
    heard: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    heard_ns: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    rejections: tuple[Rejection, ...] = ()
    duplicates: int = 0
