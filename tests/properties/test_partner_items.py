"""Whatever a partner's durable item holds, the node goes on and its own things stay as they are."""

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from audit_logs import KEY
from failing_disk import FailingDisk
from gateways_in_process import own_station
from pacts_made_up import NOW, label, pact, state_of
from skypact.model.exchange import DurableItem, ReceivedItem
from skypact.model.time import SECOND_NS
from skypact.node.audit_exchange import LinkAudit
from skypact.node.gateway_items import ItemsIn, text_body
from skypact.node.reports import Body, ReportBook

WEST = own_station("WE", "WE").card
REPORT = msgspec.json.encode(
    Body(station="WE", party="WE", text="Two.", made_ns=NOW, from_ns=NOW, until_ns=NOW + SECOND_NS)
)
KINDS = ("threat-report", "audit-head", "amendment", "order", "identity", "alert", "sensors")
DISK = FailingDisk()
STATE, LOG = state_of(pact(), disk=DISK)
ITEMS = ItemsIn(STATE, LOG, ReportBook(DISK, Path("/reports")))
AUDIT = LinkAudit(DISK, Path("/link/heads.json"), LOG, KEY.public_key(), "WE")


def damaged(sound: bytes):
    """A sound body with some bytes changed, cut out or put in."""
    places = st.integers(0, len(sound) - 1)
    return st.builds(
        lambda at, gone, new: sound[:at] + new + sound[at + gone :],
        places,
        st.integers(0, 4),
        st.binary(max_size=4),
    )


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
bodies = st.one_of(
    st.binary(max_size=200),
    values.map(msgspec.msgpack.encode),
    values.map(msgspec.json.encode),
    damaged(REPORT),
    damaged(text_body(pact())),
    damaged(AUDIT.body(NOW)),
)


@given(st.sampled_from(KINDS), st.binary(max_size=20), bodies)
def test_any_item_is_used_or_refused_and_never_stops_the_node(
    kind: str, name: bytes, body: bytes
) -> None:
    item = DurableItem(kind, name, label(by="WE"), body, NOW)  # type: ignore[arg-type]
    assert ITEMS.take(ReceivedItem("WE", "east-west", 1, item, NOW), WEST, AUDIT, NOW)
    assert [one.document for one in STATE.in_force()] == [pact()]
    assert set(STATE.store.chains) == {"east-west"}
    for stored in ITEMS.book.holding(NOW, frozenset()):
        assert stored.body.station == "WE"
