"""The gateway: the one place where a node's own picture meets its partners.

In: the agreements, the watch's plots and tracks, what came over links, reports of operators.
Out: what leaves by the agreements' rules, link by link; the joint picture; the exchange's part of
the status. It knows no network and no clock: ``exchanging`` carries datagrams, the node tells the
time. A lapse, a cut or a hostile partner changes what is joint, never the node's own tracks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from skypact.agreement.document import Document
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.record import Entry
from skypact.exchange.cards import OwnStation
from skypact.exchange.live import TrackOffer
from skypact.model.disk import Disk
from skypact.model.exchange import DurableItem, DurableKind
from skypact.model.joint import JointTracks
from skypact.model.sensors import SensorTable
from skypact.model.status import NodeStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.audit_exchange import decided
from skypact.node.exchange_settings import ExchangeSettings
from skypact.node.gateway_items import ItemsIn
from skypact.node.gateway_labels import (
    Audience,
    Rules,
    own_tracks_coded,
    seen_whole,
)
from skypact.node.gateway_links import GatewayLink, LinkPlan
from skypact.node.gateway_onward import OnwardTracks
from skypact.node.gateway_onward_reports import OnwardReports
from skypact.node.gateway_picture import GatewayPicture
from skypact.node.gateway_reports import ReportDesk
from skypact.node.gateway_round import OwnRelease
from skypact.node.gateway_terms import blocks_of_all, posts_of_all
from skypact.node.joint import JointTracker
from skypact.node.reports import ReportBook, status_of
from skypact.node.track_numbers import TrackNumbers
from skypact.node.watch import Watch
from skypact.registration import RegistrationSettings

NUMBERS_AHEAD = 100
"""Joint numbers reserved at a time: a block is the station's for the life of the agreement."""

MINUTE_NS = 60 * SECOND_NS
OLDEST_OWN_NS = 3 * SECOND_NS
"""Own states older than this are of a watch that has no tracks any more."""


@dataclass(frozen=True, slots=True)
class NodeSide:
    """What the gateway must know of its node.

    Parameters
    ----------
    sensors
        The node's own.
    exercise
        Whether its data is exercise data.
    settings
        Its part in the exchange.
    registration
        How sensors' errors are learned.
    """

    sensors: SensorTable
    exercise: bool
    settings: ExchangeSettings
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)


@dataclass(frozen=True, slots=True)
class Place:
    """What the gateway has of its machine.

    Parameters
    ----------
    disk, folder
        Where it keeps reports and numbers; links have folders of their own.
    random
        Gives so many bytes that nobody can guess.
    secret
        Of the node, the same for ever: for passing numbers of blurred tracks.
    """

    disk: Disk
    folder: Path
    random: Callable[[int], bytes]
    secret: bytes = field(repr=False)


