# Everything people, hooks and CI run. `make` alone says what there is.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SOURCES := functions shared localcloud benchmarks demo tests

.DEFAULT_GOAL := help
.PHONY: help install demo test check format package clean lock

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: .venv/installed ## make .venv with what requirements.lock pins

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later found; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## 30 days of about 20 accounts on the local cloud, with a report to look at
	$(BIN)/python -m demo

test: install ## all tests
	$(BIN)/python -m pytest

check: install ## format, lint, types, import contracts and tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

format: install ## put the sources into their form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install ## pin anew what pyproject.toml asks for
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-header --quiet --output-file requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv .venv312 .package .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
