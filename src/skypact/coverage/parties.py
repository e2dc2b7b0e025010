"""What each nation sees alone, and what seeing together adds.

In: a network and whose each mast is. Out: for each nation and altitude the share of the area it
sees by itself, and the share that all see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skypact.coverage.network import Network

NOBODYS = "not said"
"""Whose masts are that name nobody."""


@dataclass(frozen=True, slots=True)
class PartyShare:
    """One nation's share of the area above ground, by altitude.

    Parameters
    ----------
    party
        Who.
    sensors
        Names of its sensors.
    alone
        What it sees by itself, a share an altitude.
    only
        What nobody else sees: what falls out if its link fails.
    together
        What all see.
    """

    party: str
    sensors: tuple[str, ...]
    alone: tuple[float, ...]
    only: tuple[float, ...]
    together: tuple[float, ...]


def party_shares(
    network: Network, parties: Sequence[str], altitude_m: Sequence[float]
) -> list[PartyShare]:
    """Shares of each nation; none if no mast names one. ``parties`` is in the masts' order."""
    if not any(parties):
        return []
    named = [party or NOBODYS for party in parties]
    together = tuple(network.share_at(altitude) for altitude in altitude_m)
    found = []
    for party in dict.fromkeys(named):
        own = [k for k, name in enumerate(named) if name == party]
        others = [k for k in range(len(named)) if k not in own]
        alone = tuple(network.share_at(altitude, without=others) for altitude in altitude_m)
        rest = tuple(network.share_at(altitude, without=own) for altitude in altitude_m)
        only = tuple(all_ - less for all_, less in zip(together, rest, strict=True))
        sensors = tuple(network.masts[k].name for k in own)
        found.append(PartyShare(party, sensors, alone, only, together))
    return found
