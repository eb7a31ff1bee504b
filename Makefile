# Everything needs only Python 3.11 or newer with pip, and make. `make demo` and `make test` are the two to know.
BIN := .venv/bin
STAMP := .venv/.stamp
PYTHONS := $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format chaos stories docs bench cover live sandbox lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

setup: $(STAMP) ## make .venv from the lock (every other target does it when needed)

# $(call setup,arguments): run .ci/setup.py with the first Python that will do.
define setup
@for python in $(PYTHONS); do \
	if $$python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		exec $$python .ci/setup.py $(1); \
	fi; \
done; \
echo "Sitrep needs Python 3.11 or newer with pip; name it with 'make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.11'." >&2; \
exit 1
endef

$(STAMP): requirements-dev.txt pyproject.toml .ci/setup.py
	$(call setup)

demo: $(STAMP) ## run the real bot through a P1 incident in a sandbox workspace
	@$(BIN)/sitrep demo

# Three workers on two cores: tests wait for clocks and sockets as much as they work; four are slower.
test: lint ## check everything: style, types, imports, tests
	$(BIN)/pytest -n 3 --dist worksteal

lint: $(STAMP) ## check style, security, types and which room imports which
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive bot
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## put the code into the shape that lint wants
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

docs: $(STAMP) ## write what the pages take from elsewhere: settings, verbs, house defaults, what is guaranteed, transcripts
	$(BIN)/python -m tests.configuration
	$(BIN)/python -m tests.pages
	$(BIN)/python -m tests.outbound.guarantees
	$(BIN)/python -m bot protocol schema > docs/protocol.schema.json

MINUTES := 10
chaos: $(STAMP) ## break everything at random for MINUTES=10, from SEED=… on, and run the tests that take minutes
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))
	$(BIN)/pytest -n 2 -m long

stories: $(STAMP) ## play every story anew and keep what it tells; read the difference before you commit it
	STORIES=write $(BIN)/pytest -n 2 tests/scenarios/test_stories.py

bench: $(STAMP) ## measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

cover: $(STAMP) ## run the tests and say which lines none of them reaches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

live: $(STAMP) ## run one incident in a real workspace, with the tokens of an app made for trying
	@$(BIN)/python -m tests.live

sandbox: $(STAMP) ## serve a Slack workspace in a box with the bot connected
	@$(BIN)/sitrep sandbox

lock: $(STAMP) ## write both locks anew; with UPGRADE=--upgrade take the newest releases
	$(call setup,lock $(UPGRADE))

clean: ## remove the set-up and what checks leave behind
	rm -rf .venv .tools .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage .coverage.* \
		build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
