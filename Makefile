# `make` alone lists what there is to do. The commands themselves are in scripts/, where each can be run by hand.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One stage after the other: cargo and maturin use all cores by themselves.
.NOTPARALLEL:

# The interpreter that the environments are made from: make PYTHON=python3.12 test
PYTHON ?= python3
# What test-pythons goes through.
PYTHONS ?= 3.10 3.11 3.12 3.13
# More arguments for pytest or the benchmarks: make test-python ARGS="-k timers", make bench ARGS=start
ARGS ?=
# How many schedules of kills, which one, and how long the soak takes.
N ?= 200
SEED ?=
MINUTES ?= 20

export VENV ?= $(CURDIR)/.venv
export TEST_VENV ?= $(CURDIR)/.venv-test

TIMED := scripts/timed.sh
CARGO_CRATES := --workspace --exclude penstock-python
# Folders too, so that a deleted file is a change.
SOURCES := $(shell find rust python/penstock compat/pyflink -name __pycache__ -prune -o -print) \
	Cargo.toml Cargo.lock pyproject.toml README.md LICENSE
INSTALLED := $(TEST_VENV)/.installed
FAULTS := env PYTHONPATH=tests $(TEST_VENV)/bin/python -m faults

.PHONY: help
help:
	@awk -v colour="$$([ -t 1 ] && echo yes)" 'BEGIN { FS = ":.*## "; if (colour) { bold = "\033[1m"; blue = "\033[36m"; plain = "\033[0m" } } \
	  /^##@/ { printf "\n%s%s%s\n", bold, substr($$0, 5), plain } \
	  /^[a-z-]+:.*## / { printf "  %s%-14s%s %s\n", blue, $$1, plain, $$2 }' Makefile

##@ Use

.PHONY: demo demo-configmap example wheel
demo: wheel ## run the realtime-sessions job on an embedded Kafka and watch its events arrive
	@$(TIMED) demo $(TEST_VENV)/bin/python scripts/demo/run.py

demo-configmap: wheel ## edit the job of k8s/configmaps while it runs on a real Kubernetes and a real Kafka
	@$(TIMED) demo-configmap env PYTHONPATH=scripts:tests $(TEST_VENV)/bin/python -m demo_configmap.run

example: wheel ## one of examples/model_inference, with a check of its result (NAME=fraud_rules)
	@$(TIMED) "example $(NAME)" $(TEST_VENV)/bin/python examples/model_inference/$(or $(NAME),$(error which one? make example NAME=fraud_rules))/run.py

wheel: $(INSTALLED) ## build the wheel (build/wheel) and install it into .venv-test

##@ Check

.PHONY: test lint format test-rust test-python test-pythons faults fault faults-sabotage soak
test: start-clock lint test-rust services test-python ## everything: lints, Rust tests, Python tests, real Kafka and S3

lint: setup formatted ruff mypy crates wheel stubs clippy ## formatting, clippy, ruff, mypy, stubs, crate graph

format: setup ## format the Rust and the Python code
	@scripts/format.sh

test-rust: setup ## the Rust tests
	@$(TIMED) "Rust tests" scripts/test-rust.sh $(CARGO_CRATES)

test-python: wheel ## the Python tests on the installed wheel (ARGS="-k name" for some)
	@$(TIMED) --last pytest $(TEST_VENV)/bin/python -m pytest $(ARGS)

test-pythons: setup ## wheel and Python tests on each CPython (PYTHONS="3.10 3.13" for some)
	@scripts/test-pythons.sh "$(PYTHONS)" $(ARGS)

faults: wheel ## seeded schedules of kills against undisturbed runs (N=200 of them)
	@$(TIMED) faults $(FAULTS) many $(N)

fault: wheel ## one of them again, with its logs (SEED=n)
	@$(FAULTS) one $(or $(SEED),$(error which one? make fault SEED=n))

faults-sabotage: wheel ## bugs are switched on in the engine: the schedules have to find each
	@$(TIMED) faults-sabotage $(FAULTS) sabotage

soak: wheel ## one job under steady input, killed 20 times: what it holds must not grow (MINUTES=20)
	@$(TIMED) soak $(FAULTS) soak $(MINUTES)

##@ Write down

.PHONY: api reference
api: wheel ## find out which names of PyFlink the tests execute, for `penstock api` (ARGS="tests/python" for some tests)
	@$(TIMED) api env API_TRACE_WRITE=1 $(TEST_VENV)/bin/python -m pytest -k "not serialized" \
	  $(or $(ARGS),tests/conformance tests/python tests/errors)

reference: wheel ## write the reference of the Python API, from its docstrings, into build/reference
	@$(TIMED) reference $(TEST_VENV)/bin/python scripts/api_reference.py build/reference

##@ Measure

.PHONY: bench bench-flink
bench: wheel ## measure against plain Python, Bytewax, Pathway and confluent-kafka
	@$(TIMED) bench $(TEST_VENV)/bin/python bench/run.py $(ARGS)

bench-flink: wheel ## add the rows whose peer is PyFlink (needs Java)
	@$(TIMED) bench-flink $(TEST_VENV)/bin/python bench/run.py --flink $(ARGS)

##@ Make

.PHONY: setup release clean
setup: $(VENV)/.ready $(TEST_VENV)/.ready ## check the prerequisites, make the virtual environments

release: setup ## wheel for old and new Linux distributions, and source distribution, into dist/
	@$(TIMED) release scripts/release.sh

clean: ## remove all that was built here (what tests downloaded stays in ~/.cache/penstock)
	rm -rf build dist target .venv .venv-test .pytest_cache .mypy_cache .ruff_cache

# The stages of lint and test, in the order of what fails soonest.

.PHONY: start-clock formatted ruff mypy crates stubs clippy services
start-clock:
	@$(TIMED) --reset

formatted:
	@$(TIMED) formatting scripts/format.sh --check

ruff:
	@$(TIMED) ruff ruff check

mypy:
	@$(TIMED) mypy mypy

crates:
	@$(TIMED) "crate graph" $(VENV)/bin/python scripts/crate_graph.py

stubs:
	@$(TIMED) stubs scripts/stubtest.sh

clippy:
	@$(TIMED) clippy cargo clippy --release --locked --workspace --all-targets -- -D warnings

services:
	@$(TIMED) services env PYTHONPATH=tests $(TEST_VENV)/bin/python -m services.fetch

$(VENV)/.ready: scripts/requirements-build.txt
	@scripts/prerequisites.sh $(PYTHON)
	@$(TIMED) "build tools" scripts/venv.sh $(PYTHON) $(VENV) $<
	@touch $@

$(TEST_VENV)/.ready: scripts/requirements-test.txt examples/model_inference/requirements.txt
	@$(TIMED) "test tools" scripts/venv.sh $(PYTHON) $(TEST_VENV) $<
	@touch $@

$(INSTALLED): $(SOURCES) $(VENV)/.ready $(TEST_VENV)/.ready
	@$(TIMED) wheel scripts/wheel.sh
	@touch $@
