"""Benchmarks: what we measured, beside whom, against which bar.

``python -m benchmarks NAME --json`` prints a JSON object a line per figure.
"""
