"""Where everything of a station lies in its folder, and how its small files are read and written.

::

    station.toml              code, party, addresses
    KG.card                   what partners get by hand
    party.pem                 the party's signing key, where it was made here
    trust.toml                the keys trusted for parties
    authority.pem server.pem  certificates
    agreements/               texts, signatures and areas, as they came
    keys/                     signing, sealing, audit, authority, server (PEM); operator, system,
                              user (NATS seeds); all mode 0600
    links/AGREEMENT/STATION/  link.toml, account.seed, partner.card, partner-authority.pem,
                              link.creds where this side dials, traffic/ (outbox, inbox)
    nats/                     written at each start: configuration, tokens, log
    audit/ store/ quarantine/ state

A key that other accounts may read is refused. Files are put in place whole or not at all.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from skypact.exchange.nats_files import write_file
from skypact.model.errors import BadInput
from skypact.node.disk import SystemDisk

AGREEMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Ids that may name a folder."""
LARGEST_FILE = 64_000

Table = TypeVar("Table", "StationTable", "LinkTable")


class StationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``station.toml``.

    Parameters
    ----------
    listen
        ``HOST:PORT`` the server takes partners on; empty: this station dials only.
    address
        ``HOST:PORT`` partners dial; it stands in the card.
    """

    format: int = 1
    station: str
    party: str
    listen: str = ""
    address: str = ""


class LinkTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``link.toml``.

    Parameters
    ----------
    dials
        Whether this side dials the partner.
    credentials_end_ns
        When the credentials that were given out or taken end, int64 UTC nanoseconds as text.
    revoked
        Whether the link was ended by hand.
    users_revoked
        Times, int64 UTC nanoseconds as text, by the partner's users' public keys: their tokens
        from before are void for ever.
    """

    format: int = 1
    agreement: str
    station: str
    dials: bool
    credentials_end_ns: str
    revoked: bool = False
    users_revoked: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class StationPaths:
    """Places in a station's folder."""

    folder: Path

    @property
    def table(self) -> Path:
        """``station.toml``."""
        return self.folder / "station.toml"

    @property
    def trust(self) -> Path:
        """The keys trusted for parties."""
        return self.folder / "trust.toml"

    @property
    def party_key(self) -> Path:
        """The party's signing key, where it was made here."""
        return self.folder / "party.pem"

    @property
    def agreements(self) -> Path:
        """Folder of texts and signatures."""
        return self.folder / "agreements"

    @property
    def authority(self) -> Path:
        """Certificate of the station's own authority."""
        return self.folder / "authority.pem"

    @property
    def certificate(self) -> Path:
        """Certificate of its server."""
        return self.folder / "server.pem"

    @property
    def nats(self) -> Path:
        """Folder of the server."""
        return self.folder / "nats"

    def card(self, station: str) -> Path:
        """The station's own card."""
        return self.folder / f"{station}.card"

    def key(self, name: str) -> Path:
        """A private key in PEM."""
        return self.folder / "keys" / f"{name}.pem"

    def seed(self, name: str) -> Path:
        """A private key of NATS."""
        return self.folder / "keys" / f"{name}.seed"

    def link(self, agreement: str, station: str) -> LinkPaths:
        """Places of one link.

        Raises
        ------
        BadInput
            If the agreement's id cannot name a folder.
        """
        if AGREEMENT_ID.fullmatch(agreement) is None:
            raise BadInput(
                f"the agreement's id {agreement!r} cannot name a folder",
                remedy="Use letters, digits, '.', '_' and '-', at most 64",
            )
        return LinkPaths(self.folder / "links" / agreement / station)

    def links(self) -> tuple[LinkPaths, ...]:
        """Places of all links, sorted."""
        found = (self.folder / "links").glob("*/*/link.toml")
        return tuple(LinkPaths(path.parent) for path in sorted(found))


@dataclass(frozen=True, slots=True)
class LinkPaths:
    """Places in a link's folder."""

    folder: Path

    @property
    def table(self) -> Path:
        """``link.toml``."""
        return self.folder / "link.toml"

    @property
    def account(self) -> Path:
        """Seed of the link's account on the own server."""
        return self.folder / "account.seed"

    @property
    def card(self) -> Path:
        """The partner's card."""
        return self.folder / "partner.card"

    @property
    def authority(self) -> Path:
        """The partner's authority, for the server to read."""
        return self.folder / "partner-authority.pem"

    @property
    def credentials(self) -> Path:
        """What the partner gave out, where this side dials."""
        return self.folder / "link.creds"

    @property
    def traffic(self) -> Path:
        """Folder of the outbox and the inbox."""
        return self.folder / "traffic"


def read_station_table(paths: StationPaths) -> StationTable:
    """``station.toml``.

    Raises
    ------
    BadInput
        If it is not there or cannot be read.
    """
    if not paths.table.is_file():
        raise BadInput(
            "no station in this folder",
            where=str(paths.folder),
            remedy="Make one: skypact node init --party CODE FOLDER",
        )
    return _read_table(paths.table, StationTable)


def read_link_table(paths: LinkPaths) -> LinkTable:
    """``link.toml``.

    Raises
    ------
    BadInput
        If it is not there or cannot be read.
    """
    return _read_table(paths.table, LinkTable)


def table_text(table: StationTable | LinkTable) -> bytes:
    """A table as TOML; JSON's strings and truth values are TOML's too."""
    lines = []
    below = []
    for field in msgspec.structs.fields(table):
        value = getattr(table, field.name)
        if not isinstance(value, dict):
            lines.append(f"{field.name} = {_value(value)}")
        elif value:
            below += [f"\n[{field.name}]"]
            below += [f"{key} = {_value(one)}" for key, one in value.items()]
    return ("\n".join(lines + below) + "\n").encode()


def _value(value: object) -> str:
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def read_small(path: Path) -> bytes:
    """A file of some kilobytes.

    Raises
    ------
    BadInput
        If it cannot be read or is longer.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise BadInput(f"cannot be read: {problem.strerror}", where=str(path)) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"longer than {LARGEST_FILE} bytes", where=str(path))
    return data


def read_private(path: Path) -> bytes:
    """A private key's file.

    Raises
    ------
    BadInput
        If it cannot be read, or other accounts can.
    """
    data = read_small(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise BadInput(
            f"other accounts may read this key (mode {mode:04o})",
            where=str(path),
            remedy=f"chmod 600 {path}; if others could read it, replace it",
        )
    return data


def put(path: Path, data: bytes) -> None:
    """Write a file of the station, mode 0600, and the folders it needs; durable on return.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    try:
        SystemDisk().make_folder(path.parent)
        write_file(path, data)
    except OSError as problem:
        raise BadInput(f"cannot be written: {problem.strerror}", where=str(path)) from None


def write_trust(paths: StationPaths, pins: Mapping[str, str]) -> None:
    """Write the keys that the station trusts for parties."""
    rows = [f'[[party]]\ncode = "{code}"\nkey = "{key}"\n' for code, key in sorted(pins.items())]
    put(paths.trust, "\n".join(["# Keys trusted for parties", *rows]).encode())


def _read_table(path: Path, kind: type[Table]) -> Table:
    try:
        table = msgspec.toml.decode(read_small(path), type=kind)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise BadInput(f"cannot be read: {problem}", where=str(path)) from None
    if table.format != 1:
        raise BadInput(f"format {table.format} is not known", where=str(path))
    return table
