"""Two nodes' exchanges over their own real servers: pictures, plots' way, reports, revocation."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from gateways_in_process import SENSORS, moved
from pacts_made_up import flying
from processes import free_port
from skypact.agreement.reading import read_agreement
from skypact.agreement.signing import (
    SignatureFile,
    public_hex,
    sign_document,
    signature_path,
    signatures_text,
    with_signature,
)
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, PartnerStatus
from skypact.model.time import SECOND_NS
from skypact.node import inviting
from skypact.node.agreement_opening import LiveAgreements, open_agreements
from skypact.node.clock import SystemClock
from skypact.node.exchange_settings import ExchangeSettings
from skypact.node.exchanging import Exchanging, open_exchange
from skypact.node.keys import make_key
from skypact.node.new_station import NewStation, init_station
from skypact.node.revoking import revoke
from skypact.node.service import serve_node
from skypact.node.settings import NodeSettings, read_node
from skypact.node.station import open_station

AGREEMENT = """
classifications = ["open", "official"]
[agreement]
id = "east-west"
title = { en = "East and West" }
[term]
clause = "art-1"
in_force = 2024-01-01
[[clause]]
id = "art-1"
source = "invented"
text = { en = "All is told, for ever." }
[[numbers]]
station = "EA"
party = "EA"
clause = "art-1"
first = 10000
last = 19999
[[numbers]]
station = "WE"
party = "WE"
clause = "art-1"
first = 20000
last = 29999
[[release]]
id = "all"
clause = "art-1"
verdict = "whole"
originator = ["EA", "WE"]
to = ["EA", "WE"]
up_to = "official"
"""
PARTY = """
[[party]]
code = "{code}"
name = {{ en = "{code}" }}
signed = 2024-01-01
ratified = 2024-01-01
key = "{key}"
"""
WITHIN_S = 240.0
"""Kernels may have to be compiled first, on a machine that does other things too."""


def joined_folders(folder: Path) -> tuple[Path, Path]:
    """East and West, one invited by the other, under a pact that tells all."""
    keys = {code: make_key(folder / f"{code}.pem") for code in ("EA", "WE")}
    path = folder / "east-west.toml"
    rows = [PARTY.format(code=code, key=public_hex(key)) for code, key in keys.items()]
    path.write_text(AGREEMENT + "".join(rows))
    document = read_agreement(path).document
    day = document.party[0].signed
    assert day is not None
    signed = SignatureFile()
    for code, key in keys.items():
        signed = with_signature(signed, sign_document(document, code, key, day))
    signature_path(path).write_text(signatures_text(signed))
    address = f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    east, west = folder / "east", folder / "west"
    now_ns = time.time_ns()
    init_station(east, NewStation("EA", "EA", address, address, folder / "EA.pem"), now_ns)
    init_station(west, NewStation("WE", "WE", party_key=folder / "WE.pem"), now_ns)
    _, carried, _ = inviting.invite(east, west / "WE.card", [path], now_ns)
    (folder / "west.invite").write_bytes(carried)
    inviting.accept(west, folder / "west.invite", now_ns)
    return east, west


@dataclass
class Node:
    """A node without feeds: its exchange, with tracks that a test gives it."""

    folder: Path
    agreements: LiveAgreements
    exchange: Exchanging
    clock: SystemClock
    said: list[str]
    picture: JointTracks = field(default_factory=lambda: JointTracks.of_own(flying(0), "?"))

    def second(self, count: int) -> None:
        """What a live node does once a second."""
        now_ns = self.clock.now_ns()
        gateway = self.exchange.gateway
        gateway.advance(now_ns)
        own = flying(count, now_ns // SECOND_NS * SECOND_NS)
        self.picture = gateway.second(moved(own, now_ns // SECOND_NS * SECOND_NS), now_ns)

    @property
    def partner(self) -> PartnerStatus:
        status = NodeStatus("n", "live", self.clock.now_ns(), 1.0, 0, 0.0, 0, False, (), {})
        return self.exchange.gateway.status(status).partners[0]


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Node]:
    clock, said = SystemClock(), list[str]()
    settings = NodeSettings(folder.name, "live", SENSORS, (), exchange=ExchangeSettings(folder))
    station = open_station(folder, clock.now_ns())
    agreements = open_agreements(station.agreements, clock.now_ns())
    exchange = open_exchange(settings, agreements, station, clock, said.append)
    await exchange.start()
    try:
        yield Node(folder, agreements, exchange, clock, said)
    finally:
        await exchange.stop()
        agreements.close(clock.now_ns())


async def until(holds, *nodes: tuple[Node, int]) -> None:
    """Let the nodes live until something holds."""
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            for node, count in nodes:
                node.second(count)
            await asyncio.sleep(0.1)


def test_two_nodes_show_one_picture_until_one_revokes_the_other(tmp_path: Path) -> None:
    folders = joined_folders(tmp_path)

    async def run() -> None:
        async with running(folders[0]) as east, running(folders[1]) as west:
            both = (east, 3), (west, 0)
            await until(lambda: len(west.picture) == 3, *both)
            await until(lambda: west.picture.tracks.track.min() >= 10_000, *both)
            assert west.picture.unconfirmed.all()
            assert west.picture.stations[int(west.picture.reporter[0])] == "EA"
            assert east.partner.state == west.partner.state == "live"
            assert west.partner.refused == {}
            report = {"text": "From the north.", "until_ns": time.time_ns() + 3600 * SECOND_NS}
            told = west.exchange.gateway.write_report(report, west.clock.now_ns())
            assert told["sent_to"] == ["east-west/EA"]
            status = NodeStatus("n", "live", time.time_ns(), 1.0, 0, 0.0, 0, False, (), {})
            await until(lambda: east.exchange.gateway.status(status).reports, *both)
            revoke(east.folder, "WE", time.time_ns())
            await until(lambda: not east.exchange.gateway.links, *both)
            await until(lambda: west.partner.state in ("stale", "lost"), *both)
            assert len(east.picture) == 3
            assert east.said[-1] == "station EA has 0 links"

    asyncio.run(run())


def test_a_node_without_a_server_goes_on_alone_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = joined_folders(tmp_path)
    monkeypatch.setenv("SKYPACT_NATS_SERVER", os.fspath(tmp_path / "nowhere"))

    async def run() -> None:
        async with running(folders[0]) as east:
            east.second(4)
            assert len(east.picture) == 4
            await until(lambda: east.partner.trouble, (east, 4))
            assert "nothing is exchanged; the node's own picture goes on" in east.said

    asyncio.run(run())


NODE = """
[node]
name = "East"

