# Everything people, hooks and CI run. `make` alone says what there is.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
FLOWS312 := crash failures fan_out main_job one_or_eight stateful unplugged
TESTS312 := tests/contracts/test_state*.py tests/localcloud/tablestore $(FLOWS312:%=tests/flows/test_%.py)

.DEFAULT_GOAL := help
.PHONY: help install demo test crash load stateful lint check check-312 check-preview format package clean lock

help: ## say what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/installed ## make .venv with what requirements.lock pins

# A virtual environment: $(call environment,INTERPRETER,FOLDER)
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
define environment
	$(1) -m venv --clear $(2)
	$(2)/bin/python $(PIP_INSTALL) --require-hashes -r requirements.lock
	$(2)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(2)/installed
endef

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later found; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(call environment,$(PYTHON),.venv)

.venv312/installed: requirements.lock pyproject.toml
	$(call environment,$(PYTHON312),.venv312)

demo: install ## 30 days of about 20 accounts on the local cloud, with a report to look at
	$(BIN)/python -m demo

test: install ## all tests
	$(BIN)/python -m pytest

crash: install ## disturb the requests of every handler in every way; make crash EVERY=1 takes all, not every third
	$(BIN)/python -m tests.crash --every $(or $(EVERY),3)

load: install ## one hour of a large agency with much trouble at once; make load LOAD_ACCOUNTS=2000
	$(BIN)/python -m tests.load $(if $(LOAD_ACCOUNTS),--accounts $(LOAD_ACCOUNTS))

stateful: install ## try stories that nobody thought of, other ones each time: make stateful EXAMPLES=200 STEPS=30
	STATEFUL_EXAMPLES=$(or $(EXAMPLES),100) STATEFUL_STEPS=$(or $(STEPS),25) \
		$(BIN)/python -m pytest tests/flows/test_stateful.py

check: lint test check-312 check-preview ## format, lint, types, import contracts, tests, also under Python 3.12

lint: install ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What differs under the functions' own Python: the Tablestore SDK takes another codec there.
check-312: install ## the tests that the functions' Python makes a difference to, if this machine has it
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))'; then \
		echo "check-312: make test has used Python 3.12 already"; \
	elif python312=$$($(BIN)/python -m deployment.interpreters 3.12); then \
		$(MAKE) --no-print-directory PYTHON312="$$python312" .venv312/installed && \
		.venv312/bin/python -m pytest $(TESTS312); \
	else \
		echo "check-312: skipped, no Python 3.12 on this machine"; \
	fi

check-preview: install ## whether Serverless Devs renders s.yaml, if node and npm are there
	@$(BIN)/python -m deployment.preview

package: install ## build .package, which `s deploy` uploads
	@$(BIN)/python -m deployment.build

format: install ## put the sources into their form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The functions' own lock takes the same releases, but for what no run of ours imports: numpy and future (Tablestore's time
# series, and Python 2), and what shared/vendor spares, with all that only they need (tests/flows/test_package.py).
LEFT_OUT := aiohappyeyeballs aiohttp aiosignal apscheduler attrs cffi cryptography frozenlist future multidict numpy \
	propcache pycparser tzlocal yarl
lock: install ## pin anew what pyproject.toml asks for
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --constraints requirements.lock --python-version 3.12 \
		--python-platform x86_64-manylinux2014 $(LEFT_OUT:%=--no-emit-package %) --generate-hashes \
		--no-header --quiet --output-file requirements.functions.lock

clean: ## remove what the other targets made
	rm -rf .venv .venv312 .package .package.new .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
