# Everything a developer runs. Each target does the set-up it needs.
PYTHON ?= python3
BIN    := .venv/bin
STAMP  := .venv/installed
BENCH  ?=
DEMO   ?=
MINUTES ?= 30
SOAK   ?=

# Folders of tests in parts of about one length, each on a server of its own; two run at a time, those that take longest first.
API      := tests/api
COMMANDS := tests/acceptance tests/cli tests/embedded tests/packaging
ENGINE   := tests/controlplane tests/model tests/patterns tests/races
FACES    := tests/browser tests/client tests/seeing
GRAPHS   := tests/model tests/patterns
TESTS    := test-engine test-commands test-api test-faces test-rest

PART     = tools/part.sh $@
PIP      = $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST   = $(PART) $(BIN)/python -m pytest -o cache_dir=.pytest_cache/$@

# Two at a time; the table of what each took is printed however they ended.
in_parts = status=0; $(MAKE) --no-print-directory --jobs=2 --keep-going $(1) || status=$$?; tools/part.sh; exit $$status

# Tests start hundreds of programs: each would compile all of it again where the environment forbids keeping bytecode.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install programs web demo test set-up $(TESTS) check check-python check-web crashes crashes-graphs crashes-kills soak bench generate lock format clean

install: $(STAMP)

# The stamp is younger than the lock and the project file while the environment is up to date. A pip of today reads the registry's lists twice as fast.
$(STAMP): requirements.lock pyproject.toml tools/pip.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r tools/pip.txt
	tools/part.sh install $(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $(STAMP)

programs:
	$(PART) tools/programs.sh

# The pages, from web/ into the package; nothing where they are up to date. Node.js comes as a wheel, never from PATH.
web: install
	$(PART) $(BIN)/python hatch_build.py

# What the build prints is shown only if it fails.
demo:
	@mkdir -p build
	@echo "Preparing; the first time this takes a minute or two."
	@$(MAKE) --silent --no-print-directory web >build/demo.log 2>&1 || { cat build/demo.log; exit 1; }
	@$(BIN)/python -m examples.demo --data .demo $(DEMO)

test: set-up
	$(call in_parts,web $(TESTS))

test-engine: install
	$(PYTEST) $(ENGINE)

test-api: web
	$(PYTEST) $(API)

test-faces: web
	$(PYTEST) $(FACES)

test-commands: web
	$(PYTEST) $(COMMANDS)

test-rest: web
	$(PYTEST) $(addprefix --ignore=,$(API) $(COMMANDS) $(ENGINE) $(FACES))

check: set-up
	$(call in_parts,web $(TESTS) check-python check-web)

set-up:
	rm -rf build/parts
	$(MAKE) --no-print-directory --jobs=2 install programs

check-python: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	$(PART) $(BIN)/mypy

check-web: web
	$(PART) $(BIN)/python hatch_build.py typecheck lint test

# Everything that `make test` plays a sample of, in two parts at a time: an hour and more.
crashes: set-up
	$(call in_parts,crashes-graphs crashes-kills)

crashes-graphs: install
	$(PYTEST) -m full $(GRAPHS)

crashes-kills: install
	$(PYTEST) -m full $(addprefix --ignore=,$(GRAPHS))

# A mixed load while everything breaks that can, for MINUTES; prints a table, and its exit code says whether all was well.
soak: install
	$(BIN)/python -m tests.soak --seconds $$(($(MINUTES) * 60)) $(SOAK)

bench: install
	$(BIN)/python -m benchmarks $(BENCH)

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Everything in the repository that is written by a program: run it after a change of SQL, errors, the operations, the model or proto/.
generate: install
	$(BIN)/python -m interlock.controlplane.reference docs
	$(BIN)/python -m interlock.nodes.errors_reference docs/errors.md web/src/errors/codes.ts
	$(BIN)/python -m interlock.definition
	$(BIN)/python -m interlock.api.grpc.contract
	$(BIN)/python -m interlock.api.grpc.generate
	$(BIN)/python -m interlock.api.grpc.reference docs/reference/grpc.md
	$(BIN)/python -m interlock.api.rest.openapi web/openapi.json
	$(BIN)/python -m interlock.api.client_methods
	$(BIN)/python -m interlock.api.rest.reference docs/reference/rest.md
	$(BIN)/python -m interlock.nodes.reference docs/reference/nodes.md
	$(BIN)/python -m interlock.cli.reference docs/reference/command-line.md
	$(BIN)/python hatch_build.py types

# Resolves anew and writes the hashes; the file names no registry.
lock:
	test -x .tools/bin/uv || ($(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv)
	.tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --all-extras \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .tools build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis web/node_modules src/interlock/api/rest/static .demo
