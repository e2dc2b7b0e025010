"""Makes a station: its keys, its authority, its card.

In: codes, addresses and the party's signing key. Out: a folder (``station_files``). The file that
makes it a station is written last, so a command that was broken off can be given again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skypact.agreement.signing import public_hex
from skypact.exchange.authority import ends_ns, make_authority
from skypact.exchange.cards import Card, card_text, make_card
from skypact.exchange.keys import make_sealing_key, make_signing_key, sealing_pem, signing_pem
from skypact.exchange.nats_config import host_and_port
from skypact.exchange.nats_tokens import make_nats_key
from skypact.model.errors import BadInput, UsageError
from skypact.model.exchange import is_station_code
from skypact.node.disk import SystemDisk
from skypact.node.keys import PASSPHRASE, make_key, read_key
from skypact.node.station import renew_certificate
from skypact.node.station_files import StationPaths, StationTable, put, table_text, write_trust

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class NewStation:
    """What ``node init`` is told.

    Parameters
    ----------
    station, party
        Its code, and the party that staffs it.
    listen, address
        Where its server takes partners on, and where they dial; empty: it dials only.
    party_key
        File of the party's signing key; None: ``party.pem`` in the folder, made if not there.
    """

    station: str
    party: str
    listen: str = ""
    address: str = ""
    party_key: Path | None = None


def init_station(
    folder: Path,
    new: NewStation,
    now_ns: int,
    *,
    passphrase: str = "",
    random: Random = os.urandom,
) -> Card:
    """Make a station in a folder; its card lies there for the partners.

    Raises
    ------
    BadInput
        If there is one already, or a key cannot be read.
    UsageError
        If a code or address is none.
    """
    paths = StationPaths(folder)
    table = _station_table(new, paths)
    if paths.table.exists():
        raise BadInput("there is a station already", where=str(folder))
    for place in (folder, folder / "agreements", folder / "links"):
        SystemDisk().make_folder(place)
    path = new.party_key or paths.party_key
    make = new.party_key is None and not path.exists()
    party_key = make_key(path, passphrase) if make else read_key(path, passphrase)
    authority = make_authority(new.station, now_ns)
    lock = os.environ.get(PASSPHRASE, "")
    signing, sealing = make_signing_key(random), make_sealing_key(random)
    audit = make_signing_key(random)
    user = make_nats_key("user", random)
    put(paths.key("signing"), signing_pem(signing, lock))
    put(paths.key("sealing"), sealing_pem(sealing, lock))
    put(paths.key("audit"), signing_pem(audit, lock))
    put(paths.key("authority"), authority.key_pem)
    put(paths.authority, authority.certificate_pem)
    put(paths.seed("operator"), make_nats_key("operator", random).seed.encode())
    put(paths.seed("system"), make_nats_key("account", random).seed.encode())
    put(paths.seed("user"), user.seed.encode())
    renew_certificate(paths, table, now_ns)
    unsigned = Card(
        station=new.station,
        party=new.party,
        signing_key=signing.public_key().public_bytes_raw(),
        sealing_key=sealing.public_bytes(),
        audit_key=audit.public_key().public_bytes_raw(),
        nats_user=user.public,
        ca_pem=authority.certificate_pem.decode(),
        leaf_address=table.address,
        made_ns=now_ns,
        until_ns=ends_ns(authority.certificate_pem, "authority"),
    )
    card = make_card(unsigned, party_key)
    put(paths.card(new.station), card_text(card))
    write_trust(paths, {new.party: public_hex(party_key)})
    put(paths.table, table_text(table))
    return card


def _station_table(new: NewStation, paths: StationPaths) -> StationTable:
    if not is_station_code(new.station):
        raise UsageError(
            f"{new.station!r} is no code of a station",
            remedy="A letter, then letters, digits and '-', in capitals, at most 8",
        )
    address = new.address
    if new.listen and not address:
        host, _ = host_and_port(new.listen, "--listen")
        if host in ("0.0.0.0", "::"):
            raise UsageError("partners cannot dial every address", remedy="Say --address HOST:PORT")
        address = new.listen
    if address:
        host_and_port(address, "--address")
    return StationTable(station=new.station, party=new.party, listen=new.listen, address=address)
