"""What partners tell, apart from the joint picture: their states as they told them, by label.

In: partners' rows after a step. Out: :class:`ToldRows`, for those who pass a partner's own word on
and not what we made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.picture.partners import NEVER_NS, Part, Partner
from skypact.picture.rows import PartnerRows


@dataclass(frozen=True, slots=True)
class ToldRows:
    """Confirmed states that one station told under one label and agreement.

    Parameters
    ----------
    part
        What they are marked with.
    rows
        The states; bits of contributors are those of the picture's stations.
    blurred
        Whether they came blurred.
    """

    part: Part
    rows: PartnerRows
    blurred: bool


def told_apart(partners: Sequence[Partner]) -> list[ToldRows]:
    """All that came over links that are up, partner after partner."""
    found = []
    for partner in partners:
        for rows, blurred in ((partner.rows, False), (partner.blurred, True)):
            sure = rows.take(rows.tracks.confirmed & (partner.lost_at(rows) == NEVER_NS))
            found += [
                ToldRows(partner.parts[label], sure.take(sure.label == label), blurred)
                for label in np.unique(sure.label).tolist()
            ]
    return found
