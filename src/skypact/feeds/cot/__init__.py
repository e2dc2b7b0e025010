"""Cursor on Target: XML events in and out."""

from skypact.feeds.cot.encode import cot_events

__all__ = ["cot_events"]
