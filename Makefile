# Everything that a developer does, and 'make run' for everybody. 'make' alone prints this list.

PYTHON ?= python3
BIN := .venv/bin
# Tests in their compiled form are kept even where Python is told to keep nothing: each process would compile all of them.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# loadgroup keeps tests that share one browser or one server on one worker, and begins with the group of most tests. On two
# cores three groups begin at once: programs, journeys and faults. A fourth begins behind the programs, which are quick.
PARALLEL := -n auto --dist loadgroup
CUSTOMERS ?= 1000000
# The folder of one app, for 'make messages'; all of them without it.
APP ?=

export DJANGO_SETTINGS_MODULE := banyan.settings
# Set-up already made the environment; nothing here may quietly use another one.
export VIRTUAL_ENV := $(CURDIR)/.venv

.DEFAULT_GOAL := help
CHECKS := check-types check-tests check-format check-style check-layers check-sizes check-migrations check-catalogues \
	check-dependencies check-weaknesses
.PHONY: help setup setup-run run dev test test-fast coverage lint audit fix bench ease screenshots messages reference doctor \
	query-counts $(CHECKS)

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare this checkout for development; repeatable
	@$(PYTHON) tools/set_up.py --dev

setup-run:
	@$(PYTHON) tools/set_up.py

run: setup-run ## Run the product with its demo organizations; honours BANYAN_HOME and PORT
	@exec $(BIN)/banyan run

dev: setup ## As 'run', reloading when code, templates, styles or scripts change
	@$(BIN)/python tools/build_assets.py --watch & watcher=$$!; \
	trap 'kill $$watcher 2>/dev/null' EXIT INT TERM; \
	$(BIN)/banyan run --reload

test: ## Run every test, browser journeys included
	@$(PYTHON) tools/set_up.py --dev --browser --directory
	$(PYTEST) $(PARALLEL)

test-fast: setup ## Run the tests that take less than a second each
	$(PYTEST) $(PARALLEL) -m "not slow and not journey"

coverage: ## Run the tests without journeys and report uncovered lines
	@$(PYTHON) tools/set_up.py --dev --directory
	$(PYTEST) $(PARALLEL) -m "not journey" --cov --cov-report=term-missing

lint: setup ## Check format, style, layers, sizes, types, tests, migrations, translations and dependencies
	@$(MAKE) --no-print-directory -j 2 $(CHECKS)

# The one that takes longest first: the others are done beside it.
check-types:
	$(BIN)/mypy
# That all tests can be collected. It leaves their compiled form and the database that each of their processes copies.
check-tests:
	@echo '$(PYTEST) --collect-only'; found=$$($(PYTEST) --collect-only -qq) || { echo "$$found"; exit 1; }
check-format:
	$(BIN)/ruff format --check
check-style:
	$(BIN)/ruff check
check-layers:
	$(BIN)/lint-imports
check-sizes:
	$(BIN)/python tools/check_sizes.py
check-migrations:
	$(BIN)/python tools/check_migrations.py
check-catalogues:
	$(BIN)/python tools/catalogues.py check
check-dependencies:
	$(BIN)/deptry banyan
check-weaknesses:
	$(BIN)/python tools/audit.py

audit: setup ## Fail when a dependency has a known weakness
	$(BIN)/python tools/audit.py --strict

fix: setup ## Format the code and mend what can be mended by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: setup ## Measure speed against raw SQL at CUSTOMERS customers, and let the capacity planner rest on it
	$(BIN)/banyan bench --customers $(CUSTOMERS) --planner

ease: ## Perform twelve everyday tasks as a salesperson and write what each costs to docs/ease.md
	@$(PYTHON) tools/set_up.py --dev --browser
	$(BIN)/python tools/ease.py

screenshots: ## Take pictures of the running product ('make run') into screenshots/
	@$(PYTHON) tools/set_up.py --dev --browser
	$(BIN)/python tools/screenshots.py

messages: setup ## Take new messages over into the catalogues, then compile them; APP=folder for one app
	$(BIN)/python tools/catalogues.py update $(APP)

reference: setup ## Write docs/reference and the product's error codes from the code
	$(BIN)/python tools/reference.py

doctor: setup-run ## Find and explain what is wrong with this installation
	$(BIN)/banyan doctor

query-counts: setup ## Rewrite the recorded query counts of lists and records
	BANYAN_REWRITE_QUERY_COUNTS=1 $(PYTEST) tests/contracts -k query_count
