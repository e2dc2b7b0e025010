"""Compile every kernel once, with a progress line: ``python -m skypact.kernels``.

Numba keeps compiled code beside the source and notices a change of a kernel's own file only.
So each module has a digest over its own source and that of the kernel modules it imports; a
module whose digest changed is compiled afresh.
"""

import hashlib
import pkgutil
import re
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numba

import skypact.kernels
from skypact.kernels.compilation import compile_module

HERE = Path(__file__).parent
CACHE = HERE / "__pycache__"


def module_names() -> list[str]:
    """Names of the kernel modules, sorted."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(skypact.kernels.__path__)
        if module.name not in ("__main__", "compilation")
    )


def sources(name: str, known: set[str]) -> set[str]:
    """The module and the kernel modules it imports, directly or not."""
    if name in known:
        return known
    known.add(name)
    text = (HERE / f"{name}.py").read_text()
    for module, names in re.findall(
        r"^from skypact\.kernels(?:\.(\w+))? import ([\w, ]*)", text, re.MULTILINE
    ):
        for imported in [module] if module else names.split(","):
            sources(imported.strip(), known)
    return known


def digest_of(name: str) -> str:
    """SHA-256 over a module's sources, the Numba version and the Python version."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for source in sorted(sources(name, set())):
        digest.update(source.encode() + b"\0" + (HERE / f"{source}.py").read_bytes())
    return digest.hexdigest()


def stamp_of(name: str) -> str:
    """The digest a module was last compiled from, empty if never."""
    stamp = CACHE / f"{name}.digest"
    return stamp.read_text() if stamp.exists() else ""


def stale(name: str, digest: str) -> bool:
    """Whether a module was not compiled from these sources; its old code is removed if so."""
    if stamp_of(name) == digest:
        return False
    for old in CACHE.glob(f"{name}.*.nb[ci]"):
        old.unlink(missing_ok=True)
    return True


def size_of(name: str) -> int:
    """Bytes of a module's sources: what is long takes long to compile."""
    return sum((HERE / f"{part}.py").stat().st_size for part in sources(name, set()))


def main() -> None:
    """Compile what is stale and say so."""
    digests = {name: digest_of(name) for name in module_names()}
    # The longest first, so that no core waits for it at the end.
    names = sorted(
        (name for name, digest in digests.items() if stale(name, digest)),
        key=size_of,
        reverse=True,
    )
    if not names:
        print("kernels: compiled already", file=sys.stderr)
        return
    opening = f"kernels: compiling {len(names)} modules, once; {names[0]} takes longest"
    print(opening, file=sys.stderr, flush=True)
    CACHE.mkdir(exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        under_way = [pool.submit(compile_module, name) for name in names]
        for done, finished in enumerate(as_completed(under_way), start=1):
            name, count, seconds = finished.result()
            line = f"kernels: {done}/{len(names)} {name} ({count} kernels, {seconds:.1f} s)"
            print(line, file=sys.stderr, flush=True)
            (CACHE / f"{name}.digest").write_text(digests[name])


if __name__ == "__main__":
    main()
