"""What operators send is read strictly, from our own page or a script, and never from elsewhere."""

import asyncio
import http.client
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from skypact.console import Console
from skypact.console.operator_input import LARGEST_BODY
from skypact.console.report_form import read_report
from skypact.model.errors import QueueFull, SkypactError, UsageError
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, PartnerStatus, ReportStatus
from skypact.model.tracks import Tracks

NO_ASSETS = Path(__file__).parent / "no-such-folder"
FROM_NS, UNTIL_NS = 1_793_520_000_000_000_000, 1_793_523_600_000_000_000
REPORT = {"text": "Two fast movers, low", "from_ns": FROM_NS, "until_ns": UNTIL_NS}
CIRCLE = {"latitude_deg": 42.5, "longitude_deg": 74.5, "radius_m": 30_000.0}
OUTLINE = {"outline_deg": [[42.0, 74.0], [43.0, 74.0], [42.5, 75.0]]}
JSON = {"Content-Type": "application/json"}


def body_of(**more: Any) -> bytes:
    return json.dumps(REPORT | more).encode()


class Node:
    """Takes reports as a node does, and has two links to switch."""

    def __init__(self, refusal: SkypactError | None = None) -> None:
        self.reports: list[dict[str, Any]] = []
        self.open = {"two-rivers/RU": True, "two-rivers/KANT": False}
        self.refusal = refusal

    def on_report(self, report: dict[str, Any]) -> dict[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        self.reports.append(report)
        return {"id": "ab" * 16, "sent_to": ["RU"]}

    def links(self) -> list[dict[str, Any]]:
        return [{"link": name, "open": state} for name, state in self.open.items()]

    def set(self, link: str, open: bool) -> None:
        self.open[link] = open


def serve(console: Console, work: Callable[[str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with console.serving() as url:
            await asyncio.wait_for(work(url), 20)

    asyncio.run(run())


def console_of(node: Node) -> Console:
    return Console(assets=NO_ASSETS, on_report=node.on_report, link_switch=node)


async def send(
    url: str, path: str, body: bytes | None, headers: dict[str, str] = JSON
) -> tuple[int, Any]:
    """Status and JSON answer of a POST, or of a GET where there is no body."""

    def ask() -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text.startswith(b"{") else text
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


def test_a_report_reaches_the_node_checked_and_whole() -> None:
    node = Node()

    async def work(url: str) -> None:
        code, answer = await send(url, "/api/reports", body_of(tracks=[7], **CIRCLE))
        assert (code, answer["sent_to"]) == (201, ["RU"])

    serve(console_of(node), work)
    (report,) = node.reports
    assert report["text"] == REPORT["text"]
    assert (report["from_ns"], report["until_ns"]) == (FROM_NS, UNTIL_NS)
    assert (report["radius_m"], report["tracks"], report["outline_deg"]) == (30_000.0, (7,), ())
    assert report["agreement"] is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 50_000, "array"),
        (b'{"text": ' + b"[" * 50_000, "str"),
        (body_of(text=""), "length"),
        (body_of(text=" \n"), "empty"),
        (body_of(text="x" * 4001), "length"),
        (body_of(text="a\x00b"), "control"),
        (body_of(text="a\u202ecod.exe"), "control"),
        (body_of(text=7), "str"),
        (body_of(text="\ud800"), "surrogate"),
        (body_of(more="x"), "more"),
        (body_of(from_ns=1.5), "int"),
        (body_of(from_ns=True), "int"),
        (body_of(from_ns=-1), "from_ns"),
        (body_of(until_ns=2**63), "until_ns"),
        (body_of(until_ns=FROM_NS), "ends before"),
        (body_of(until_ns=FROM_NS + 31 * 86_400 * 10**9), "30 days"),
        (body_of(latitude_deg=42.0), "circle"),
        (body_of(**CIRCLE | {"latitude_deg": 90.1}), "latitude"),
        (body_of(**CIRCLE | {"longitude_deg": -180.1}), "longitude"),
        (body_of(**CIRCLE | {"radius_m": 0.0}), "radius"),
        (body_of(**CIRCLE | {"radius_m": 1e7}), "radius"),
        (body_of(**CIRCLE | {"radius_m": float("nan")}), "malformed"),
        (body_of(**CIRCLE, **OUTLINE), "both"),
        (body_of(outline_deg=[[1, 1], [2, 2]]), "corners"),
        (body_of(outline_deg=[[1, 1, 1]] * 3), "outline"),
        (body_of(outline_deg=[[1, 1]] * 201), "outline"),
        (body_of(tracks=[0]), "tracks"),
        (body_of(tracks=[2**32 - 1]), "tracks"),
        (body_of(tracks=[5, 5]), "twice"),
        (body_of(tracks=list(range(1, 102))), "tracks"),
        (body_of(agreement="x" * 65), "agreement"),
        (body_of(releasable_to=["RU\x07"]), "control"),
        (body_of(categories=["x"] * 33), "categories"),
    ],
)
def test_what_is_no_report_is_refused_by_name(body: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_report(body)


def test_limits_hold_at_the_limit() -> None:
    corners = [[90, 180]] * 200
    report = read_report(
        body_of(
            text="x" * 4000,
            until_ns=FROM_NS + 30 * 86_400 * 10**9,
            outline_deg=corners,
            tracks=list(range(1, 101)),
        )
    )
    assert len(report["text"]) == 4000
    assert (len(report["outline_deg"]), len(report["tracks"])) == (200, 100)
    assert read_report(b'{"text": "now", "until_ns": 5}')["from_ns"] is None
    assert read_report(body_of(text="Үч учак,\nбийиктик 300 м"))["text"].endswith("м")


def test_a_refused_report_never_reaches_the_node_and_is_answered_in_words() -> None:
    node = Node()

    async def work(url: str) -> None:
        code, answer = await send(url, "/api/reports", body_of(tracks=[5, 5]))
        assert (code, answer["name"]) == (422, "UsageError")
        assert "twice" in answer["error"]

    serve(console_of(node), work)
    assert node.reports == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (JSON | {"Origin": "http://evil.example"}, 421),
        (JSON | {"Origin": "null"}, 421),
        (JSON | {"Host": "evil.example"}, 421),
        (JSON | {"Sec-Fetch-Site": "cross-site"}, 403),
        (JSON | {"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
        (JSON | {"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Content-Type": "application/json; charset=utf-8"}, 201),
    ],
)
def test_another_sites_page_cannot_write_a_report_or_cut_a_link(
    headers: dict[str, str], code: int
) -> None:
    node = Node()

    async def work(url: str) -> None:
        assert (await send(url, "/api/reports", body_of(), headers))[0] == code
        cut = json.dumps({"link": "two-rivers/RU", "open": False}).encode()
        assert ((await send(url, "/api/links", cut, headers))[0] == 200) == (code == 201)

    serve(console_of(node), work)
    assert bool(node.reports) == (code == 201)
    assert node.open["two-rivers/RU"] == (code != 201)


def test_a_body_at_the_limit_is_read_and_one_beyond_is_not() -> None:
    node = Node()

    async def work(url: str) -> None:
        at_limit = body_of() + b" " * (LARGEST_BODY - len(body_of()))
        assert (await send(url, "/api/reports", at_limit))[0] == 201
        code, answer = await send(url, "/api/reports", at_limit + b" ")
        assert (code, answer["error"]) == (413, "more than 65536 bytes")

    serve(console_of(node), work)
    assert len(node.reports) == 1


def test_a_chunked_body_beyond_the_limit_is_cut_off_while_it_comes() -> None:
    node = Node()

    async def work(url: str) -> None:
        def ask() -> bytes:
            with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), 5) as client:
                client.sendall(
                    b"POST /api/reports HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
                client.sendall(chunk * 9)  # and no end
                return client.recv(4096)

        assert b" 413 " in (await asyncio.to_thread(ask)).split(b"\r\n")[0]

    serve(console_of(node), work)
    assert node.reports == []


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (UsageError("it ended an hour ago"), 422),
        (QueueFull("the link holds no more"), 503),
        (SkypactError("no rule lets it out"), 409),
    ],
)
def test_the_nodes_own_refusal_is_told(refusal: SkypactError, code: int) -> None:
    async def work(url: str) -> None:
        answered, answer = await send(url, "/api/reports", body_of())
        assert answered == code
        assert refusal.what in answer["error"]

    serve(console_of(Node(refusal)), work)


