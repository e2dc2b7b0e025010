"""The node's agreements at ``/api/agreements``."""

import asyncio
import json
import urllib.request
from dataclasses import replace
from pathlib import Path

from agreement_texts import PINS, first_version, signatures
from audit_logs import KEY
from failing_disk import FailingDisk
from skypact.agreement.store import AgreementStore
from skypact.audit.log import AuditLog
from skypact.console import Console
from skypact.model.status import NodeStatus
from skypact.model.time import from_iso
from skypact.model.tracks import Tracks
from skypact.node.agreement_state import AgreementState
from skypact.node.agreement_status import agreement_statuses

NO_ASSETS = Path(__file__).parent / "no-such-folder"


def test_agreements_are_served_as_the_node_obeys_them(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    disk, now_ns = FailingDisk(), from_iso("2030-03-01")
    log = AuditLog(disk, Path("/audit"), KEY, now_ns)
    state = AgreementState(AgreementStore(disk, Path("/store"), PINS), log)
    for item in (first_version(), *signatures(first_version())):
        state.add(item, now_ns, "file")
    state.advance(now_ns)
    shown = replace(status, agreements=agreement_statuses(state))

    async def run() -> bytes:
        console = Console(assets=NO_ASSETS)
        async with console.serving() as url:
            console.publish(golden_tracks, shown)

            def ask() -> bytes:
                with urllib.request.urlopen(url + "api/agreements", timeout=5) as response:
                    return bytes(response.read())

            return await asyncio.to_thread(ask)

    answer = json.loads(asyncio.run(run()))
    assert answer["sequence"] == 1
    (row,) = answer["agreements"]
    assert (row["id"], row["standing"]) == ("east-west", "in-force")
    assert [party["signature"] for party in row["parties"]] == [True, True]
