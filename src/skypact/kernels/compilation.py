"""How a kernel is declared, so that all of them can be compiled ahead with a progress line.

``@kernel("void(float64[::1], ...)")`` is called from Python with exactly these array types;
``@inner`` is called from other kernels only, and so is ``@bare``, which makes no arrays.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit
from numba.core import sigutils

P = ParamSpec("P")
R = TypeVar("R")

REGISTRY: list[tuple[Any, str]] = []
"""Compiled-function dispatchers with the signature each is called with, in import order."""


def kernel(signature: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a kernel that Python calls with the types of ``signature`` (Numba notation)."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        dispatcher = njit(cache=True, nogil=True)(function)
        REGISTRY.append((dispatcher, signature))
        return dispatcher

    return declare


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Declare a function that only kernels call; it is compiled with its callers."""
    return njit(cache=True, nogil=True)(function)


def bare(function: Callable[P, R]) -> Callable[P, R]:
    """Declare an inner function that makes no arrays, and so need not count references.

    Counting costs an atomic operation for every row looked at, three quarters of the time of
    the tracker's kernels. Arrays that come in are kept alive by the kernel's caller.
    """
    return njit(cache=True, nogil=True, _nrt=False)(function)


def compile_module(name: str) -> tuple[str, int, float]:
    """Compile one module's kernels into Numba's cache; its name, count and seconds."""
    start = time.perf_counter()
    module = importlib.import_module(f"skypact.kernels.{name}")
    own = [(d, s) for d, s in REGISTRY if d.py_func.__module__ == module.__name__]
    for dispatcher, signature in own:
        # Numba keys its cache by what it is given: a call looks for the tuple of types
        dispatcher.compile(tuple(sigutils.normalize_signature(signature)[0]))
    return name, len(own), time.perf_counter() - start
