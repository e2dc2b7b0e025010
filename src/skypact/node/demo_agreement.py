"""The demonstration's agreement: the founding example, signed with keys made for the occasion.

In: the shipped example and an empty folder. Out: settings of a node that obeys it. The keys are
nobody's: they are made here, and the folder goes when the demonstration ends.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from skypact.agreement.reading import read_agreement
from skypact.agreement.signing import (
    public_hex,
    read_signatures,
    sign_document,
    signature_path,
    signatures_text,
    with_signature,
)
from skypact.node.disk import write_whole
from skypact.node.keys import make_key
from skypact.node.settings import AgreementSettings


def signed_example(agreement: Path, folder: Path, day: date) -> AgreementSettings:
    """Copy an agreement with its areas to ``folder`` and sign it for every party."""
    copy = folder / agreement.name
    shutil.copyfile(agreement, copy)
    areas = agreement.parent / "areas"
    if areas.is_dir():
        shutil.copytree(areas, folder / "areas")
    document = read_agreement(copy).document
    trust = []
    signed = read_signatures(signature_path(copy))
    for party in document.party:
        key = make_key(folder / f"{party.code.lower()}.pem")
        signed = with_signature(signed, sign_document(document, party.code, key, day))
        trust.append(f'[[party]]\ncode = "{party.code}"\nkey = "{public_hex(key)}"\n')
    write_whole(signature_path(copy), signatures_text(signed).encode())
    (folder / "trust.toml").write_text("\n".join(trust), encoding="utf-8")
    return AgreementSettings(
        (copy,),
        folder / "trust.toml",
        folder / "agreements",
        folder / "audit",
        folder / "audit.pem",
    )
