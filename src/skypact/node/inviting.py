"""Invites another station, or accepts an invite.

In: a station's folder and files that people carry. Out: the folder with one link more.
Everything is checked before anything is written, and the file that makes a link count is written
last, so a command that was broken off can be given again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from skypact.agreement.signing import (
    SignatureFile,
    pins_from,
    read_signatures,
    signatures_text,
    with_notice_added,
    with_signature,
)
from skypact.exchange.authority import check_authority
from skypact.exchange.cards import Card, OwnStation, card_text, check_replaces, read_card
from skypact.exchange.nats_tokens import (
    credentials_text,
    make_nats_key,
    public_bytes,
    read_user_token,
)
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS
from skypact.node.credentials import partner_token
from skypact.node.invites import Invite, InviteRefused, invite_text, read_invite
from skypact.node.station import HeldLink, read_own, read_seed
from skypact.node.station_files import (
    LinkPaths,
    LinkTable,
    StationPaths,
    put,
    read_link_table,
    read_small,
    read_station_table,
    table_text,
    write_trust,
)
from skypact.node.station_trust import Bond, bond


def invite(
    folder: Path,
    card_file: Path,
    agreement: Sequence[Path],
    now_ns: int,
    *,
    compared: str = "",
    trust: Path | None = None,
) -> tuple[Invite, bytes, Bond]:
    """Let a partner's station dial this one: what its people must carry to it.

    Parameters
    ----------
    folder
        Of the own station.
    card_file
        The partner's card.
    agreement
        All versions of the agreement, signatures beside them.
    now_ns
        Int64 UTC nanoseconds.
    compared
        Fingerprint of the partner's party key, where nothing else vouches for it.
    trust
        File with keys of parties to be trusted from now on.

    Returns
    -------
    tuple
        The invite, its file's bytes, and what the agreement gives.

    Raises
    ------
    BadInput
        By the name of what stands against it; then nothing was written.
    """
    paths, own, pins = _opened(folder, trust)
    if not own.card.leaf_address:
        raise InviteRefused(
            "this station takes no partners on: it has no address",
            where=str(paths.table),
            remedy="Make it with --listen HOST:PORT, or let the partner invite",
        )
    partner = read_card(read_small(card_file), str(card_file))
    _check_partner(own.card, partner, str(card_file))
    public_bytes(partner.nats_user, "user", str(card_file))
    given = bond(agreement, own.card, partner, pins, compared, now_ns)
    link = paths.link(given.agreement, partner.station)
    table = _renewed(link, partner, LinkTable(
        agreement=given.agreement,
        station=partner.station,
        dials=False,
        credentials_end_ns=str(given.credentials_end_ns),
    ))  # fmt: skip
    _keep_agreement(paths, given)
    write_trust(paths, {**pins, **given.pins})
    _put_partner(link, partner)
    # A token from the second in which its predecessor was revoked would be void with it.
    void_ns = max((int(time) for time in table.users_revoked.values()), default=0) + SECOND_NS
    held = HeldLink(link, table, partner, read_seed(link.account, "account"))
    token = partner_token(held, own.card.station, max(now_ns, void_ns))
    put(link.table, table_text(table))
    texts = {name: data.decode() for name, data in given.files.items()}
    made = Invite(given.agreement, partner.station, own.card, token, texts)
    return made, invite_text(made, own), given


def accept(
    folder: Path,
    invite_file: Path,
    now_ns: int,
    *,
    compared: str = "",
    trust: Path | None = None,
) -> tuple[Invite, Bond]:
    """Take an invite: this station dials the one that gave it.

    Raises
    ------
    BadInput
        By the name of what stands against it; then nothing was written.
    """
    paths, own, pins = _opened(folder, trust)
    where = str(invite_file)
    try:
        taken = read_invite(invite_file.read_bytes(), where)
    except OSError as problem:
        raise BadInput(f"cannot be read: {problem.strerror}", where=where) from None
    partner = taken.card
    _check_partner(own.card, partner, where)
    claims = read_user_token(taken.token, where)
    if taken.station != own.card.station or claims.user != own.card.nats_user:
        raise InviteRefused(f"this invite is for {taken.station}, with another key", where=where)
    if not partner.leaf_address or claims.publish != (f"{own.card.station}.>",):
        raise InviteRefused("the invite does not let this station dial", where=where)
    with tempfile.TemporaryDirectory(prefix="skypact-invite-") as place:
        given = bond(_unpacked(taken, Path(place)), own.card, partner, pins, compared, now_ns)
    if given.agreement != taken.agreement:
        raise InviteRefused("the invite's texts are of another agreement", where=where)
    link = paths.link(given.agreement, partner.station)
    ends = min(given.credentials_end_ns, claims.until_ns or given.credentials_end_ns)
    table = _renewed(link, partner, LinkTable(
        agreement=given.agreement,
        station=partner.station,
        dials=True,
        credentials_end_ns=str(ends),
    ))  # fmt: skip
    _keep_agreement(paths, given)
    write_trust(paths, {**pins, **given.pins})
    _put_partner(link, partner)
    user = read_seed(paths.seed("user"), "user")
    put(link.credentials, credentials_text(taken.token, user.seed).encode())
    put(link.table, table_text(table))
    return taken, given


def _opened(folder: Path, trust: Path | None) -> tuple[StationPaths, OwnStation, dict[str, str]]:
    paths = StationPaths(folder)
    own = read_own(paths, read_station_table(paths))
    pins = pins_from(paths.trust)
    more = pins_from(trust) if trust else {}
    for code, key in more.items():
        if pins.setdefault(code, key) != key:
            raise BadInput(f"another key is trusted for {code} already", where=str(trust))
    return paths, own, pins


def _check_partner(own: Card, partner: Card, where: str) -> None:
    check_authority(partner.ca_pem.encode(), where)
    if partner.station == own.station or partner.signing_key == own.signing_key:
        raise InviteRefused("a station cannot be linked with itself", where=where)


def _renewed(link: LinkPaths, partner: Card, table: LinkTable) -> LinkTable:
    """The table of a link that is made or made anew; what was revoked stays void."""
    if not link.table.exists():
        return table
    before = read_link_table(link)
    if before.dials != table.dials:
        raise InviteRefused(
            f"the link with {partner.station} is there already, the other way round",
            where=str(link.folder),
            remedy="Revoke it first, and take its folder away",
        )
    check_replaces(partner, read_card(read_small(link.card), str(link.card)), str(link.card))
    return msgspec.structs.replace(table, users_revoked=before.users_revoked)


def _put_partner(link: LinkPaths, partner: Card) -> None:
    put(link.card, card_text(partner))
    put(link.authority, partner.ca_pem.encode())
    if not link.account.exists():
        put(link.account, make_nats_key("account", os.urandom).seed.encode())


def _unpacked(taken: Invite, place: Path) -> list[Path]:
    """The agreement's files in a folder; paths of the texts."""
    for name, text in taken.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    texts = sorted(place.glob("*.toml"))
    found = [path for path in texts if not path.name.endswith(".signatures.toml")]
    if not found:
        raise InviteRefused("the invite brings no agreement", where=taken.agreement)
    return found


def _keep_agreement(paths: StationPaths, given: Bond) -> None:
    """Lay the agreement's files in the station's folder; signatures are added to those there."""
    for name, data in given.files.items():
        path = paths.agreements / name
        if name.endswith(".signatures.toml") and path.exists():
            merged = read_signatures(path)
            new = msgspec.toml.decode(data, type=SignatureFile)
            for row in new.signature:
                merged = with_signature(merged, row)
            for notice in new.notice:
                merged = with_notice_added(merged, notice)
            data = signatures_text(merged).encode()  # noqa: PLW2901 - what is written
        elif path.exists() and path.read_bytes() != data:
            raise InviteRefused(
                "another file of this name is there already",
                where=str(path),
                remedy="Compare the two; give an amendment a name of its own",
            )
        put(path, data)
