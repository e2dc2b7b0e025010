# Sourced: install one Debian package, saying so; refuse in plain words where that cannot be.

install_package() { # package, why
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      echo "setup: the Debian package $1 is needed ($2). Run: apt-get install $1" >&2
      return 4
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    echo "setup: $1 is needed ($2), and this machine has no apt-get. Install it by hand." >&2
    return 4
  fi
  echo "setup: installing the Debian package $1 ($2)" >&2
  "${as_root[@]}" apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
    --no-install-recommends "$1" >/dev/null
}
