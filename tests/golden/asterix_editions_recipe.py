"""Writes asterix_editions.json: blocks of every category and edition, read by libasterix.

``python tests/golden/asterix_editions_recipe.py`` writes it anew; a change of it is a change of
what the standard is held to say and wants a reason. Each entry holds a data block of random
records and the SHA-256 of what libasterix reads in it: a line for each field, in order, with
record, name and bits.
"""

import hashlib
import json
import random
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
GOLDEN = HERE / "asterix_editions.json"
RECORDS = 4


def oracle() -> ModuleType:
    """The module with the oracle's ways."""
    spec = spec_from_file_location("asterix_oracle", HERE / "asterix_oracle_test.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digest(lines: list[str]) -> str:
    """SHA-256 of the fields that were read."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_by_libasterix(base: Any, ways: ModuleType, record_class: Any, block: bytes) -> list[str]:
    """A line for each field of a block's records."""
    rest = base.Bits.from_bytes(block[3:])
    lines = []
    for number in range(RECORDS):
        record, rest = record_class.parse(base.ParsingMode.StrictParsing, rest)
        fields: dict[str, list[int]] = {}
        for key, item in record.items_regular.items():
            for name, bits, _ in ways.leaves(base, f"I{block[0]:03d}/{key}", item):
                fields.setdefault(name, []).append(bits)
        lines += [f"{number} {name} {fields[name]}" for name in sorted(fields)]
    return lines


def main() -> None:
    """Write the golden file."""
    base, generated = import_module("asterix.base"), import_module("asterix.generated")
    ways = oracle()
    entries = []
    for category, versions in sorted(generated.manifest["CATS"].items()):
        for spec in versions:
            edition = ".".join(map(str, spec.cv_edition))
            dice = random.Random(f"{category} {edition}")
            uap = spec.cv_uap
            single = issubclass(uap, base.UapSingle)
            if not single:
                continue  # CAT001 and CAT007 lay out their records by what they say
            block = ways.random_block(base, spec, dice, RECORDS)
            lines = read_by_libasterix(base, ways, uap.cv_record, block)
            entries.append(
                {
                    "category": category,
                    "edition": edition,
                    "block": block.hex(),
                    "fields": len(lines),
                    "sha256": digest(lines),
                }
            )
    GOLDEN.write_text(json.dumps(entries, indent=0) + "\n")
    sys.stderr.write(f"{len(entries)} editions in {GOLDEN}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
