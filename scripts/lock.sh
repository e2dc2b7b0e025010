#!/usr/bin/env bash
# Resolve the requirement files anew: pinned by hash, naming no host.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "$@"
}
compile requirements/bootstrap.in -o requirements/bootstrap.txt
compile requirements/node.in -o requirements/node.txt
compile requirements/bench.in -o requirements/bench.txt
compile pyproject.toml -o requirements/runtime.txt
compile pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt
