"""Whatever net, crashes and losses of power do: items once and in order, and the same picture."""

from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from linked_stations import End, Net, items, offer, states
from skypact.model.exchange import PartnerTracks


@dataclass(frozen=True)
class Event:
    """What happens before the next half second."""

    what: str
    which: str = "left"
    seed: int | None = None


LEFT_CRASHES, RIGHT_CRASHES = Event("crash", "left"), Event("crash", "right")
EVENTS = st.one_of(
    st.builds(Event, st.sampled_from(["post", "offer", "cut", "heal", "nothing"])),
    st.builds(
        Event,
        st.just("crash"),
        st.sampled_from(["left", "right"]),
        st.one_of(st.none(), st.integers(0, 99)),
    ),
)
NETS = st.fixed_dictionaries(
    {
        "loss": st.sampled_from([0.0, 0.1, 0.3]),
        "double": st.sampled_from([0.0, 0.1]),
        "jitter_ns": st.sampled_from([0, 100_000_000, 2_000_000_000]),
        "seed": st.integers(0, 2**16),
    }
)


def picture(came: list[PartnerTracks]) -> dict[int, int]:
    """Numbers and last plots, as one who takes the batches in order knows them."""
    known: dict[int, int] = {}
    for batch in came:
        for number, seen in zip(batch.tracks.track, batch.tracks.last_plot_ns, strict=True):
            known[int(number)] = max(known.get(int(number), 0), int(seen))
        gone = set(batch.ended.tolist())
        if batch.whole is not None:
            gone |= set(known) - set(batch.whole.tolist())
        known = {number: seen for number, seen in known.items() if number not in gone}
    return known


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(  # grants that answer old challenges on both sides: once neither gave way
    {"loss": 0.0, "double": 0.0, "jitter_ns": 2_000_000_000, "seed": 0},
    [Event("post"), Event("post"), RIGHT_CRASHES, LEFT_CRASHES, Event("post"), LEFT_CRASHES],
)
@given(NETS, st.lists(EVENTS, min_size=3, max_size=14))
def test_items_arrive_once_and_in_order_and_pictures_agree_after_all(
    conditions: dict[str, float], events: list[Event]
) -> None:
    net = Net(End("KG", "RU"), End("RU", "KG"), **conditions)  # type: ignore[arg-type]
    posted, rounds = 0, 0
    shown = states(8, net.now_ns)
    effects: dict[bytes, None] = {}

    def take_effect() -> None:
        for one in net.right.items:
            effects.setdefault(one.item.id)

    for event in events:
        if event.what == "post":
            net.left.link.post(items(7, start=posted), net.now_ns)
            posted += 7
        elif event.what == "offer":
            rounds += 1
            shown = states(8 - rounds % 4, net.now_ns, first=1 + rounds % 3)
            net.left.link.offer_round([offer(shown)])
        elif event.what in ("cut", "heal"):
            net.cut = event.what == "cut"
        elif event.what == "crash":
            take_effect()
            end = getattr(net, event.which)
            end.disk = end.disk.survivor(event.seed)
            end.start()
            if end is net.right:
                net.right.tracks.clear()
        net.run(0.5)
    net.cut, net.loss, net.jitter_ns = False, 0.0, 0
    net.run(3)
    before = len(net.right.tracks)
    for _ in range(13):
        net.left.link.offer_round([offer(shown)])
        net.run(1)
    take_effect()
    assert list(effects) == [item.id for item in items(posted)]
    status = net.left.link.status(net.now_ns)
    assert (status.waiting, status.state) == (0, "live")
    expected = dict(zip(shown.track.tolist(), shown.last_plot_ns.tolist(), strict=True))
    assert picture(net.right.tracks[before:]) == expected
    assert picture(net.right.tracks).keys() == expected.keys()
    again = np.array([one.number for one in net.right.items])
    assert len(again) >= posted
