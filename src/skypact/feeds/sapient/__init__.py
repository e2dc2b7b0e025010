"""SAPIENT (BSI Flex 335 v2.0): sensor nodes' detections in, alerts and tasks both ways."""
