# Everything a developer runs. Each target does the set-up it needs.
PYTHON ?= python3
BIN    := .venv/bin
STAMP  := .venv/installed
BENCH  ?=
DEMO   ?=

# Tests start hundreds of programs: each would compile all of it again where the environment forbids keeping bytecode.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install web demo test test-tools test-faces test-engine test-rest check check-python check-web crashes bench lock format clean

install: $(STAMP)

# The stamp is younger than the lock and the project file while the environment is up to date.
$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# The pages, from web/ into the package; nothing where they are up to date. Node.js comes as a wheel, never from PATH.
web: install
	$(BIN)/python hatch_build.py

demo: web
	$(BIN)/python -m examples.demo --data .demo $(DEMO)

# Two of the three parts at a time, each on a server of its own.
FACES  := tests/api tests/browser tests/client tests/seeing
ENGINE := tests/controlplane tests/model tests/patterns tests/races
TESTS  := test-faces test-engine test-rest

test: test-tools
	$(MAKE) --no-print-directory --jobs=2 --keep-going $(TESTS)

test-tools: web
	tools/programs.sh

test-faces: web
	$(BIN)/python -m pytest -o cache_dir=.pytest_cache/faces $(FACES)

test-engine: install
	$(BIN)/python -m pytest -o cache_dir=.pytest_cache/engine $(ENGINE)

test-rest: web
	$(BIN)/python -m pytest -o cache_dir=.pytest_cache/rest $(FACES:%=--ignore=%) $(ENGINE:%=--ignore=%)

check: test-tools
	$(MAKE) --no-print-directory --jobs=2 --keep-going check-web check-python $(TESTS)

check-python: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	$(BIN)/mypy

check-web: install
	$(BIN)/python hatch_build.py typecheck lint test

crashes: install
	tools/programs.sh
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
	rm -rf .venv .tools build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis web/node_modules src/interlock/api/rest/static .demo
