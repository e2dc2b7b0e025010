"""Signed and sealed envelopes between stations, over links that fail and may lie.

In: what release lets out, and bytes that claim to come from partners. Out: sealed bytes for the
network, and what partners said, checked, each with its label. A link is a pure machine of bytes,
time and a disk; NATS carries the bytes and is imported by ``exchange.nats_*`` only.
"""
