"""One station, two agreements: each link has an account, keys and a folder of its own on disk."""

import time
from pathlib import Path

from skypact.node import inviting
from skypact.node.revoking import revoke
from skypact.node.station import open_station
from two_stations import agreement_file, joined_stations


def test_two_agreements_share_no_account_key_or_folder_and_one_ends_alone(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    second = agreement_file(tmp_path, name="sister")
    made = inviting.invite(pair.east, pair.west / "WE.card", [second], time.time_ns())
    (tmp_path / "second.invite").write_bytes(made[1])
    inviting.accept(pair.west, tmp_path / "second.invite", time.time_ns())
    for folder in (pair.east, pair.west):
        station = open_station(folder, time.time_ns())
        assert sorted(link.agreement for link in station.links) == ["east-west", "sister"]
        assert len({held.account.public for held in station.held}) == 2
        assert len({link.traffic for link in station.links}) == 2
        assert len({link.ends.credentials for link in station.links}) == 2
    before = open_station(pair.east, time.time_ns())
    kept = next(held for held in before.held if held.table.agreement == "sister")
    account = before.server.plan.accounts[kept.account.public]
    seed = kept.paths.account.read_bytes()
    assert revoke(pair.east, "WE", time.time_ns(), "east-west") == ("east-west/WE",)
    after = open_station(pair.east, time.time_ns())
    assert [link.id for link in after.links] == ["sister/WE"]
    assert after.server.plan.accounts[kept.account.public] == account
    assert kept.paths.account.read_bytes() == seed
