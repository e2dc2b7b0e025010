"""Multilateration: times of arrival at several receivers to positions.

In: :class:`~skypact.feeds.multilateration.arrivals.Arrivals`, from whatever collects them (here:
the LocaRDS files). Out: positions with covariance and a status each, and plots of kind ``mlat``.
"""

from skypact.feeds.multilateration.arrivals import Arrivals, Receivers
from skypact.feeds.multilateration.clocks import ReceiverClocks
from skypact.feeds.multilateration.solution import STATUS, Limits, Solution, solve

__all__ = ["STATUS", "Arrivals", "Limits", "ReceiverClocks", "Receivers", "Solution", "solve"]
