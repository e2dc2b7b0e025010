"""Opens a station's folder: its keys, its links, and what its server is run with.

In: a folder that ``skypact node init`` made. Out: a :class:`StationFolder`. The NATS side is made
anew at each opening from the station's seeds: accounts' tokens, own clients' users and the plan
of the configuration; nothing of it is written by hand or kept longer than needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from skypact.exchange.authority import (
    DAY_NS,
    ends_ns,
    hosts_of,
    issue_certificate,
    read_authority,
)
from skypact.exchange.cards import Card, OwnStation, read_card
from skypact.exchange.keys import sealing_from_pem, signing_from_pem
from skypact.exchange.nats_config import LeafRemote, ServerPlan, host_and_port
from skypact.exchange.nats_link import LinkEnds
from skypact.exchange.nats_process import ServerSetup
from skypact.exchange.nats_tokens import (
    NatsKey,
    Role,
    account_token,
    credentials_text,
    make_nats_key,
    operator_token,
    read_nats_key,
    user_token,
)
from skypact.model.errors import BadInput
from skypact.node.keys import PASSPHRASE
from skypact.node.settings import AgreementSettings
from skypact.node.station_files import (
    LinkPaths,
    LinkTable,
    StationPaths,
    StationTable,
    put,
    read_link_table,
    read_private,
    read_small,
    read_station_table,
)

RENEWED_BEFORE_NS = 90 * DAY_NS
"""A certificate that ends sooner is made anew at the next opening."""
OWN_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class LinkSetup:
    """One link: with which partner, under what, over which way.

    Parameters
    ----------
    agreement
        Id of the agreement.
    partner
        The partner's card.
    dials
        Whether this side dials.
    ends
        What ``NatsLink`` is made with.
    traffic
        Folder of the link's outbox and inbox.
    credentials_end_ns
        When the credentials for the link end, int64 UTC nanoseconds.
    """

    agreement: str
    partner: Card
    dials: bool
    ends: LinkEnds
    traffic: Path
    credentials_end_ns: int

    @property
    def id(self) -> str:
        """``AGREEMENT/STATION``."""
        return f"{self.agreement}/{self.partner.station}"


@dataclass(frozen=True, slots=True)
class HeldLink:
    """A link as its folder holds it, also a revoked one."""

    paths: LinkPaths
    table: LinkTable
    partner: Card
    account: NatsKey

    def token(self, operator: NatsKey, made_ns: int) -> str:
        """The account's token: the same until a user is revoked, so a reload changes nothing."""
        revoked = {user: int(time) for user, time in self.table.users_revoked.items()}
        name = f"{self.table.agreement} {self.table.station}"
        made_ns = max([made_ns, *revoked.values()])
        return account_token(operator, self.account.public, name, made_ns, revoked=revoked)


@dataclass(frozen=True, slots=True)
class StationFolder:
    """A station, opened.

    Parameters
    ----------
    own
        Its card and the private halves of its keys.
    links
        Its links that are not revoked, by agreement and partner.
    server
        What ``NatsServer`` is made with.
    held
        All its links, as they lie in the folder.
    stamp
        Changes when the folder does: see :meth:`changed`.
    renew_ns
        When the server's certificate should be made anew: open the folder again, reload.
    """

    paths: StationPaths
    table: StationTable
    own: OwnStation
    links: tuple[LinkSetup, ...]
    server: ServerSetup
    held: tuple[HeldLink, ...] = field(repr=False)
    stamp: tuple[tuple[str, int], ...] = field(repr=False)
    renew_ns: int

    @property
    def agreements(self) -> AgreementSettings:
        """Where the station's agreements and audit log lie, for ``open_agreements``."""
        return agreement_settings(self.paths)

    @property
    def quarantine(self) -> Path:
        """Folder for refused envelopes."""
        return self.paths.folder / "quarantine"

    def changed(self) -> bool:
        """Whether a link was added, renewed or revoked since: open it again, reload the server."""
        return _stamp(self.paths) != self.stamp


def open_station(
    folder: Path, now_ns: int, random: Callable[[int], bytes] = os.urandom
) -> StationFolder:
    """Open a station's folder; a server's certificate that ends soon is made anew.

    Parameters
    ----------
    folder
        As ``skypact node init`` made it.
    now_ns
        Int64 UTC nanoseconds.
    random
        Gives so many bytes that nobody can guess.

    Raises
    ------
    BadInput
        If something in it is missing, damaged, or open to other accounts.
    """
    paths = StationPaths(folder)
    table = read_station_table(paths)
    stamp = _stamp(paths)
    own = read_own(paths, table)
    held = tuple(read_link(paths, one) for one in paths.links())
    renew_certificate(paths, table, now_ns)
    active = [one for one in held if not one.table.revoked]
    links = tuple(_link_setup(one, table.station, now_ns, random) for one in active)
    server = _server_setup(paths, own.card, held, now_ns, random)
    renew_ns = ends_ns(read_small(paths.certificate), "certificate") - RENEWED_BEFORE_NS
    return StationFolder(paths, table, own, links, server, held, stamp, renew_ns)


def read_own(paths: StationPaths, table: StationTable) -> OwnStation:
    """The station's card and keys.

    Raises
    ------
    BadInput
        If they are missing, damaged or do not belong together.
    """
    where = paths.card(table.station)
    passphrase = os.environ.get(PASSPHRASE, "")
    signing, sealing = paths.key("signing"), paths.key("sealing")
    return OwnStation(
        read_card(read_small(where), str(where)),
        signing_from_pem(read_private(signing), passphrase, str(signing)),
        sealing_from_pem(read_private(sealing), passphrase, str(sealing)),
    )