class Gateway:
    """A node's exchange, without its network.

    Parameters
    ----------
    own
        The node's station.
    plans
        Its links.
    agreements
        What the node obeys.
    side, place
        Of the node.
    """

    def __init__(
        self,
        own: OwnStation,
        plans: Sequence[LinkPlan],
        agreements: LiveAgreements,
        side: NodeSide,
        place: Place,
    ) -> None:
        self.own, self.agreements, self.side = own, agreements, side
        self.station, self.party = own.card.station, own.card.party
        self.links: dict[str, GatewayLink] = {}
        self.rules = Rules(self.party, agreements.state)
        self.release = OwnRelease(
            self.station, side.sensors, side.settings, place.secret, side.exercise
        )
        self._onward_tracks = OnwardTracks(
            self.station, self.party, place.secret, side.exercise, self.release.counts
        )
        self._place = place
        self._book = ReportBook(place.disk, place.folder / "reports")
        self._reports = ReportDesk(
            own.card, self.rules, self.release, self._book, agreements, place.random
        )
        self._onward_reports = OnwardReports(
            self.station, self.party, self.rules, self._book, agreements, side.exercise
        )
        self._items = ItemsIn(agreements.state, agreements.log, self._book)
        joint = None
        if side.settings.use_plots:
            joint = JointTracker(self.station, side.sensors, side.registration)
        documents = [one.document for one in agreements.state.situations.values()]
        numbers = TrackNumbers(place.folder / "joint-numbers", place.disk, NUMBERS_AHEAD)
        blocks, posts = blocks_of_all(documents), posts_of_all(documents)
        self.picture = GatewayPicture(self.station, blocks, numbers, joint, posts)
        self.on_offer: Callable[[], None] = _nothing
        """Called when there is something to be carried, rather than at the next tick."""
        self._minute_ns = -1
        self._instant_ns = 0
        self.take_plans(plans, 0)

    def take_plans(self, plans: Sequence[LinkPlan], now_ns: int) -> list[str]:
        """Take the station's links as they are now; ids of those that are no more."""
        there = {f"{plan.agreement}/{plan.partner.station}": plan for plan in plans}
        gone = [name for name in self.links if name not in there]
        for name in gone:
            link = self.links.pop(name)
            link.revoke(now_ns)
            self.picture.lost(link.partner.station, link.plan.agreement, now_ns)
        place = self._place
        for name, plan in sorted(there.items()):
            known = self.links.get(name)
            if known is not None and known.partner == plan.partner:
                known.plan = plan
                continue
            if known is not None:  # the partner has another card: another link, the same folder
                known.revoke(now_ns)
            log = self.agreements.log
            self.links[name] = GatewayLink(self.own, plan, place.disk, place.random, log)
            self._stand(self.links[name], now_ns)
        return gone

    def advance(self, now_ns: int) -> None:
        """Go on to now: agreements that changed, items that came, and what is due each minute."""
        if self.rules.advance(now_ns):
            documents = [one.document for one in self.agreements.state.situations.values()]
            self.picture.renew(blocks_of_all(documents), posts_of_all(documents))
            for link in self.links.values():
                self._stand(link, now_ns)
        for link in self.links.values():
            link.settle(self._items, now_ns)
        self._onward_reports.advance(self.links.values(), now_ns)
        if self._minute_ns < 0 or now_ns - self._minute_ns >= MINUTE_NS:
            self._minute_ns = now_ns
            self._each_minute(now_ns)

    def _stand(self, link: GatewayLink, now_ns: int) -> None:
        situation = self.rules.situations.get(link.plan.agreement)
        if link.stand(situation, now_ns, exercise=self.side.exercise):
            self.picture.lost(link.partner.station, link.plan.agreement, now_ns)

    def fetch(self, link: GatewayLink, now_ns: int) -> None:
        """Take what a link has for the node."""
        came = link.incoming()
        post = self.rules.has_as_post(link.plan.agreement, link.partner.station)
        for tracks in came.tracks:
            for told in self.picture.tellers.apart(tracks, link.partner.party, post=post):
                self.picture.take_tracks(told)
        for plots in came.plots:
            self.picture.take_plots(plots)
        link.settle(self._items, now_ns)

    def take_plots(self, watch: Watch, now_ns: int) -> None:
        """Send on, and track with partners', the plots that the watch used in its last step."""
        self.picture.track_plots(watch, now_ns)
        audiences = {link.audience for link in self._open() if link.audience is not None}
        offers = self.release.plots(watch.used, self.rules, audiences, now_ns)
        for link in self._open():
            offer = offers.get(link.audience) if link.audience is not None else None
            if offer is not None and link.link is not None:
                plots, label = offer
                link.link.offer_plots(plots, self.side.sensors.sensors, label, now_ns)
                self.on_offer()

    def second(self, own: Tracks, now_ns: int) -> JointTracks:
        """The joint picture of a second, told to every partner as far as it may know it.

        Parameters
        ----------
        own
            The watch's picture.
        now_ns
            The time, int64 UTC nanoseconds.
        """
        own = own.take(own.measured_ns > now_ns - OLDEST_OWN_NS)
        newest_ns = int(own.measured_ns.max()) if len(own) else now_ns // SECOND_NS * SECOND_NS
        self._instant_ns = instant_ns = max(newest_ns, self._instant_ns)
        for link in self._open():
            assert link.link is not None
            if link.link.status(now_ns).state == "lost":
                self.picture.lost(link.partner.station, link.plan.agreement, now_ns)
        picture = self.picture.step(own, instant_ns)
        audiences = {link.audience for link in self._open() if link.audience is not None}
        offers = self.release.tracks(own, self.picture.claims, self.rules, audiences, now_ns)
        told, codes = self.picture.told, self.picture.stations
        for link in self._open():
            if link.link is None or link.audience is None:
                continue
            if self.rules.has_as_post(link.plan.agreement, self.station):
                mine = self._passed_on(link, picture, now_ns)
            else:
                mine = offers.get(link.audience, [])
            link.link.offer_round(
                [*mine, *self._onward_tracks.over(link, told, codes, self.rules, now_ns)]
            )
            self.on_offer()
        return picture

    def _passed_on(self, link: GatewayLink, picture: JointTracks, now_ns: int) -> list[TrackOffer]:
        """What this joint post passes on over a link."""
        agreement, party = link.plan.agreement, link.partner.party
        table = self.rules.tables.get(agreement)
        label, wrong = self.release.label(self.rules, agreement)
        if table is None or wrong:
            return []
        own_may = np.full(len(picture), party == self.party)
        if party != self.party:
            items = own_tracks_coded(
                picture.tracks, label, table, self.side.sensors, exercise=self.side.exercise
            )
            audience = Audience(agreement, (party,))
            own_may = seen_whole(items, table, audience, now_ns, Counter())
        classifications = self.rules.situations[agreement].document.classifications
        return self.picture.passed_on(picture, agreement, party, label, own_may, classifications)

    def _open(self) -> list[GatewayLink]:
        return [link for link in self.links.values() if link.open]

    def write_report(self, fields: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        """Take what an operator wrote: see :meth:`ReportDesk.write`."""
        return self._reports.write(fields, self.links, now_ns)

    def _each_minute(self, now_ns: int) -> None:
        """Record what passed, and tell every partner the log's head and what is newly signed."""
        situations = self.rules.situations
        digests = {name: bytes.fromhex(one.version.digest) for name, one in situations.items()}
        entries: list[Entry] = []
        for link in self.links.values():
            entries += link.minute(digests.get(link.plan.agreement, bytes(32)), now_ns)
        documents: dict[str, tuple[Document, bytes]] = {
            name: (one.document, digests[name]) for name, one in situations.items()
        }
        entries += decided(self.release.counts, documents, now_ns)
        self.release.counts.clear()
        try:
            if entries:
                self.agreements.log.append(entries)
            for link in self._open():
                self._tell(link, now_ns)
        except (AuditFull, AuditStopped, OSError) as problem:
            self.agreements.state.trouble = str(problem)  # what cannot be recorded may not be

    def _tell(self, link: GatewayLink, now_ns: int) -> None:
        agreement = link.plan.agreement
        label, wrong = self.release.label(self.rules, agreement)
        if wrong or link.far_behind(now_ns):
            return
        label = replace(
            label,
            classification=self.rules.situations[agreement].document.classifications[0],
            categories=(),
            releasable_to=tuple(sorted(self.rules.situations[agreement].standing.bound)),
        )

        def item(kind: DurableKind, body: bytes) -> DurableItem:
            return DurableItem(kind, self._place.random(16), label, body, now_ns)

        chain = self.agreements.state.store.chains.get(agreement)
        items = [item("amendment", body) for body in link.texts.news(chain)]
        link.post([*items, item("audit-head", link.audit.body(now_ns))], now_ns)

    def status(self, status: NodeStatus) -> NodeStatus:
        """The status with the exchange's part of it."""
        now_ns = status.now_ns
        pictures = self.picture.statuses()
        partners = []
        for _, link in sorted(self.links.items()):
            station, agreement = link.partner.station, link.plan.agreement
            status_now = link.status(pictures.get(station), self._refused(station), now_ns)
            if not status_now.trouble and agreement in self.rules.situations:
                # the link is well, and yet nothing leaves
                why = self.rules.trouble or self.release.label(self.rules, agreement)[1]
                status_now = replace(status_now, trouble=why)
            partners.append(status_now)
        frozen = frozenset(
            name for name, one in self.agreements.state.situations.items() if one.received_frozen
        )
        reports = tuple(status_of(one) for one in self._book.holding(now_ns, frozen))
        return replace(status, station=self.station, partners=tuple(partners), reports=reports)

    def _refused(self, station: str) -> Counter[str]:
        """A station's items and plots that were not used, by reason."""
        items = self._items.refused.get(station, Counter())
        return items + self.picture.plots_refused(station)

    def close(self) -> None:
        """Let go of all files: the process ends."""
        for link in self.links.values():
            link.close()
        self.picture.close()


def _nothing() -> None:
    """Nobody wants to know."""
