#!/usr/bin/env bash
# Build the operator display into src/skypact/console/assets.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node-path.sh
cd console-ui
echo "setup: fetching the display's libraries ($(node --version))" >&2
npm ci --no-audit --no-fund --loglevel=error >&2
echo "setup: building the display" >&2
npm run --silent build >&2
