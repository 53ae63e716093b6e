# Two commands are all: `make demo` and `make test`. Both build .venv from the lock by themselves.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
READY := .venv/.ready

.PHONY: demo demo-desktop test torture check bench bench-quick sbom lock clean
.DELETE_ON_ERROR:

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -c "open('$(READY)', 'w').close()"

demo: $(READY)  ## the main job on the built-in sandbox, with real files
	$(BIN)/filed-agent demo

demo-desktop: $(READY)  ## the same with the tray's icon and the status page, on a screen or without
	$(BIN)/python -m tests.cli_demo.desktop

check: $(READY)  ## the fast loop: format, lint, types, layers, fast tests (under a minute)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 agent
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow and not system"

test: $(READY)  ## everything that can be run on this machine
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 agent
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not torture"

torture: $(READY)  ## the long runs; SEEDS=, KILLS=, PAIRS=, CUTS=, POINTS=, FILES=, ... set their length
	TORTURE=1 $(BIN)/pytest -n 3 --dist worksteal --durations 40 -m "torture or deep"

bench: $(READY)  ## figures, with peers in the same run; writes the table of tests/bench/README.md
	$(BIN)/python -m tests.bench --write

bench-quick: $(READY)  ## the same at a tenth, only shown
	$(BIN)/python -m tests.bench --quick

sbom: $(READY)  ## build/sbom.json: what is shipped, with hashes and licences (CycloneDX)
	$(BIN)/python packaging/sbom.py build/sbom.json

lock:  ## renew requirements.lock (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.11 \
	  --extra dev --extra tray pyproject.toml --output-file requirements.lock \
	  --custom-compile-command "make lock"

clean:
	rm -rf .venv build dist
