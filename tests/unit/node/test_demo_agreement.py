"""The demonstration's node obeys an agreement that really is signed, and by keys of nobody."""

from datetime import date
from pathlib import Path

from skypact.model.time import from_iso
from skypact.node.agreement_opening import open_agreements
from skypact.node.demo import AGREEMENT, example
from skypact.node.demo_agreement import signed_example


def test_the_demonstrations_agreement_is_in_force_and_signed_by_all(tmp_path: Path) -> None:
    settings = signed_example(example("agreements", AGREEMENT), tmp_path, date(2026, 6, 1))
    now_ns = from_iso("2026-06-01T12:00:00")
    live = open_agreements(settings, now_ns)
    live.tick(now_ns)
    (shown,) = live.statuses()
    assert shown.standing == "in-force"
    assert all(party.signature for party in shown.parties)
    assert len(shown.parties) == 2
    assert shown.roles


def test_every_demonstration_has_keys_of_its_own(tmp_path: Path) -> None:
    trusts = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        settings = signed_example(example("agreements", AGREEMENT), folder, date(2026, 6, 1))
        trusts.append(settings.trust.read_text())
    assert trusts[0] != trusts[1]
