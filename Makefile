# Everything a person or CI does here; each target works from a fresh clone with Python 3.11, 3.12 or 3.13.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first of these that starts: a shim may stand for a version that is not there.
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3; do \
	$$each -c 'import venv' 2>/dev/null && echo $$each && break; done)
PORT ?= 8000
SIMULATOR_PORT ?= 8001
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
# Tests wait for servers a quarter of the time, so one process more than most machines have cores.
TEST_PROCESSES ?= 3
# What the database has a say in: constraints and triggers, locks, the laws, real workers, large queries;
# and what only starts whole: the units of deploy/.
OF_DATABASE := tests/sync tests/upgrade tests/laws tests/workers tests/deploy $(patsubst %,tests/exports/%.py,\
	test_main_job documents/test_confirmed delivery/test_relay delivery/test_late_payments \
	customers/test_equal_names customers/test_proposing books/test_linked) \
	tests/chaos/test_storms.py::test_a_storm_on_postgresql_leaves_one_of_each
PG_URL ?= postgres://$(or $(PGUSER),$(shell id -un))@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/15
# Byte code is kept: every process of the tests would compile the same anew.
export PYTHONDONTWRITEBYTECODE =
export PORT SIMULATOR_PORT

.PHONY: fonts pictures first-day rehearsal help install run test test-long test-services clients check format messages lock bench chaos load refunds scale pages mutants report trace sweep probe totals fuzz matrix settings stalls press bare-debian freeze intake clean

help:  ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

install: .venv/installed  ## the environment in .venv

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Paidup needs Python 3.11, 3.12 or 3.13.")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

run: install  ## web, worker and simulator with demo data; Ctrl-C stops all
	$(BIN)/python -m config.serve

test: install  ## every test that needs only Python
	$(PYTEST) -q -n $(TEST_PROCESSES) --dist worksteal -m "not services and not browser and not long"

test-long: install  ## what takes minutes: long lists, storms, large exports, random histories
	$(PYTEST) -q -m long

first-day: install  ## 5,000 invoices, half of them in QuickBooks already: INVOICES=n
	INVOICES=$(or $(INVOICES),5000) $(PYTEST) -q -s -m long tests/exports/books

rehearsal: install  ## a month of 3,000 documents rehearsed beside its bookkeeper's books: DOCUMENTS=n
	DOCUMENTS=$(or $(DOCUMENTS),3000) $(PYTEST) -q -s -p no:logging -m long tests/rehearsal

test-services: install  ## the tests on PostgreSQL, Redis and Chromium
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
	DATABASE_URL=$(PG_URL) PG_URL=$(PG_URL) REDIS_URL=$(TEST_REDIS_URL) $(PYTEST) -q -n $(TEST_PROCESSES) --dist worksteal -m "not browser and not long" $(OF_DATABASE)
	$(PYTEST) -q -n $(TEST_PROCESSES) --dist worksteal -m "browser and not long" tests

clients: install  ## other people's clients drive the simulator: python-quickbooks, and node-quickbooks from npm
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; }
	$(PYTEST) -q tests/simulator/clients

check: install  ## linters, types, migrations, deploy check, import directions, stale mutants
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m config.check_deploy
	$(BIN)/python -m tests.mutants.written

format: install  ## put the code in the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: install  ## collect what is to be translated into locale/, and compile what is
	$(BIN)/python -m tests.words.catalogs

lock: install  ## pin what pyproject.toml asks for, with hashes
	$(BIN)/uv pip compile -q --generate-hashes --no-annotate --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-annotate --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra simulator --extra sentry --group dev -o requirements-dev.txt

fonts: install  ## cut the theme's fonts down to the letters and icons that pages show
	$(BIN)/python -m tests.fonts

pictures: install  ## take the README's pictures of a fresh demo anew, in Chromium
	$(BIN)/python -m tests.pictures

bench: install  ## pace, cost and storms beside other clients: PIECE=name, AGAIN=1, DB=postgres
	PG_URL=$(PG_URL) $(BIN)/python -m tests.benchmarks

