"""Exercises: truth, the sensors that watch it, and the bytes they would send."""
