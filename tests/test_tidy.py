"""Rooms stay small and names stay the field's own: what CONTRIBUTING.md promises, checked."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src").rglob("*.py"))
FUNCTION_LINES = 70
MODULE_LINES = 400
PARAMETERS = 8
METHODS = 15
BANNED = re.compile(r"manager|handler|util|helper|misc|common\b", re.IGNORECASE)


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_a_small_room(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert text.count("\n") <= MODULE_LINES, f"over {MODULE_LINES} lines"
    long = [
        f"{f.name} ({body_lines(f)})" for f in functions(tree) if body_lines(f) > FUNCTION_LINES
    ]
    assert not long, f"functions over {FUNCTION_LINES} lines: {long}"
    if "kernels" not in path.parts:
        wide = [f.name for f in functions(tree) if len(f.args.args) > PARAMETERS]
        assert not wide, f"functions with over {PARAMETERS} positional parameters: {wide}"
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    big = [c.name for c in classes if sum(isinstance(b, ast.FunctionDef) for b in c.body) > METHODS]
    assert not big, f"classes with over {METHODS} methods: {big}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_names_are_the_fields_words(path: Path) -> None:
    tree = ast.parse(path.read_text())
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    names = [n.name for n in ast.walk(tree) if isinstance(n, named)]
    bad = [name for name in [path.stem, *names] if BANNED.search(name)]
    assert not bad, f"say what it is instead: {bad}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "no module docstring"


STAGES = ("feeds", "registration", "tracking", "release", "picture", "identity", "alerts", "orders")
CLOCKS = re.compile(r"time\.time\(|time_ns\(|datetime\.now|utcnow|perf_counter|monotonic\(")


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if any(stage in p.parts for stage in (*STAGES, "kernels", "model"))],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_stage_reads_no_wall_clock_and_writes_no_log(path: Path) -> None:
    text = path.read_text()
    if path.name in ("__main__.py", "compilation.py"):
        return  # building the kernels is an edge, not a stage
    assert not CLOCKS.search(text), "a stage is handed its times"
    assert "import logging" not in text, "a stage returns what it has to say"
    assert not re.search(r"\brandom\.|default_rng", text), "randomness comes in through its seam"


def test_nothing_committed_names_a_registry_host_or_a_path_of_one_machine() -> None:
    hosts = re.compile(r"files\.pythonhosted|registry\.npmjs|pypi\.org/simple|/work/(main|shared)")
    suffixes = {".py", ".toml", ".txt", ".in", ".md", ".json", ".ts", ".svelte", ".yml", ".sh", ""}
    skip = {".git", "node_modules", "dist", "assets", "__pycache__", ".hypothesis"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if any(p in skip or p.startswith(".venv") or p.endswith("_cache") for p in parts):
            continue
        if path == Path(__file__) or not path.is_file() or path.suffix not in suffixes:
            continue
        assert not hosts.search(path.read_text(errors="replace")), path
