# Two commands set everything up on a fresh machine: `make chat` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: chat local test test-slow mutation audit check format clean

chat: $(VENV)/.core           ## environment, install, index of the documents, the terminal chat
	@$(BIN)/chatbot

local: $(VENV)/.local         ## what models inside the program need: torch, transformers, adapters, fewer bits

test: $(VENV)/.dev check      ## lint, types, layers, all tests
	$(BIN)/python -m pytest -n auto --dist worksteal

test-slow: $(VENV)/.dev       ## full counts of simulations, fuzzing and kill loops
	$(BIN)/python -m pytest -m slow
	$(BIN)/python -m pytest -n auto --dist worksteal -m "hypothesis and not slow" --hypothesis-profile=searching

mutation: $(VENV)/.dev        ## breaks the client, the dispatcher and the store's commits on purpose: do tests notice?
	$(PIP) mutmut
	nice -n 10 $(BIN)/python scripts/mutation.py $(MODULES)

audit: $(VENV)/bin/python     ## known faults of the pinned packages; asks PyPI's advisories, so it needs the network
	$(PIP) pip-audit
	$(BIN)/python -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing chatbot into $(VENV) (once)"
	@$(PIP) --editable '.[documents]'
	@touch $@

$(VENV)/.local: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing what local models need into $(VENV) (once)"
	@$(PIP) --editable '.[documents,local]'
	@touch $@

# The CPU build of torch goes first, so that no CUDA packages come along; a torch that is there already stays.
$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) torch==2.13.0
	@$(PIP) --editable '.[dev,documents,local,langchain]'
	@touch $@

clean:
	rm -rf $(VENV) .chatbot .mypy_cache .ruff_cache .pytest_cache .hypothesis