chaos: install  ## seeded storms: STORMS=n SEED=s INVOICES=n JOBS=n REQUESTID=… DATABASES=…
	STORMS=$(or $(STORMS),20) SEED=$(or $(SEED),1) INVOICES=$(or $(INVOICES),100) JOBS=$(or $(JOBS),1) \
	REQUESTID="$(or $(REQUESTID),honoured ignored)" DATABASES="$(or $(DATABASES),sqlite postgres)" \
	PG_URL=$(PG_URL) $(BIN)/python -m tests.chaos

report: install  ## server time of the refund report: REFUNDS=n DB=sqlite|postgres
	PG_URL=$(PG_URL) $(BIN)/python -m tests.benchmarks.report

scale: install  ## every page with many payments: PAYMENTS=n UNITS=m DB=sqlite|postgres KEPT=name
	PG_URL=$(PG_URL) $(BIN)/python -m tests.benchmarks.scale

pages: install  ## kB, queries and time of every page against their limits: PAYMENTS=n UNITS=m DB=sqlite|postgres
	PG_URL=$(PG_URL) $(BIN)/python -m tests.benchmarks.pages

load: install  ## one large export through the whole road: VOLUME=n invoices
	VOLUME=$(or $(VOLUME),5000) $(PYTEST) -q -s tests/exports/delivery/test_volume.py

intake: install  ## how fast files come in: ROWS=n invoices, 2.5 n payments; DATABASE_URL names another database
	$(BIN)/python -m tests.benchmarks.intake $(or $(ROWS),10000)

trace: install  ## the files that one export passes through, between press and settlement
	$(BIN)/python -m tests.benchmarks.trace_export

mutants: install  ## break guards of the laws one by one: the kept list, or SEED=s N=draws
	SEED=$(SEED) N=$(N) KEPT=$(KEPT) IN=$(IN) WORKERS=$(WORKERS) $(BIN)/python -m tests.mutants

refunds: install  ## random bookkeeping, no refund falsely verified: REFUNDS=n SEED=s
	REFUNDS=$(or $(REFUNDS),100000) SEED=$(or $(SEED),1) $(BIN)/python -m tests.discrepancies.bookkeeping

sweep: install  ## an unexpected error in every function of the export road: SWEEP=name narrows it
	SWEEP=$(or $(SWEEP),all) $(PYTEST) -q -rs -n $(WORKERS) --dist worksteal tests/laws/test_law_9_nothing_stops_another.py

probe: install  ## every switch of the simulator in every kind of company: does probe_quickbooks find it
	$(PYTEST) -q -n $(WORKERS) --dist worksteal -m long tests/connections/test_probing.py

totals: install  ## random invoices in seven kinds of company, whosever tax counts: INVOICES=n SEED=s
	TOTALS=$(or $(INVOICES),10000) SEED=$(or $(SEED),1) $(PYTEST) -q -n $(WORKERS) --dist worksteal tests/exports/documents/test_totals.py

fuzz: install  ## odd requests to every address and form: REQUESTS=n SEED=s DB=sqlite|postgres
	FUZZ=$(or $(REQUESTS),50000) SEED=$(or $(SEED),1) $(if $(filter postgres,$(DB)),DATABASE_URL=$(PG_URL)) \
	$(PYTEST) -q -s -n 0 -p no:logging tests/attack/test_fuzz.py

matrix: install  ## every address by person, unit and method: nothing of others told or changed: DB=…
	MATRIX=whole $(if $(filter postgres,$(DB)),DATABASE_URL=$(PG_URL)) \
	$(PYTEST) -q -n $(WORKERS) -p no:logging tests/attack/test_matrix.py

settings: install  ## docs/settings.md, made from config/settings.py
	$(BIN)/python -m config.reference

stalls: install  ## everything that can stop a site, done to one, with the times: ONLY=words LIMIT=s FROZEN=s
	PG_URL=$(PG_URL) $(BIN)/python -m tests.stalls

press: install  ## how soon one press is in QuickBooks while 50 companies export on two workers: COMPANIES=n
	PG_URL=$(PG_URL) $(BIN)/python -m tests.stalls.press

bare-debian:  ## from a bare Debian to a site behind TLS by deploy/install.sh, with the time; needs root
	tests/deploy/bare_debian.sh

freeze: install  ## write down the hashes of migrations that are released now
	$(BIN)/python -m tests.upgrade.freeze

clean:  ## throw away the local database and simulator state
	rm -rf var
