# Everything that a developer or the CI does. `make check` is what the CI runs.
# Installing is stamped: the second time costs nothing until a requirements file changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell tools/find_python.sh)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Processes that run tests at once, some of which wait at any time; 0 is one after another in this process.
WORKERS ?= 3
TESTS ?= tests
ALONE = echo "What failed beside other tests, once more and alone; it has to pass:" && \
	$(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none $(TESTS)
SYSTEM := .system/env

.PHONY: $(shell sed -nE 's/^([a-z-]+):.*\#\# .*/\1/p' Makefile)

help: ## Show this list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

install: $(VENV)/.dev ## Make the environment for development in .venv.

demo: $(VENV)/.run $(SYSTEM)-demo ## Start Tidegate with sample documents; only what is needed to run is installed.
	. $(SYSTEM)-demo && exec $(BIN)/tidegate demo

test: $(VENV)/.dev $(SYSTEM)-test ## Run the tests; choose with TESTS=tests/unit and WORKERS=0.
	. $(SYSTEM)-test && { $(BIN)/python -m pytest -n $(WORKERS) $(TESTS) || { [ $$? = 1 ] && $(ALONE); }; }

format: $(VENV)/.dev ## Bring the code into its one form.
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: $(VENV)/.dev ## Check form, rules and layers.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/.dev ## Check types, strictly.
	$(BIN)/mypy

messages: $(VENV)/.dev ## Check that every text is translated; MESSAGES=--write brings the catalogues up to date.
	$(BIN)/python -m tools.messages $(or $(MESSAGES),--check)

docs: $(VENV)/.dev ## Check that the generated pages match the code; DOCS=--write writes them.
	$(BIN)/python tools/generate_docs.py $(or $(DOCS),--check)

site: $(VENV)/.dev ## Make the documents a site in build/site; a broken link fails.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

tamper: $(VENV)/.dev ## Falsify audit logs, N of each class, and print what was found.
	$(BIN)/python -m tests.faults.tampering $(or $(N),1000)

faults: $(VENV)/.dev ## Do N faults to running workers and their database, and print what was lost, doubled or stuck.
	$(BIN)/python -m faults --count $(or $(N),200) $(FAULTS)

starved: $(VENV)/.dev ## Leave live workers no free core for MINUTES (30), and count those that were taken for dead.
	$(BIN)/python -m faults.starved --minutes $(or $(MINUTES),30)
hosts: $(VENV)/.dev ## As root: run workers on hosts of their own, measure 2, 4 and 8, cut one off, and print what it cost.
	$(BIN)/python -m faults.hosts $(HOSTS)

bad-files: $(VENV)/.dev $(SYSTEM)-demo ## Spoil N documents of FOLDER in every way, ingest them, and print how each ended.
	. $(SYSTEM)-demo && $(BIN)/python -m faults.bad_files --count $(or $(N),5000) $(or $(FOLDER),src/tidegate/demo/documents)

mutants: $(VENV)/.dev ## Take each guard away in a copy and see a test fail; choose with ONLY=door.sql.
	$(BIN)/python -m faults.guards --only '$(ONLY)'

lifecycle: $(VENV)/.dev ## Play N random histories of jobs, people and workers, each act predicted by a model.
	LIFECYCLE_COUNT=$(or $(N),200) $(BIN)/python -m pytest -s -n 0 tests/operations/test_lifecycle_model.py

bench-audit: $(VENV)/.dev ## Measure what the audit's seal costs and how far behind it is.
	$(BIN)/python -m benchmarks.bench_audit

bench-console: $(VENV)/.dev ## Measure how much slower the pages are at N jobs (a million) than at a thousand.
	$(BIN)/python -m benchmarks.bench_console --many $(or $(N),1000000)

bench-retry: $(VENV)/.dev ## Measure what a retry of 100,000 jobs costs, and what others notice of it.
	$(BIN)/python -m benchmarks.bench_retry

bench-queue: $(VENV)/.dev ## Measure jobs that do nothing against the queue below and another, and how soon one is begun.
	$(BIN)/python -m benchmarks.bench_queue --jobs $(or $(N),10000)

bench-ingest: $(VENV)/.dev $(SYSTEM)-demo ## Measure documents of FOLDER through the whole pipeline against extraction alone.
	. $(SYSTEM)-demo && $(BIN)/python -m benchmarks.bench_ingest $(FOLDER)

bench-start: $(VENV)/.dev ## Measure the first page after `tidegate up`, and the memory of all its processes.
	$(BIN)/python -m benchmarks.bench_start

bench-list: $(VENV)/.dev ## Measure lists, a job and counts by the API at SIZES='10000 1000000 10000000' jobs.
	$(BIN)/python -m benchmarks.bench_list --sizes $(or $(SIZES),10000 1000000 10000000)

bench-http: $(VENV)/.dev ## Measure how many lists a second one server gives, against a bare handler.
	$(BIN)/python -m benchmarks.bench_http

bench-live: $(VENV)/.dev ## Measure how soon 500 open streams tell of a change, and what each of them costs.
	$(BIN)/python -m benchmarks.bench_live

bench-growth: $(VENV)/.dev ## Measure whether the ledger stays as quick and small while N jobs (100,000) go through it.
	$(BIN)/python -m benchmarks.bench_growth --jobs $(or $(N),100000)

fuzz-api: $(VENV)/.dev $(SYSTEM)-test ## Send the API N requests of each kind for each route and role, made from its description.
	. $(SYSTEM)-test && FUZZ_COUNT=$(or $(N),50) $(BIN)/python -m pytest -s -n 0 tests/acceptance/test_api_fuzz.py

image: ## Build the container image by Docker, or by Buildah where no engine of Docker answers; BASE=… is another base.
	tools/image/build.sh $(or $(TAG),tidegate) $(BASE)

image-test: $(VENV)/.dev ## As root on Debian: build the image without a registry, run it as deploy/ says, and assert it.
	tools/image/test.sh

screens: $(VENV)/.dev $(SYSTEM)-test ## Take a picture of every screen into build/screens or SCREENS=…; choose with ONLY='job-*'; README=1 takes the README's.
	. $(SYSTEM)-test && $(BIN)/python -m tools.screens $(or $(SCREENS),build/screens) --only '$(or $(ONLY),*)' $(if $(README),--readme)

check: lint types docs messages test ## All of the above checks: what the CI runs.

requirements: $(VENV)/.dev ## Pin the newest versions into requirements/*.txt.
	tools/requirements.sh

clean: ## Remove everything that the other targets made.
	rm -rf $(VENV) .system build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	tools/make_venv.sh "$(PYTHON)" $(VENV)

$(VENV)/.run: requirements/build.txt requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.run

# The browser, the font and the OCR data: from the system if they are there, else installed or unpacked into .system. Azurite always is.
$(SYSTEM)-%: tools/system_packages.sh tools/azurite/package-lock.json
	@mkdir -p $(@D)
	tools/system_packages.sh $* > $@
