"""The ASTERIX standard as data: from ``libasterix``'s classes to compact index tables.

In: the generated classes of ``libasterix`` (import name ``asterix``; 27 categories, 68
editions, EUROCONTROL SUR.ET1.ST05.2000-STD parts 1 to 30 by way of asterix-specs). Out: one
:class:`~skypact.feeds.asterix.table.CategoryTable` per category and edition, kept on disk as
JSON, since importing those classes costs seconds. ``python -m skypact.feeds.asterix.definitions``
builds them all ahead; a missing one is built when first asked for.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from skypact.feeds.asterix.table import CategoryTable, table_from_json
from skypact.model.errors import UnknownEdition

SCHEMA = 4
"""Number of the JSON layout; a change of what the compiler writes raises it."""


@functools.cache
def _library_version() -> str:
    """Version of ``libasterix``; asking the package's metadata costs a millisecond."""
    return importlib.metadata.version("libasterix")


def cache_folder() -> Path:
    """Folder of the compiled tables: ``$SKYPACT_CACHE``, else the user's cache folder."""
    return _folder(os.environ.get("SKYPACT_CACHE"), os.environ.get("XDG_CACHE_HOME"))


@functools.cache
def _folder(chosen: str | None, user: str | None) -> Path:
    """The folder by what the environment says; building a path costs as much as a datagram."""
    root = Path(chosen) if chosen else Path(user or Path.home() / ".cache") / "skypact"
    return root / f"asterix-{_library_version()}-{SCHEMA}"


def table(category: int, edition: str | None = None) -> CategoryTable:
    """Index table of one category; the latest edition unless one is named.

    Raises
    ------
    UnknownEdition
        If the standard as we have it defines no such category or edition.
    """
    known = editions().get(category)
    if not known:
        raise UnknownEdition(
            f"ASTERIX category {category:03d} is not defined",
            remedy=f"defined are {', '.join(f'{c:03d}' for c in sorted(editions()))}",
        )
    chosen = known[-1] if edition is None else edition
    if chosen not in known:
        raise UnknownEdition(
            f"ASTERIX category {category:03d} has no edition {chosen}",
            remedy=f"defined are {', '.join(known)}",
        )
    return _load(cache_folder(), category, chosen)


def editions() -> dict[int, tuple[str, ...]]:
    """Editions of every defined category, oldest first."""
    return _editions(cache_folder())


def cached_editions() -> int:
    """Number of editions compiled on this machine already; 0 where none."""
    folder = cache_folder()
    if not (folder / "index.json").exists():
        return 0
    return len(list(folder.glob("cat*.json")))


@functools.cache
def _editions(folder: Path) -> dict[int, tuple[str, ...]]:
    listed = _read(folder, "index.json")["editions"]
    return {int(category): tuple(names) for category, names in listed.items()}


@functools.cache
def _load(folder: Path, category: int, edition: str) -> CategoryTable:
    return table_from_json(_read(folder, _file_name(category, edition)))


def _file_name(category: int, edition: str) -> str:
    return f"cat{category:03d}-{edition}.json"


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / name).read_bytes())
    except (OSError, ValueError):
        content = _compiled()[name]
        _store_all(folder, _compiled())
    return content


@functools.cache
def _compiled() -> dict[str, dict[str, Any]]:
    """All tables by file name; costs the import of ``libasterix``."""
    from skypact.feeds.asterix.compiler import compile_all  # noqa: PLC0415

    tables = compile_all()
    listed: dict[str, list[str]] = {}
    files: dict[str, dict[str, Any]] = {}
    for compiled in tables:
        category, edition = compiled["category"], compiled["edition"]
        listed.setdefault(str(category), []).append(edition)
        files[_file_name(category, edition)] = compiled
    files["index.json"] = {"editions": listed}
    return files


def _store_all(folder: Path, files: dict[str, dict[str, Any]]) -> bool:
    """Write every file whole or not at all; without a writable cache each start compiles."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
            with os.fdopen(handle, "w") as out:
                json.dump(content, out, separators=(",", ":"))
            os.chmod(temporary, 0o644)
            os.replace(temporary, folder / name)
    except OSError:
        return False
    return True


def main() -> None:
    """Build all tables and say so on stderr."""
    folder = cache_folder()
    if (folder / "index.json").exists():
        sys.stderr.write("asterix: definitions compiled already\n")
        return
    sys.stderr.write("asterix: compiling the definitions, once\n")
    sys.stderr.flush()
    files = _compiled()
    if not _store_all(folder, files):
        raise SystemExit(f"asterix: {folder} cannot be written; set SKYPACT_CACHE to one that can")
    sys.stderr.write(f"asterix: {len(files) - 1} editions in {folder}\n")


if __name__ == "__main__":
    main()
