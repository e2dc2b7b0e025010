#!/usr/bin/env bash
# The browser tests drive Debian's Chromium through Playwright. Where what they need cannot be
# installed they are skipped by name.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh
need() { # package, why
  install_package "$1" "$2" && return
  [ "${CI:-}" != true ] || exit 4
  echo "setup: going on without; the browser tests will be skipped" >&2
  exit 0
}

command -v "${SKYPACT_CHROMIUM:-chromium}" >/dev/null || need chromium "the browser tests drive it"
/sbin/ldconfig -p | grep 'libatomic\.so\.1' >/dev/null || need libatomic1 "Playwright's driver is linked to it"
