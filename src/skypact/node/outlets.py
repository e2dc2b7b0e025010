"""What a node sends to others: its picture over UDP, once an output second.

In: the picture and the node's status. Out: datagrams to the addresses of the node's file: CAT062
(tracks), CAT063 (sensors) and CAT065 (service), Cursor on Target events, or DIS entity states.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

import numpy as np

from skypact.feeds.asterix.publish import service_messages, track_messages
from skypact.feeds.cot import cot_events
from skypact.feeds.dis import entity_states
from skypact.feeds.receive import parse_address
from skypact.model.errors import BadInput
from skypact.model.sensors import SensorTable
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks
from skypact.node.settings import OutputSettings

MULTICAST_HOPS = 1
"""A picture goes no further than the local network unless routers are told to."""


@dataclass(slots=True)
class Outlet:
    """One destination: its settings, its socket, and what went out.

    Confirmed tracks are sent; one that is no longer there is told once more, as ended.
    ``shown`` is the picture sent last; ``refused`` counts datagrams that the network did not
    take: a listener that is not there must not hold up the watch.
    """

    settings: OutputSettings
    socket: socket.socket
    shown: Tracks | None = None
    sent: int = 0
    refused: int = 0

    def send(self, tracks: Tracks, status: NodeStatus, sensors: SensorTable) -> None:
        """Send one picture."""
        confirmed = tracks.take(tracks.confirmed)
        gone = None
        if self.shown is not None:
            gone = self.shown.take(~np.isin(self.shown.track, confirmed.track))
        self.shown = confirmed
        messages = messages_of(self.settings, confirmed, gone, status, sensors)
        for message in messages:
            try:
                self.socket.send(message)
                self.sent += 1
            except OSError:
                self.refused += 1

    def close(self) -> None:
        """Let go of the socket."""
        self.socket.close()


def messages_of(
    settings: OutputSettings,
    tracks: Tracks,
    gone: Tracks | None,
    status: NodeStatus,
    sensors: SensorTable,
) -> list[bytes]:
    """One picture in an output's format; ``gone`` are tracks told for the last time."""
    if settings.format == "cot":
        return cot_events(tracks, prefix=f"skypact-{status.node}")
    if settings.format == "dis":
        return entity_states(tracks, exercise_id=settings.exercise_id)
    who = (settings.sac, settings.sic)
    simulated = status.mode == "exercise"
    return [
        *track_messages(
            tracks, sensors, sac=who[0], sic=who[1], now_ns=status.now_ns,
            simulated=simulated, ended=gone,
        ),
        *service_messages(status, sensors, sac=who[0], sic=who[1]),
    ]  # fmt: skip


def open_outlet(settings: OutputSettings) -> Outlet:
    """An outlet to a UDP address, unicast or multicast.

    Raises
    ------
    BadInput
        If the address is not UDP or cannot be sent to from this machine.
    """
    address = parse_address(settings.address)
    where = f"output {settings.name!r}"
    if address.transport != "udp":
        raise BadInput(f"{settings.address} is not UDP", where=where)
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    try:
        if address.multicast:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, MULTICAST_HOPS)
            if address.interface:
                own = socket.inet_aton(address.interface)
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        opened.connect((address.host, address.port))
    except OSError as problem:
        opened.close()
        raise BadInput(f"{settings.address}: {problem.strerror}", where=where) from None
    return Outlet(settings, opened)
