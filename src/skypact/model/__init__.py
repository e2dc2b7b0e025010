"""The nouns of Skypact: array schemas, frozen dataclasses, time, limits and errors.

Nothing here computes; every other room imports from here and this room imports no other.
"""
