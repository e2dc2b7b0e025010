"""One joint picture from a node's own tracks and its partners'.

In: own tracks, partners' track states with their claims, and the time. Out: joint tracks, one
number each. Partners' data is weighed, never trusted: it cannot change or end an own track.
"""

from skypact.picture.joint import JointPicture, PictureRules
from skypact.picture.outlook import JointParts, PartnerPicture
from skypact.picture.partners import Part
from skypact.picture.settings import PictureSettings

__all__ = [
    "JointParts",
    "JointPicture",
    "Part",
    "PartnerPicture",
    "PictureRules",
    "PictureSettings",
]
