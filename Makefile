# Everything a developer or a CI runs. `make` alone prints this help.
# Needs Python 3.11 or newer with venv, make, and a network; gets everything else itself.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$(PATH)
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV

PACKAGES := libs/contracts libs/runtime libs/localstack apps/cli $(addprefix services/,ingest ai escalation notify projection)
PYTEST := pytest --durations=15 --durations-min=5
TYPED_TESTS := $(addsuffix /tests,$(PACKAGES))
TESTS_ALONE := $(patsubst services/%,test-alone-%,$(filter services/%,$(PACKAGES)))
SIDE_BY_SIDE := --output-sync=target --keep-going
UNIT_TESTS := pytest -q -m "unit and not simulation"
SOURCES := $(addsuffix /src,$(PACKAGES))

##@ Try it
demo: dev ## start everything, send real messages through it, show what happened
	@desk demo

up: dev ## start Kafka, Postgres, Valkey, Envoy and the five services
	@desk up

down: dev ## stop them; what they know stays in .desk/
	@desk down

status: dev ## health, memory, what waits and lag of each part
	@desk status

##@ Work on it
dev: .venv/.ready ## make the development environment in .venv/

test: dev check-contracts ## test everything on real parts, with a fault of every kind
	@# Each suite waits for its servers half of the time: three at once keep two cores busy.
	$(MAKE) --jobs=3 $(SIDE_BY_SIDE) test-whole test-libraries $(TESTS_ALONE) test-desk

test-unit: dev ## the tests that need no server: under a minute
	$(MAKE) --jobs=2 $(SIDE_BY_SIDE) test-unit-libraries test-unit-services

test-unit-libraries: dev
	$(UNIT_TESTS) libs apps

test-unit-services: dev
	$(UNIT_TESTS) services tests

simulate: dev ## run seeded schedules of faults, SEEDS=10000 of them FROM=0 on
	PYTHONPATH=tests python -m simulation --seeds $(or $(SEEDS),10000) --from $(or $(FROM),0)

test-alone: dev ## each service's tests and type check, in an environment that holds it alone
	$(MAKE) --jobs=2 $(SIDE_BY_SIDE) $(TESTS_ALONE)

$(TESTS_ALONE): test-alone-%: dev
	python tools/alone.py $*

test-libraries: dev ## tests of the libraries
	$(PYTEST) libs

test-desk: dev ## tests of the command line
	$(PYTEST) apps

test-whole: dev ## tests of the whole: across services, under faults, of the documents
	$(PYTEST) tests -m "not exhaustive"

test-faults: dev ## every fault and every extreme, on whole running stacks
	$(PYTEST) tests -m "faults or exhaustive"

quality: dev ## coverage and mutation score of the pure parts: SAMPLE=150 mutants of SEED=1
	python tools/quality.py --sample $(or $(SAMPLE),150) --seed $(or $(SEED),1)

check: dev ## what can be checked without running anything: fast
	ruff check .
	ruff format --check .
	mypy $(SOURCES) tools bench tests
	@# Each alone, as every folder of tests has a module of the name conftest.
	for tests in $(TYPED_TESTS); do MYPYPATH=$$tests mypy $$tests; done
	lint-imports
	$(MAKE) check-contracts
	python tools/openapi.py --check
	python tools/metrics.py --check
	python tools/locks.py --check
	python tools/licences.py

check-contracts: dev ## generated files are fresh, and no event breaks the last release
	python -m deskstream_contracts.generate --check
	python -m deskstream_contracts.compatibility

bench: dev ## measure the pipeline beside its raw parts
	python -m bench

service: dev ## copy the template of a service: make service NAME=loyalty
	python tools/new_service.py $(NAME)
	ruff format --quiet .
	ruff check --fix --quiet .

##@ Keep it
hooks: dev ## have git run the checks: fast ones before a commit, make check before a push
	pre-commit install

format: dev ## format, and fix what ruff can fix
	ruff check --fix .
	ruff format .

generate: dev ## write the generated schemas, API documents and reference pages
	python -m deskstream_contracts.generate
	python tools/openapi.py
	python tools/metrics.py

lock: dev ## write the lock files; UPGRADE=1 takes the newest versions
	python tools/locks.py $(if $(UPGRADE),--upgrade)

clean: ## remove what was built or installed here (not .desk/)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache

help:
	@awk 'BEGIN {FS = ":.*## "; print "Deskstream: make <target>"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Deskstream needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "… Getting uv $(UV_VERSION) (a few seconds, once)"
	@$(PYTHON) -m venv .tools || { echo "✗ This Python cannot make environments: install its venv package (Debian: apt install python3-venv)." >&2; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: .tools/bin/uv requirements/dev.lock $(addsuffix /pyproject.toml,$(PACKAGES))
	@uv venv --quiet --allow-existing --python $(PYTHON) .venv
	@echo "… Installing $$(grep -c '^[a-z]' requirements/dev.lock) packages into .venv/ (half a minute, when they have to be downloaded)"
	@uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements/dev.lock
	@echo "… Installing Deskstream itself"
	@uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation $(addprefix --editable ,$(PACKAGES))
	@.venv/bin/python -m compileall -q $(SOURCES)  # else each start compiles, where Python may write no bytecode
	@touch $@

.PHONY: demo up down status dev hooks test test-unit test-unit-libraries test-unit-services simulate test-alone $(TESTS_ALONE) test-libraries test-desk test-whole test-faults quality check check-contracts bench service format generate lock clean help
