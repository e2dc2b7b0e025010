"""Ends a link by hand, and makes the running server obey at once.

In: a station's folder and a partner's code. Out: the folder with the link revoked: its user's
tokens are void for ever, whoever holds them.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from skypact.exchange.cards import read_card
from skypact.exchange.nats_server import NatsServer
from skypact.model.errors import BadInput
from skypact.node.station import open_station
from skypact.node.station_files import (
    StationPaths,
    put,
    read_link_table,
    read_small,
    table_text,
)


def revoke(folder: Path, station: str, now_ns: int, agreement: str = "") -> tuple[str, ...]:
    """End the links with a partner's station; ids of those ended.

    Tell the running server with :func:`tell_server`: only then is the partner cut off.

    Raises
    ------
    BadInput
        If there is no such link.
    """
    paths = StationPaths(folder)
    ended = []
    for link in paths.links():
        table = read_link_table(link)
        if table.station != station or agreement not in ("", table.agreement):
            continue
        card = read_card(read_small(link.card), str(link.card))
        void = table.users_revoked if table.dials else {
            **table.users_revoked, card.nats_user: str(now_ns)
        }  # fmt: skip
        put(
            link.table,
            table_text(msgspec.structs.replace(table, revoked=True, users_revoked=void)),
        )
        ended.append(f"{table.agreement}/{table.station}")
    if not ended:
        raise BadInput(f"there is no link with {station}", where=str(folder))
    return tuple(ended)


async def tell_server(folder: Path, now_ns: int) -> bool:
    """Make the station's running server obey its folder; False if none runs.

    Raises
    ------
    ServerRefused
        If it runs and does not take what changed.
    """
    station = open_station(folder, now_ns)
    server = NatsServer(station.server)
    if not await server.join_running():
        return False
    try:
        for link in station.held:
            account = link.account.public
            await server.push_account(account, station.server.plan.accounts[account])
        await server.reload(station.server.plan)
    finally:
        await server.leave()
    return True
