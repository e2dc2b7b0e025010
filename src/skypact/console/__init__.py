"""Console: shows a node's picture to operators in their browsers and takes their reports.

In: :class:`~skypact.model.tracks.Tracks` or :class:`~skypact.model.joint.JointTracks`, and
:class:`~skypact.model.status.NodeStatus`, once an output second. Out: HTTP and WebSocket on
loopback; one binary frame a second shared by all browsers (docs/reference/picture-frame.md)
and JSON for everything else.
"""

from skypact.console.frame import PICTURE_VERSION, encode_picture
from skypact.console.server import Console

__all__ = ["PICTURE_VERSION", "Console", "encode_picture"]
