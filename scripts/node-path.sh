# Sourced: put a Node.js that can build the display first in PATH. The machine's own is taken if
# it is new enough (Vite 8 asks 20.19 or 22.12, and npm 11), else one from PyPI goes into .venv.

node_is_new_enough() {
  command -v node >/dev/null && command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number)
    process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)
  ' && [ "$(npm --version | cut -d. -f1)" -ge 11 ]
}

if ! node_is_new_enough; then
  if [ ! -x .venv/bin/node ]; then
    echo "setup: no Node.js here that is new enough; installing one from PyPI into .venv" >&2
    .venv/bin/uv pip install --python .venv/bin/python --require-hashes -r requirements/node.txt
  fi
  PATH="$PWD/.venv/bin:$PATH"
  export PATH
fi
