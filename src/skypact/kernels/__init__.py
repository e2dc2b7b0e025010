"""Numba kernels on plain arrays. They import NumPy, Numba and math only.

Each module holds related kernels; ``python -m skypact.kernels`` compiles all of them.
"""
