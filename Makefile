# Two commands matter: `make demo` and `make test`. Each sets up what it needs, once, and says so.
#
#   make demo            two nations and a joint post on this machine, an exercise over Kyrgyzstan,
#                        a console for each in the browser, links to cut and restore
#                        (DEMO_FOR=60 ends it after 60 s, the last line is a JSON object)
#   make test            all checks and all tests
#   make setup           everything for development into .venv
#   make check           ruff, mypy --strict, import-linter, tidy test
#   make fuzz            a million damaged inputs for each parser
#   make sim SEEDS=5000  simulated nations through trouble, a run for each seed
#   make bench           the benchmarks, with peers where they can be had
#   make lock            resolve the requirement files anew

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := setup
BIN := .venv/bin
MADE := .venv/.made
UI := console-ui

.PHONY: demo test test-wholes test-parts test-fuzz setup check bench lock clean peers fuzz sim kernels definitions frontend chromium runtime dev

## What is set up, each with its stamp under .venv/.made
$(MADE)/bootstrap: requirements/bootstrap.txt scripts/bootstrap.sh
	@scripts/bootstrap.sh
	@mkdir -p $(MADE) && touch $@

$(MADE)/runtime: $(MADE)/bootstrap requirements/runtime.txt pyproject.toml
	@echo "setup: installing the libraries Skypact runs on" >&2
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/runtime.txt
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(MADE)/dev: $(MADE)/runtime requirements/dev.txt
	@echo "setup: installing the tools for tests and checks" >&2
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# Both look at digests of their own and end at once when nothing changed.
kernels: $(MADE)/runtime
	@$(BIN)/python -m skypact.kernels

definitions: $(MADE)/runtime
	@$(BIN)/python -m skypact.feeds.asterix.definitions

UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

$(MADE)/frontend: $(MADE)/bootstrap requirements/node.txt scripts/frontend.sh $(UI_SOURCES)
	@scripts/frontend.sh
	@touch $@

frontend: $(MADE)/frontend
runtime: $(MADE)/runtime
dev: $(MADE)/dev

chromium:
	@scripts/chromium.sh

setup: $(MADE)/dev
	@$(MAKE) --no-print-directory -j2 kernels definitions frontend
	@echo "setup: done; try .venv/bin/skypact --help" >&2

demo: $(MADE)/runtime
	@$(MAKE) --no-print-directory -j2 frontend kernels definitions
	@$(BIN)/skypact demo $(if $(DEMO_FOR),--for $(DEMO_FOR)) $(if $(DEMO_PORT),--port $(DEMO_PORT))

check: $(MADE)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/test_tidy.py

test: setup chromium
	@$(MAKE) --no-print-directory check
	@. scripts/node-path.sh && cd $(UI) && npm run --silent check && npm test --silent
	@$(MAKE) --no-print-directory -j2 test-wholes test-parts test-fuzz

# Two at a time, side by side: what joins the parts, the parts alone, damaged input.
WHOLES := tests/simulation tests/browser tests/faults tests/properties

test-wholes:
	$(BIN)/pytest -q --durations=10 $(WHOLES)

test-parts:
	$(BIN)/pytest -q --durations=10 $(addprefix --ignore=,$(WHOLES))

test-fuzz:
	$(BIN)/python tests/fuzz/run.py --runs 1500

# Peers run beside us in an environment of their own; their licences never touch the product.
peers: $(MADE)/bootstrap
	@test -x .venv-bench/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python .venv-bench
	@$(BIN)/uv pip install --python .venv-bench/bin/python --quiet --require-hashes \
	  -r requirements/bench.txt || echo "bench: no peers here; figures come without them" >&2

# A million inputs for each parser, 5 ms of CPU for each (FUZZ="--seconds 60" for less); crashes are kept as cases.
fuzz: $(MADE)/dev
	@$(MAKE) --no-print-directory -j2 kernels definitions
	SKYPACT_FUZZ_LIMIT_S=0.005 $(BIN)/python tests/fuzz/run.py $(or $(FUZZ),--runs 1000000)

sim: $(MADE)/dev
	@$(MAKE) --no-print-directory -j2 kernels definitions
	$(BIN)/python tests/nations_through_trouble.py --seeds $(or $(SEEDS),50)

bench: $(MADE)/dev peers
	@$(MAKE) --no-print-directory -j2 kernels definitions frontend
	@$(BIN)/python -m benchmarks all $(BENCH)

lock: $(MADE)/bootstrap
	@scripts/lock.sh

clean:
	rm -rf .venv .venv-bench $(UI)/node_modules src/skypact/console/assets build dist
	find src -name '__pycache__' -type d -prune -exec rm -rf {} +
