# Two commands: `make report` shows what kreport makes, `make test` checks everything that CI checks.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help report test lint unit clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Either package owns the same files, so the extra leaves the choice open; the CPU build is a third of the size.
TENSORFLOW ?= $(if $(filter Linux x86_64,$(shell uname -sm)),tensorflow-cpu,tensorflow)>=2.20
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TF_CPP_MIN_LOG_LEVEL ?= 3

help:
	@echo "make report   install into $(VENV) and write digits_resnet.report.html"
	@echo "make test     install what the tests need, browsers too where that is possible, and run every check"
	@echo "make lint     style, types and imports only"
	@echo "make unit     tests only; ARGS='-k weights' selects some"
	@echo "make clean    remove $(VENV) and what the tools left behind"

report: $(VENV)/.report
	$(BIN)/kreport demo

test: $(VENV)/.test
	tools/install-browsers
	$(MAKE) lint
	$(MAKE) unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A browser that is missing skips its tests with a reason; under CI it fails them.
unit: $(VENV)/.test
	$(if $(CI),KREPORT_REQUIRE_BROWSERS=1) $(BIN)/pytest -n auto --dist loadscope $(ARGS)

$(VENV)/bin/python:
	tools/make-venv "$(PYTHON)" "$(VENV)"

$(VENV)/.report: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e . "$(TENSORFLOW)"
	touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[test,dev]" "$(TENSORFLOW)"
	touch $@ $(VENV)/.report

clean:
	rm -rf "$(VENV)" .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache dist build
