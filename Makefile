# Each target works alone on a fresh machine that has make and a Python of at least 3.11.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint bench peers golden audit lock clean
.DEFAULT_GOAL := run

run: $(STAMP)
	$(BIN)/covec synth retail -n 25 --seed 0 -o runs/demo

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/covec fmt --check specs docs/examples cove_dsl/tools/templates

bench: $(STAMP)
	@set -e; for script in $(filter-out %/peers.py,$(wildcard tests/benchmarks/*.py)); do \
	  echo "== $$script"; $(BIN)/python "$$script"; done

# Apart from the others: it needs the package index, and minutes.
peers: $(STAMP)
	$(BIN)/python tests/benchmarks/peers.py

golden: $(STAMP)
	$(BIN)/python -m tests.golden.regenerate

# The audit of the benchmark, from its data: make audit DATA=…
DATA := ../shared/tau2
audit: $(STAMP)
	$(BIN)/python -m tests.audits.regenerate $(DATA)

# Needs uv on the path. The lock holds pins and hashes for every platform, and no index address.
lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock

clean:
	rm -rf $(VENV) build dist

$(STAMP): requirements.lock pyproject.toml
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "make: no Python of at least 3.11 found; name one with PYTHON=…" >&2; exit 1; fi; \
	$$found -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)
