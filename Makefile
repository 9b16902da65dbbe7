# Everything a developer runs. Each target does the set-up it needs.
PYTHON ?= python3
BIN    := .venv/bin
STAMP  := .venv/installed
BENCH  ?=

.PHONY: install demo test check crashes bench lock format clean

install: $(STAMP)

# The stamp is younger than the lock and the project file while the environment is up to date.
$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: install
	$(BIN)/python -m examples.demo

test: install
	tools/pgbouncer.sh
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(MAKE) --no-print-directory test

crashes: install
	tools/pgbouncer.sh
	$(BIN)/python -m pytest -m full

bench: install
	$(BIN)/python -m benchmarks $(BENCH)

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Resolves anew and writes the hashes; the file names no registry.
lock:
	test -x .tools/bin/uv || ($(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv)
	.tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --all-extras \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .tools build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