def read_link(paths: StationPaths, link: LinkPaths) -> HeldLink:
    """One link of the folder.

    Raises
    ------
    BadInput
        If a file of it is missing or damaged.
    """
    table = read_link_table(link)
    card = read_card(read_small(link.card), str(link.card))
    named = paths.link(table.agreement, table.station).folder
    if named != link.folder or card.station != table.station:
        raise BadInput("a link's files do not belong together", where=str(link.folder))
    return HeldLink(link, table, card, read_seed(link.account, "account"))


def read_seed(path: Path, role: Role) -> NatsKey:
    """A NATS key of the folder.

    Raises
    ------
    BadInput
        If it is missing, none, or open to other accounts.
    """
    return read_nats_key(read_private(path).decode("ascii", "replace"), role, str(path))


def agreement_settings(paths: StationPaths) -> AgreementSettings:
    """Where a station's agreements and audit log lie."""
    texts = sorted(paths.agreements.glob("*.toml"))
    return AgreementSettings(
        tuple(path for path in texts if not path.name.endswith(".signatures.toml")),
        paths.trust,
        paths.folder / "store",
        paths.folder / "audit",
        paths.key("audit"),
    )


def renew_certificate(paths: StationPaths, table: StationTable, now_ns: int) -> bool:
    """Make the server's certificate anew where it ends soon or its hosts changed; whether it did.

    Partners pin the authority, so they need not know. A running server takes it at a reload.

    Raises
    ------
    BadInput
        If the authority's files are missing or damaged.
    """
    hosts = [*OWN_HOSTS]
    for address in (table.listen, table.address):
        host = host_and_port(address, str(paths.table))[0] if address else ""
        if host not in ("", "0.0.0.0", "::", *hosts):
            hosts.append(host)
    where = str(paths.certificate)
    if paths.certificate.exists() and paths.key("server").exists():
        pem = read_small(paths.certificate)
        if set(hosts_of(pem, where)) == set(hosts) and ends_ns(pem, where) > (
            now_ns + RENEWED_BEFORE_NS
        ):
            return False
    authority = read_authority(
        read_small(paths.authority), read_private(paths.key("authority")), str(paths.authority)
    )
    certificate, key = issue_certificate(authority, table.station, hosts, now_ns)
    put(paths.key("server"), key)
    put(paths.certificate, certificate)
    return True


def _link_setup(held: HeldLink, own: str, now_ns: int, random: Callable[[int], bytes]) -> LinkSetup:
    partner = held.partner.station
    user = make_nats_key("user", random)
    token = user_token(
        held.account,
        user.public,
        f"{own} itself",
        now_ns,
        publish=[f"{own}.{partner}.>"],
        subscribe=[f"{partner}.{own}.>"],
    )
    dials = held.partner.leaf_address if held.table.dials else ""
    ends = LinkEnds(own, partner, held.account.public, credentials_text(token, user.seed), dials)
    return LinkSetup(
        held.table.agreement,
        held.partner,
        held.table.dials,
        ends,
        held.paths.traffic,
        int(held.table.credentials_end_ns),
    )


def _server_setup(
    paths: StationPaths,
    card: Card,
    held: tuple[HeldLink, ...],
    now_ns: int,
    random: Callable[[int], bytes],
) -> ServerSetup:
    operator = read_seed(paths.seed("operator"), "operator")
    system = read_seed(paths.seed("system"), "account")
    table = read_station_table(paths)
    active = [one for one in held if not one.table.revoked]
    accounts = {one.account.public: one.token(operator, card.made_ns) for one in held}
    accounts[system.public] = account_token(
        operator, system.public, "SYS", card.made_ns, system=True
    )
    remotes = tuple(
        LeafRemote(
            one.account.public,
            one.partner.leaf_address,
            one.paths.credentials.resolve(),
            one.paths.authority.resolve(),
        )
        for one in active
        if one.table.dials
    )
    user = make_nats_key("user", random)
    token = user_token(system, user.public, "node", now_ns)
    # The own authority stands in the bundle for when nobody has been invited: it may not be empty.
    bundle = paths.nats / "partner-authorities.pem"
    known = {one.partner.ca_pem for one in active if not one.table.dials}
    put(bundle, "".join([read_small(paths.authority).decode(), *sorted(known)]).encode())
    folder = paths.nats.resolve()
    plan = ServerPlan(
        name=table.station,
        # Made as of the card's day: a running server takes no other token of its operator.
        operator=operator_token(operator, table.station, system.public, card.made_ns),
        system_account=system.public,
        accounts=accounts,
        listen=table.listen,
        remotes=remotes,
        certificate=paths.certificate.resolve(),
        key=paths.key("server").resolve(),
        own_authority=paths.authority.resolve(),
        partner_authorities=bundle.resolve(),
        tokens=folder / "tokens",
        log=folder / "server.log",
    )
    return ServerSetup(plan, folder, credentials_text(token, user.seed))


def _stamp(paths: StationPaths) -> tuple[tuple[str, int], ...]:
    """Names and times of the files that say which links there are."""
    files = [paths.table, *(one.table for one in paths.links())]
    return tuple((str(path), path.stat().st_mtime_ns) for path in files if path.exists())