[[sensor]]
name = "r"
kind = "radar"

[[feed]]
name = "f"
format = "asterix"
address = "udp://127.0.0.1:{port}"

[exchange]
folder = "east"
"""


def test_a_node_needs_no_more_than_its_stations_folder(tmp_path: Path) -> None:
    joined_folders(tmp_path)
    path = tmp_path / "node.toml"
    path.write_text(NODE.format(port=free_port(socket.SOCK_DGRAM)))
    said: list[str] = []

    async def report(url: str) -> int:
        body = json.dumps(
            {
                "text": "Three from the west.",
                "from_ns": time.time_ns(),
                "until_ns": time.time_ns() + 600 * SECOND_NS,
            }
        ).encode()
        request = Request(url + "api/reports", body, {"content-type": "application/json"})
        return await asyncio.to_thread(lambda: urlopen(request, timeout=20).status)

    async def look() -> None:
        while not (found := [line for line in said if line.startswith("console at")]):
            await asyncio.sleep(0.05)
        url = found[0].split()[2]
        assert await report(url) == 201
        status: dict[str, Any] = {}
        while not status.get("reports"):
            with contextlib.suppress(HTTPError):  # before the first picture there is none
                answer = await asyncio.to_thread(urlopen, url + "api/status", timeout=20)
                status = json.loads(answer.read())
            await asyncio.sleep(0.1)
        assert status["station"] == "EA"
        assert [row["station"] for row in status["partners"]] == ["WE"]
        assert status["reports"][0]["text"] == "Three from the west."

    done = asyncio.run(serve_node(read_node(path), 0, WITHIN_S, said.append, SystemClock(), look))
    assert done["partners"] == {"east-west/WE": "lost"}
    assert said[:2] == ["station EA has 1 links", "agreement east-west is in-force"]


def test_a_station_runs_once(tmp_path: Path) -> None:
    folders = joined_folders(tmp_path)

    async def run() -> None:
        async with running(folders[1]):
            with pytest.raises(Exception, match="another process writes"):
                async with running(folders[1]):
                    pass

    asyncio.run(run())


def test_what_a_node_offers_leaves_without_waiting_for_a_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = joined_folders(tmp_path)
    monkeypatch.setattr("skypact.node.exchanging.TICK_NS", 3600 * SECOND_NS)

    async def run() -> None:
        async with running(folders[0]) as east, running(folders[1]) as west:
            # nothing wakes the exchange but what is offered, and what comes
            await until(lambda: len(west.picture) == 3, (east, 3), (west, 0))

    asyncio.run(run())


def test_a_node_leaves_a_flooded_channel_and_still_takes_in_reports(tmp_path: Path) -> None:
    folders = joined_folders(tmp_path)

    async def run() -> None:
        async with running(folders[0]) as east, running(folders[1]) as west:
            both = (east, 3), (west, 5)  # three of them are seen by both
            await until(lambda: len(east.picture) == 5, *both)
            ((_, edge),) = east.exchange._edges.values()
            ((_, far),) = west.exchange._edges.values()
            client = far._client
            assert client is not None
            async with asyncio.timeout(WITHIN_S):
                while "live" in edge.heard:
                    for _ in range(500):
                        await client.publish("WE.EA.live", b"junk")
                    await client.flush()
            assert {"items", "hail"} <= edge.heard
            report = {"text": "In the midst of it.", "until_ns": time.time_ns() + 3600 * SECOND_NS}
            west.exchange.gateway.write_report(report, west.clock.now_ns())
            status = NodeStatus("n", "live", time.time_ns(), 1.0, 0, 0.0, 0, False, (), {})
            await until(lambda: east.exchange.gateway.status(status).reports, *both)
            assert "live" not in edge.heard
            assert east.partner.throttled
            assert east.partner.refused["Flood"] > 0
            assert len(east.picture.tracks.take(east.picture.own_track >= 0)) == 3

    asyncio.run(run())
