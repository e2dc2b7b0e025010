"""DIS 7: Entity State PDUs in and out."""

from skypact.feeds.dis.encode import entity_states

__all__ = ["entity_states"]
