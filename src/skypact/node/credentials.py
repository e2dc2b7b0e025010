"""Credentials of links that run: how long they may last, and their renewal over the link itself.

In: agreements' chains, a station's folder and its links' edges. Out: new tokens for partners who
dial, sent to them before the old ones end; and a partner's new token in its file. A token is no
secret, and only the account that signed the old one can sign the new one, so nobody between can
renew or extend anything. What has ended is renewed by hand: invite again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from skypact.agreement.amendments import Chain
from skypact.agreement.reckoning import day_at
from skypact.exchange.nats_tokens import (
    UserClaims,
    credentials_text,
    read_user_token,
    token_in,
    user_token,
)
from skypact.model.errors import BadInput
from skypact.node.agreement_state import situation
from skypact.node.station import HeldLink, StationFolder, read_seed
from skypact.node.station_files import put, read_link_table, read_small, table_text


class Edge(Protocol):
    """What is needed of a ``NatsLink``."""

    offered: str

    async def offer(self, token: str) -> None:
        """Send the partner a token."""


def agreed_end_ns(chain: Chain, party: str, now_ns: int) -> int:
    """When credentials that a party is given now must end, int64 UTC nanoseconds; 0: none.

    The end of the term that runs. Once the last day for notice is over and nobody gave any, the
    renewal is certain, and the end of the next term counts: a link then outlives the renewal.
    """
    one = situation(chain, now_ns)
    if one is None or one.credentials_end_ns <= now_ns:
        return 0
    end_ns, standing = one.credentials_end_ns, one.standing
    today = day_at(now_ns, one.document.term.time_zone)
    if standing.final or standing.notice_by is None or today <= standing.notice_by:
        return end_ns
    after = situation(chain, end_ns)
    goes_on = after is not None and after.in_force and party in after.standing.bound
    return after.credentials_end_ns if after is not None and goes_on else end_ns


def partner_token(link: HeldLink, own: str, now_ns: int) -> str:
    """A token for the partner of a link that is dialled, until the day its table names."""
    partner = link.partner
    return user_token(
        link.account,
        partner.nats_user,
        f"{partner.station} under {link.table.agreement}",
        now_ns,
        publish=[f"{partner.station}.>"],
        subscribe=[f"{own}.{partner.station}.>"],
        leaf=True,
        until_ns=int(link.table.credentials_end_ns),
    )


async def renew(
    station: StationFolder, edges: Mapping[str, Edge], chains: Mapping[str, Chain], now_ns: int
) -> None:
    """Offer partners who dial their newest tokens, and take those that were offered here.

    Call it every minute or so. Links whose tables change make ``station.changed()`` true.

    Parameters
    ----------
    station
        As opened.
    edges
        The running links' edges by id.
    chains
        Agreements by id, as the node's store holds them.
    now_ns
        Int64 UTC nanoseconds.
    """
    own = station.own.card.station
    for link in station.held:
        edge = edges.get(f"{link.table.agreement}/{link.table.station}")
        if edge is None or link.table.revoked:
            continue
        if link.table.dials:
            token, edge.offered = edge.offered, ""
            if token:
                take_offer(station, link, token)
            continue
        chain = chains.get(link.table.agreement)
        agreed_ns = agreed_end_ns(chain, link.partner.party, now_ns) if chain else 0
        held = extended(link, min(agreed_ns, link.partner.until_ns))
        if int(held.table.credentials_end_ns) > now_ns:
            await edge.offer(partner_token(held, own, now_ns))


def extended(link: HeldLink, end_ns: int) -> HeldLink:
    """The link with a later end of its credentials, written down first; else as it was."""
    table = read_link_table(link.paths)  # what was revoked meanwhile stays so
    if table.revoked or end_ns <= int(table.credentials_end_ns):
        return HeldLink(link.paths, table, link.partner, link.account)
    table = msgspec.structs.replace(table, credentials_end_ns=str(end_ns))
    put(link.paths.table, table_text(table))
    return HeldLink(link.paths, table, link.partner, link.account)


def take_offer(station: StationFolder, link: HeldLink, token: str) -> bool:
    """Put an offered token in the place of one that ends earlier; whether it was taken.

    It must be the same account's, for the same user, and allow the same: else it is left alone.
    """
    where = str(link.paths.credentials)
    try:
        held = read_user_token(token_in(_text(link.paths.credentials), where), where)
        new = read_user_token(token, f"offer of {link.partner.station}")
    except BadInput:
        return False
    if _same(held) != _same(new) or new.until_ns <= held.until_ns:
        return False
    user = read_seed(station.paths.seed("user"), "user")
    put(link.paths.credentials, credentials_text(token, user.seed).encode())
    table = read_link_table(link.paths)
    end = str(new.until_ns)
    put(link.paths.table, table_text(msgspec.structs.replace(table, credentials_end_ns=end)))
    return True


def _same(claims: UserClaims) -> tuple[object, ...]:
    return claims.account, claims.user, claims.publish, claims.subscribe


def _text(path: Path) -> str:
    return read_small(path).decode("ascii", "replace")
