#!/usr/bin/env bash
# Make .venv with the installer in it. Needs Python 3.11 or newer and nothing else: what Debian
# splits off from Python (python3-venv) is installed here, and said.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  echo "setup: no $python on this machine. Install Python 3.11 or newer." >&2
  exit 4
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "setup: $("$python" --version) is too old. Skypact needs Python 3.11 or newer;" \
    "name one with PYTHON=..." >&2
  exit 4
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
  install_package "python$version-venv" "Debian keeps Python's venv module apart"
fi
if [ ! -x .venv/bin/python ]; then
  echo "setup: creating .venv with $("$python" --version)" >&2
  "$python" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
  -r requirements/bootstrap.txt
