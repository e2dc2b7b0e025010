"""Alerts: the joint picture, the node's status and the time against rules that are data.

``watch.AlertWatch`` is the room's door. In, once a second: tracks (model.joint, model.tracks),
what is known of them beside (``facts``), the status (model.status) and the time. Out:
:class:`skypact.model.alerts.AlertChanges`.
"""
