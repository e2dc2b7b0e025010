"""Invented states with a pact: its rules, what binds them, their tracks and labels."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from agreement_texts import DAY, KEYS, PINS, first_version
from audit_logs import KEY
from failing_disk import FailingDisk
from skypact.agreement.document import Blur, Clause, Document, Party, Release
from skypact.agreement.signing import sign_document
from skypact.agreement.store import AgreementStore
from skypact.audit.log import AuditLog
from skypact.model.labels import Label
from skypact.model.time import from_iso
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node.agreement_state import AgreementState

ENTRY = from_iso("2030-02-01")
NOW = from_iso("2030-03-01T12:00:00")
LAPSED = from_iso("2035-03-01")
SIGNED = datetime.date(2030, 1, 15)


def rule(name: str, verdict: Any = "whole", **words: Any) -> Release:
    """A rule by which everyone's items may go to everyone, unless said otherwise."""
    given = {"originator": ("EA", "WE", "SO"), "to": ("EA", "WE", "SO"), "up_to": "secret"} | words
    return Release(id=name, clause="art-1", verdict=verdict, **given)


def party(code: str) -> Party:
    return Party(code=code, name={"en": code}, signed=SIGNED, ratified=SIGNED)


def pact(*rules: Release, parties: tuple[str, ...] = ("EA", "WE"), **words: Any) -> Document:
    """An agreement of these parties with these rules; see :func:`rule`."""
    given: dict[str, Any] = {
        "classifications": ("open", "official", "secret"),
        "categories": ("AIR",),
        "party": tuple(party(code) for code in parties),
        "blur": (
            Blur(id="coarse", grid_m=20_000.0),
            Blur(id="late", delay_s=60.0, grid_m=20_000.0),
        ),
        "clause": (
            Clause(id="art-1", text={"en": "Five years."}, source="invented"),
            Clause(id="art-2", text={"en": "Reports."}, source="invented"),
        ),
        "release": rules,
    }
    return msgspec.structs.replace(first_version(), **(given | words))


def state_of(
    *documents: Document, now_ns: int = NOW, disk: FailingDisk | None = None, place: str = "/"
) -> tuple[AgreementState, AuditLog]:
    """A node's agreements, fully signed, at a time; with its audit log."""
    disk = FailingDisk() if disk is None else disk
    log = AuditLog(disk, Path(place) / "audit", KEY, now_ns)
    store = AgreementStore(disk, Path(place) / "store", PINS)
    state = AgreementState(store, log, believed_ns=max(now_ns, log.opened_after_ns))
    for document in documents:
        signed = [sign_document(document, one.code, KEYS[one.code], DAY) for one in document.party]
        for item in (document, *signed):
            state.add(item, now_ns, "made up")
    state.advance(now_ns)
    return state, log


def label(*, to: tuple[str, ...] = ("EA", "WE"), by: str = "EA", **words: Any) -> Label:
    """A label of the made-up agreement."""
    given = {"policy": "east-west", "classification": "open", "categories": ()} | words
    return Label(releasable_to=to, originator=by, **given)


def flying(count: int, now_ns: int = NOW, **columns: Any) -> Tracks:
    """Tracks 1 to ``count``, a tenth of a degree apart eastwards from 43 north, 75 east."""
    given: dict[str, Any] = {
        "track": np.arange(1, count + 1),
        "measured_ns": np.full(count, now_ns),
        "latitude_rad": np.full(count, np.radians(43.0)),
        "longitude_rad": np.radians(75.0 + 0.1 * np.arange(count)),
        "altitude_m": np.full(count, 9000.0),
        "pressure_altitude_m": np.full(count, 8900.0),
        "velocity_east_mps": np.full(count, 200.0),
        "velocity_north_mps": np.zeros(count),
        "velocity_up_mps": np.zeros(count),
        "horizontal_sigma_m": np.full(count, 50.0),
        "covariance": np.tile([2500.0, 0, 0, 0, 2500.0, 0, 0, 25.0, 0, 25.0], (count, 1)),
        "confirmed": np.ones(count),
        "coasting": np.zeros(count),
        "last_plot_ns": np.full(count, now_ns),
        "mode_3a": np.arange(count) + 0o1000,
        "mode_s": np.arange(count) + 0x600000,
        "callsign": np.array([b"FLY%d" % n for n in range(count)]),
        "sensors": np.ones((count, 1)),
    } | columns
    return Tracks(
        **{
            name: np.ascontiguousarray(given[name], dtype=dtype)
            for name, dtype in TRACK_COLUMNS.items()
        }
    )
