#!/usr/bin/env bash
# The browser tests drive Debian's Chromium. Where it cannot be installed they are skipped by name.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh
if command -v "${SKYPACT_CHROMIUM:-chromium}" >/dev/null; then
  exit 0
fi
if ! install_package chromium "the browser tests drive it"; then
  [ "${CI:-}" != true ] || exit 4
  echo "setup: going on without; the browser tests will be skipped" >&2
fi
