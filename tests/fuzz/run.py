"""Coverage-guided fuzzing: ``python tests/fuzz/run.py [NAME ...] [--seconds N] [--runs N]``.

Each target runs in a process of its own under atheris, its kernels compiled with checks of
every index (so that no read outside an array goes unseen), its seeds from ``seeds.py``. What
breaks a target is kept under ``cases/NAME`` and replayed by ``test_fuzz_cases.py`` ever after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from skypact.kernels.__main__ import module_names

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
CASES = HERE / "cases"
LONGEST_BYTES = 1472
"""A datagram on Ethernet; files and envelopes are longer, framings have a GPS card's header."""

FRAMING_BYTES = 4096


def main() -> int:
    """Fuzz the targets that were named, all unless any is; 1 if one broke."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz/run.py", description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; all of them unless named")
    parser.add_argument("--seconds", type=int, default=0, help="for all targets together")
    parser.add_argument("--runs", type=int, default=0, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=1, help="of libFuzzer's dice")
    parser.add_argument("--corpus", type=Path, help="folder that keeps what was found interesting")
    parser.add_argument("--list", action="store_true", help="names of the targets")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        fuzz(asked.names[0], asked.corpus, asked.runs, asked.seconds, asked.seed)
    from fuzz.targets import TARGETS  # noqa: PLC0415  (a child imports it under instruments)

    unknown = set(asked.names) - set(TARGETS)
    if unknown:
        parser.error(f"no target {sorted(unknown)}; there are {', '.join(TARGETS)}")
    if asked.list:
        sys.stdout.write("\n".join([*TARGETS, ""]))
        return 0
    names = asked.names or list(TARGETS)
    seconds = max(1, asked.seconds // len(names)) if asked.seconds else 0
    broken = [name for name in names if not run(name, asked, seconds)]
    if broken:
        sys.stderr.write(f"fuzz: broke {', '.join(broken)}; see {CASES}\n")
    return int(bool(broken))


def run(name: str, asked: argparse.Namespace, seconds: int) -> bool:
    """Fuzz one target in a process of its own; whether it held."""
    with tempfile.TemporaryDirectory() as place:
        corpus = asked.corpus / name if asked.corpus else Path(place)
        corpus.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, name, "--one", "--corpus", str(corpus)]
        command += ["--runs", str(asked.runs), "--seconds", str(seconds)]
        command += ["--seed", str(asked.seed)]
        start = time.monotonic()
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=False
        )
        spent = time.monotonic() - start
    cases = CASES / name
    if cases.is_dir() and not any(cases.iterdir()):
        cases.rmdir()
    told = done.stderr.splitlines()
    inputs = next((line.split()[1] for line in reversed(told) if line.startswith("Done ")), "?")
    verdict = "held" if done.returncode == 0 else "BROKE"
    sys.stderr.write(f"fuzz: {name} {verdict}, {inputs} inputs in {spent:.0f} s\n")
    if done.returncode:
        said = done.stdout.splitlines()[-40:]
        sys.stderr.write("\n".join([*told[-12:], *said, ""]))
    sys.stderr.flush()
    return done.returncode == 0


def environment() -> dict[str, str]:
    """Kernels that check every index, compiled into a cache of their own."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(cache / "skypact" / "fuzz")}
    return os.environ | checked | {"PYTHONWARNINGS": "error"}


def fuzz(name: str, corpus: Path, runs: int, seconds: int, seed: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris  # noqa: PLC0415  (a development dependency)

    # bytecode that is instrumented cannot be compiled: kernels are imported before
    for kernels in module_names():
        import_module(f"skypact.kernels.{kernels}")
    with atheris.instrument_imports(include=["skypact"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415
    target = TARGETS[name]
    for seed_input in target.seeds:
        target.read(seed_input)  # compiles what it meets, so that no time is counted for that
    for number, content in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(content)
    folder = CASES / name
    folder.mkdir(parents=True, exist_ok=True)
    longest = LONGEST_BYTES if target.timed else FRAMING_BYTES
    arguments = [sys.argv[0], str(corpus), *(str(f) for f in [folder] if any(folder.iterdir()))]
    arguments += [f"-artifact_prefix={folder}/", f"-max_len={longest}", f"-seed={seed}"]
    arguments += ["-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=1"]
    arguments += [f"-runs={runs}"] if runs else []
    arguments += [f"-max_total_time={seconds}"] if seconds else []
    atheris.Setup(arguments, target)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
