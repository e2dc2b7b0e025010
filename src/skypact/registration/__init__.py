"""Sensor errors from common aircraft: estimate, correct, withhold a sensor that lies.

In: plots and what the tracker made of them. Out: corrected plots, errors with their uncertainty,
noises and weights for the tracker, states and alarms. Rooms: ``correction``, ``following`` and
``estimation`` (how far off), ``contributions``, ``votes``, ``changes``, ``repetition`` and
``latency`` (is it lying), ``standing`` (what follows), ``registration`` (all together).
"""

from skypact.registration.correction import correct
from skypact.registration.registration import Registration
from skypact.registration.settings import RegistrationSettings

__all__ = ["Registration", "RegistrationSettings", "correct"]
