"""``skypact node``: make a station, invite a partner's, accept, show, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skypact.cli.keys import Passphrase, passphrase_for
from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say, table

app = typer.Typer(
    help="A node as a station of an exchange: its keys, and links with partners.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(help="the station's FOLDER", metavar="FOLDER")]
Compared = Annotated[
    str,
    typer.Option(
        "--fingerprint",
        help="Fingerprint of the partner's party key, as you compared it with them; needed where"
        " neither the trust file nor a text that your party signed names the key.",
        metavar="HEX",
    ),
]
Trust = Annotated[
    Path | None,
    typer.Option("--trust", help="TRUST.toml with keys of parties", metavar="TRUST.toml"),
]


@app.callback()
def _group() -> None:
    """A node as a station of an exchange: its keys, and links with partners."""


@app.command("init")
def init(
    folder: Folder,
    party: Annotated[str, typer.Option("--party", help="Code of the party that staffs it.")],
    station: Annotated[
        str,
        typer.Option("--station", help="Code of the station; without it, the party's code."),
    ] = "",
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            help="Where partners are taken on; without it, the station dials its partners.",
            metavar="HOST:PORT",
        ),
    ] = "",
    address: Annotated[
        str,
        typer.Option(
            "--address",
            help="Where partners dial, if it is not what --listen says.",
            metavar="HOST:PORT",
        ),
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            help="The party's signing key; without it, party.pem in FOLDER, made if not there.",
            metavar="KEY.pem",
        ),
    ] = None,
    passphrase: Passphrase = False,
    *,
    json_out: JsonOut = False,
) -> None:
    """Make a station: its keys, its certificate authority, and its card to give to partners.

    Example: skypact node init --party KG --listen 192.0.2.10:7422 kg
    """
    from skypact.exchange.keys import fingerprint
    from skypact.node.clock import SystemClock
    from skypact.node.new_station import NewStation, init_station

    new = NewStation(station or party, party, listen, address, key)
    word = passphrase_for(passphrase, confirm=key is None)
    card = init_station(folder, new, SystemClock().now_ns(), passphrase=word)
    path = folder / f"{card.station}.card"
    party_key = fingerprint(card.party_key)
    if json_out:
        emit({"card": str(path), "party_key": card.party_key.hex(), "fingerprint": party_key})
        return
    say(f"station {card.station} of {card.party} in {folder}")
    say(f"give {path} to your partners")
    say(f"fingerprint of {card.party}'s key, to compare in person: {party_key}")


@app.command("invite")
def invite(
    card: Annotated[Path, typer.Argument(help="the partner's card", metavar="PARTNER.card")],
    folder: Folder,
    agreement: Annotated[
        list[Path],
        typer.Option(
            "--agreement",
            help="AGREEMENT.toml, signatures beside it; again for each version",
            metavar="FILE.toml",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Default: STATION.invite", metavar="FILE.invite"),
    ] = None,
    compared: Compared = "",
    trust: Trust = None,
    *,
    json_out: JsonOut = False,
) -> None:
    """Let a partner's station dial this one: write the invite that its people carry to it.

    Example: skypact node invite RU.card kg --agreement ru-kg-2022.toml -o ru.invite
    """
    from skypact.node import inviting
    from skypact.node.clock import SystemClock
    from skypact.node.disk import write_whole

    now_ns = SystemClock().now_ns()
    made, text, given = inviting.invite(
        folder, card, agreement, now_ns, compared=compared, trust=trust
    )
    path = out or Path(f"{made.station.lower()}.invite")
    write_whole(path, text)
    _tell(folder, now_ns)
    _said(made.station, given.agreement, given.credentials_end_ns, str(path), json_out)


@app.command("accept")
def accept(
    file: Annotated[Path, typer.Argument(help="as it was carried here", metavar="FILE.invite")],
    folder: Folder,
    compared: Compared = "",
    trust: Trust = None,
    *,
    json_out: JsonOut = False,
) -> None:
    """Accept an invite: this station dials the one that gave it.

    Example: skypact node accept ru.invite ru
    """
    from skypact.node import inviting
    from skypact.node.clock import SystemClock

    now_ns = SystemClock().now_ns()
    taken, given = inviting.accept(folder, file, now_ns, compared=compared, trust=trust)
    _tell(folder, now_ns)
    _said(taken.card.station, given.agreement, given.credentials_end_ns, "", json_out)


@app.command("show")
def show(folder: Folder, *, json_out: JsonOut = False) -> None:
    """Show a station: its card, its links, and when what ends.

    Example: skypact node show kg
    """
    from skypact.exchange.keys import fingerprint
    from skypact.model.time import to_iso
    from skypact.node.clock import SystemClock
    from skypact.node.station import open_station

    station = open_station(folder, SystemClock().now_ns())
    card = station.own.card
    rows: list[dict[str, Any]] = [
        {
            "agreement": link.table.agreement,
            "station": link.partner.station,
            "party": link.partner.party,
            "way": f"dials {link.partner.leaf_address}" if link.table.dials else "is dialled",
            "credentials_end": to_iso(int(link.table.credentials_end_ns)),
            "card_ends": to_iso(link.partner.until_ns),
            "fingerprint": link.partner.fingerprint,
            "revoked": link.table.revoked,
        }
        for link in station.held
    ]
    if json_out:
        emit(
            {
                "station": card.station,
                "party": card.party,
                "listen": station.table.listen,
                "address": card.leaf_address,
                "card_ends": to_iso(card.until_ns),
                "fingerprint": card.fingerprint,
                "party_key": card.party_key.hex(),
                "party_fingerprint": fingerprint(card.party_key),
                "links": rows,
            }
        )
        return
    say(f"station {card.station} of {card.party}, {card.leaf_address or 'dials only'}")
    say(f"card {card.fingerprint}, until {to_iso(card.until_ns)[:10]}")
    say(f"party key {fingerprint(card.party_key)}")
    shown = [
        [
            f"{row['agreement']}/{row['station']}",
            row["way"],
            "revoked" if row["revoked"] else row["credentials_end"][:10],
        ]
        for row in rows
    ]
    table("Links", ["link", "way", "credentials end"], shown)


@app.command("revoke")
def revoke(
    station: Annotated[str, typer.Argument(help="code of the partner's STATION")],
    folder: Folder,
    agreement: Annotated[
        str, typer.Option("--agreement", help="Id of one agreement; without it, all links.")
    ] = "",
    *,
    json_out: JsonOut = False,
) -> None:
    """End the links with a partner's station, at once where this station's node runs.

    Example: skypact node revoke RU kg
    """
    from skypact.node.clock import SystemClock
    from skypact.node.revoking import revoke as end

    now_ns = SystemClock().now_ns()
    ended = end(folder, station, now_ns, agreement)
    told = _tell(folder, now_ns)
    if json_out:
        emit({"revoked": list(ended), "running_server_told": told})
        return
    for link in ended:
        say(f"revoked: {link}")
    say("the running server has cut them off" if told else "no node of this station runs now")


def _tell(folder: Path, now_ns: int) -> bool:
    """Make a running server obey the folder; whether one runs."""
    import asyncio

    from skypact.node.revoking import tell_server

    return asyncio.run(tell_server(folder, now_ns))


def _said(station: str, agreement: str, end_ns: int, path: str, json_out: bool) -> None:
    from skypact.model.time import to_iso

    end = to_iso(end_ns)
    if json_out:
        fields = {"station": station, "agreement": agreement, "credentials_end": end}
        emit(fields | ({"invite": path} if path else {}))
        return
    say(f"link with {station} under {agreement}, credentials until {end[:10]}")
    if path:
        say(f"carry {path} to {station}, whose people run: skypact node accept {path} FOLDER")