def test_links_are_cut_and_restored_and_others_are_refused() -> None:
    node = Node()

    async def work(url: str) -> None:
        _, before = await send(url, "/api/links", None)
        assert before["links"][0] == {"link": "two-rivers/RU", "open": True}
        cut = b'{"link": "two-rivers/RU", "open": false}'
        code, after = await send(url, "/api/links", cut)
        assert (code, after["links"][0]["open"]) == (200, False)
        assert (await send(url, "/api/links", b'{"link": "x", "open": true}'))[0] == 404
        for bad in (b"", b"[]", b'{"link": "two-rivers/RU", "open": 1}', b'{"open": true}'):
            assert (await send(url, "/api/links", bad))[0] == 422

    serve(console_of(node), work)
    assert node.open == {"two-rivers/RU": False, "two-rivers/KANT": False}


def test_a_node_without_exchange_takes_nothing_and_offers_nothing(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    console = Console(assets=NO_ASSETS)

    async def work(url: str) -> None:
        console.publish(golden_tracks, status)
        assert (await send(url, "/api/reports", body_of()))[0] == 404
        assert (await send(url, "/api/links", b'{"link": "x", "open": true}'))[0] == 404
        assert (await send(url, "/api/links", None)) == (200, {"links": []})
        assert (await send(url, "/api/reports", None))[1]["reports"] == []
        async with connect(url.replace("http", "ws") + "api/picture", max_size=None) as client:
            messages = [await asyncio.wait_for(client.recv(), 5) for _ in range(3)]
        assert json.loads(messages[2])["takes"] == []

    serve(console, work)


def report_row(text: str) -> ReportStatus:
    return ReportStatus("ab" * 16, "RU", "RU", "A", text, 1, FROM_NS, UNTIL_NS, tracks=(7,))


def test_reports_come_in_a_message_of_their_own_only_when_they_change(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    console = console_of(Node())
    first, second = replace(status, reports=(report_row("one"),)), replace(status, reports=())

    async def work(url: str) -> None:
        async with connect(url.replace("http", "ws") + "api/picture", max_size=None) as client:

            async def texts_until(kind: str) -> list[dict[str, Any]]:
                told: list[dict[str, Any]] = []
                while not told or told[-1]["type"] != kind:
                    message = await asyncio.wait_for(client.recv(), 5)
                    if isinstance(message, str):
                        told.append(json.loads(message))
                return told

            console.publish(golden_tracks, first)
            told = await texts_until("reports")
            assert told[-1]["reports"][0]["text"] == "one"
            assert told[-2]["reports"] == []  # the status does not repeat them each second
            assert told[-2]["takes"] == ["reports", "links"]
            console.publish(golden_tracks, first)
            await texts_until("status")
            console.publish(golden_tracks, second)
            told = await texts_until("reports")
            assert [message["type"] for message in told] == ["status", "reports"]
            assert told[-1]["reports"] == []

    serve(console, work)


def test_what_partners_say_is_bounded_and_passed_on_as_it_came(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    script = "<script>alert(1)</script>"
    refused = {f"{script}{k}" * 9: k for k in range(500)}
    partner = PartnerStatus(
        "RU", "RU", "two-rivers", "live", refused=refused, trouble=script * 1000
    )
    reports = tuple(report_row(script + "x" * 9000) for _ in range(300))
    console = console_of(Node())

    async def work(url: str) -> None:
        console.publish(golden_tracks, replace(status, partners=(partner,), reports=reports))
        _, shown = await send(url, "/api/status", None)
        (row,) = shown["partners"]
        assert len(row["refused"]) == 40
        assert max(row["refused"].values()) == 499
        assert max(map(len, row["refused"])) == 64
        assert len(row["trouble"]) == 4000
        assert len(shown["reports"]) == 200
        assert shown["reports"][0]["text"] == script + "x" * (4000 - len(script))

    serve(console, work)


def test_scripts_read_whose_a_joint_track_is(golden_joint: JointTracks, status: NodeStatus) -> None:
    console = Console(assets=NO_ASSETS)

    async def work(url: str) -> None:
        console.publish(golden_joint, status)
        _, answer = await send(url, "/api/tracks", None)
        first, own, told, _, odd = answer["tracks"]
        assert (first["joint_number"], first["own_track"]) == (1, 9)
        assert (first["reporter"], first["contributors"]) == ("RU", ["KG", "RU"])
        assert (own["joint_number"], own["own_track"], own["track"]) == (None, 2, -2)
        assert told["unconfirmed"] is True
        assert odd["reporter"] is None
        assert (await send(url, "/api/tracks/-2", None))[1]["own_track"] == 2
        for none in ("99", "-99", "x", "9" * 5000, "--2", "%00"):
            assert (await send(url, f"/api/tracks/{none}", None))[0] == 404

    serve(console, work)
