# Thin: each target is one command that can be called by itself. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
# The development tools come first, whatever else is on PATH.
TOOLS := PATH="$(CURDIR)/.venv/bin:$$PATH"
# A cluster that KUBECONFIG names is used as it is; else ours is brought up and stays.
WITH_CLUSTER = if [ -z "$$KUBECONFIG" ]; then $(PYTHON) -m tests.cluster up \
	&& export KUBECONFIG="$$($(PYTHON) -m tests.cluster kubeconfig)" || exit 1; fi;
REPORTS := .cache/reports
# Tests wait for a cluster more than they compute.
WORKERS ?= 4
FAULT ?= tag
CASES ?=
ARGS ?=

.PHONY: help environment lint test test-unit test-sanity test-integration test-molecule test-pythons \
	cluster cluster-down cluster-status demo exam benchmark build clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

environment: ## Make the development environment .venv (Python >= 3.11); nothing to do where it is current.
	@$(PYTHON) -m scripts.environment .venv requirements/test.txt

lint: environment ## ruff, mypy --strict, yamllint, ansible-lint (profile production), changelog and documentation.
	@$(TOOLS) python -m scripts.lint

test: environment ## Everything, in order: what CI runs.
	@$(TOOLS) python -m scripts.stages

test-unit: environment ## Unit tests: seconds, no cluster. ARGS go to pytest.
	@$(TOOLS) python -m pytest tests/unit -n auto --junitxml=$(REPORTS)/unit.xml -o junit_suite_name=unit $(ARGS)

test-sanity: environment ## ansible-test sanity; a skipped sanity test is a failure.
	@$(TOOLS) python -m scripts.sanity

test-integration: environment ## On the real cluster, or on the one that KUBECONFIG names. ARGS go to pytest.
	@$(WITH_CLUSTER) $(TOOLS) python -m pytest tests/integration -n $(WORKERS) --dist loadgroup \
		--junitxml=$(REPORTS)/integration.xml -o junit_suite_name=integration $(ARGS)

test-molecule: environment ## The molecule scenarios, as a user would run the playbooks.
	@$(WITH_CLUSTER) $(TOOLS) python -m scripts.molecule $(ARGS)

test-pythons: environment ## Unit tests on every Python and ansible-core that the collection supports and this machine has.
	@$(WITH_CLUSTER) $(TOOLS) python -m scripts.pythons

cluster: ## A real Kubernetes on this machine; prints its KUBECONFIG.
	@$(PYTHON) -m tests.cluster up $(ARGS)

cluster-down: ## Take the cluster down, leaving nothing behind.
	@$(PYTHON) -m tests.cluster down $(ARGS)

cluster-status: ## What runs, since when.
	@$(PYTHON) -m tests.cluster status $(ARGS)

demo: environment ## An outage and its recovery, live: FAULT=tag|crash|config|probe|healthy.
	@$(TOOLS) python -m demo.run --fault $(FAULT) $(ARGS)

exam: environment ## Failures that others recorded, judged and scored: CASES=FOLDER, ARGS=--live; the last line is JSON.
	@$(TOOLS) python -m tests.exam $(if $(CASES),--cases "$(CASES)") $(ARGS)

benchmark: environment ## Recoveries, rollout_status and sweeps beside kubectl, and what a verdict costs; the last line is JSON. ARGS="recover --repeat 3".
	@$(TOOLS) PYTHONPATH="$(CURDIR)/.collections" python -m tests.benchmark $(ARGS)

build: environment ## The collection's tarball, in .cache/build.
	@$(TOOLS) ansible-galaxy collection build --force --output-path .cache/build .

clean: ## Remove what the other targets made here; the cluster has its own cluster-down.
	rm -rf .cache .venv .venv.lock tests/output
