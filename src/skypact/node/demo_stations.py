"""The demonstration's stations: two nations, their joint post, and the lines between them.

In: the founding agreement and an empty folder. Out: a station's folder for each, made as
``skypact node init``, ``invite`` and ``accept`` make them, with the agreement signed by keys that
are nobody's: they are made here, and all of it goes when the demonstration ends.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.agreement.reading import read_agreement
from skypact.agreement.signing import (
    public_hex,
    read_signatures,
    sign_document,
    signature_path,
    signatures_text,
    with_signature,
)
from skypact.agreement.stations import Station
from skypact.model.time import SECOND_NS
from skypact.node.demo_links import CuttableLink
from skypact.node.disk import write_whole
from skypact.node.inviting import accept, invite
from skypact.node.keys import read_key
from skypact.node.new_station import NewStation, init_station
from skypact.node.settings import read_node
from skypact.node.station_files import StationPaths

STATIONS = (Station("KG", "KG"), Station("RU", "RU"), Station("KANT", "KG", joint_post=True))
"""As the agreement names them; the first one's console is the demonstration's."""
JOINED = (("KG", "RU"), ("RU", "KANT"), ("KANT", "KG"))
"""Who listens, and who dials: each listens to one other, so that each line carries one link."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two stations: who takes the other on, where, and what carries their bytes."""

    listener: str
    dialler: str
    listen: str
    way: CuttableLink

    def seen_from(self, station: str, agreement: str) -> str:
        """The link's name at one of its ends, ``AGREEMENT/STATION``; empty at no end of it."""
        ends = {self.listener: self.dialler, self.dialler: self.listener}
        return f"{agreement}/{ends[station]}" if station in ends else ""


@contextlib.asynccontextmanager
async def laid_lines() -> AsyncIterator[list[Line]]:
    """While inside, the stations are joined by lines that can be cut."""
    lines = []
    try:
        for listener, dialler in JOINED:
            port = _free_port()
            way = CuttableLink(f"{listener}-{dialler}", "127.0.0.1", port)
            await way.start()
            lines.append(Line(listener, dialler, f"127.0.0.1:{port}", way))
        yield lines
    finally:
        for line in lines:
            await line.way.stop()


def make_stations(folder: Path, agreement: Path, lines: Sequence[Line], now_ns: int) -> None:
    """Make a folder for each station, named by its code in small letters, and join them.

    Parameters
    ----------
    folder
        Where to.
    agreement
        The shipped text, its areas beside it.
    lines
        Who is joined with whom.
    now_ns
        When it is signed, int64 UTC nanoseconds.
    """
    for station in STATIONS:
        line = next(line for line in lines if line.listener == station.code)
        borrowed = _folder(folder, station.party) / "party.pem" if station.joint_post else None
        new = NewStation(station.code, station.party, line.listen, line.way.address, borrowed)
        init_station(_folder(folder, station.code), new, now_ns)
    keys = {
        station.party: read_key(StationPaths(_folder(folder, station.party)).party_key)
        for station in STATIONS
    }
    signed, trust = sign_example(agreement, folder, keys, now_ns)
    for line in lines:
        dialler = _folder(folder, line.dialler)
        card = StationPaths(dialler).card(line.dialler)
        _, carried, _ = invite(_folder(folder, line.listener), card, [signed], now_ns, trust=trust)
        letter = folder / f"{line.dialler.lower()}.invite"
        letter.write_bytes(carried)
        accept(dialler, letter, now_ns, trust=trust)


def sign_example(
    agreement: Path, folder: Path, keys: Mapping[str, Ed25519PrivateKey], now_ns: int
) -> tuple[Path, Path]:
    """Copy an agreement with its areas, and sign it for every party: its file, and whom to trust.

    Parameters
    ----------
    agreement
        The shipped text.
    folder
        Where the copy goes.
    keys
        By party.
    now_ns
        When it is signed, int64 UTC nanoseconds.
    """
    copy = folder / agreement.name
    shutil.copyfile(agreement, copy)
    areas = agreement.parent / "areas"
    if areas.is_dir():
        shutil.copytree(areas, folder / "areas")
    document = read_agreement(copy).document
    day = datetime.fromtimestamp(now_ns // SECOND_NS, UTC).date()
    signed = read_signatures(signature_path(copy))
    for party, key in keys.items():
        signed = with_signature(signed, sign_document(document, party, key, day))
    write_whole(signature_path(copy), signatures_text(signed).encode())
    rows = [f'[[party]]\ncode = "{code}"\nkey = "{public_hex(keys[code])}"\n' for code in keys]
    trust = folder / "trust.toml"
    trust.write_text("\n".join(rows), encoding="utf-8")
    return copy, trust


def _folder(folder: Path, code: str) -> Path:
    return folder / code.lower()


def lay_node(shipped: Path, copy: Path) -> None:
    """Copy a station's node file, its feeds on ports that nobody else sends to.

    Two demonstrations, or an exercise beside one, would otherwise hear each other's sensors.
    """
    text = shipped.read_text(encoding="utf-8")
    for feed in read_node(shipped).feeds:
        way, _, host = feed.address.rpartition(":")[0].partition("://")
        free = _free_port(socket.SOCK_DGRAM if way == "udp" else socket.SOCK_STREAM)
        text = text.replace(f'"{feed.address}"', f'"{way}://{host}:{free}"')
    copy.write_text(text, encoding="utf-8")


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of this machine that nobody holds now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
