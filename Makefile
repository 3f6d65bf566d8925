# Everything a person runs here. Needs python3 (3.9 or newer), pip and make; the rest is set up inside this folder.
# Written for GNU make 3.81 (macOS) and newer.

.DEFAULT_GOAL := help
.PHONY: help bootstrap build up demo down status test check e2e deploy format requirements clean

ROOT := $(CURDIR)
BIN := $(ROOT)/.venv/bin

# sam build looks for python3.13 in PATH; caches and sam's own notes stay inside this folder.
export PATH := $(BIN):$(PATH)
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(ROOT)/.tools/sam
export PIP_CACHE_DIR := $(ROOT)/.tools/pip-cache
export UV_CACHE_DIR := $(ROOT)/.tools/uv-cache

help:  ## this list
	@echo "make up      start the local stack: builds, deploys into a local AWS, seeds two merchants"
	@echo "make demo    the whole story on the local stack, with real HTTP calls"
	@echo "make status  what runs, and where"
	@echo "make down    stop the local stack; only what make up started"
	@echo "make test    every check and every test"
	@echo "make check   the checks alone: ruff, mypy, import floors, the template"
	@echo "make build   sam build, with bytecode (ARCHITECTURE=arm64 or x86_64)"
	@echo "make deploy  to AWS: make deploy ENV=dev (or prod), with your own AWS credentials"
	@echo "make clean   stop the local stack and remove everything that was set up here"

bootstrap:
	@command -v python3 >/dev/null 2>&1 || { echo "make: python3 is needed (3.9 or newer), and is not in PATH" >&2; exit 1; }
	@python3 ops/bootstrap.py

ARCHITECTURE ?= arm64
build: bootstrap
	@oncepay build --architecture $(ARCHITECTURE)

up: bootstrap
	@oncepay local up

demo: up
	@oncepay demo

down: bootstrap
	@oncepay local down

status: bootstrap
	@oncepay local status

test: check
	@echo "test: pytest"
	@pytest --cov --cov-report=term

check: bootstrap
	@echo "check: ruff" && ruff check . && ruff format --check .
	@echo "check: mypy" && mypy && for app in functions/*/app.py; do mypy "$$app" || exit 1; done
	@echo "check: floors (import-linter)" && lint-imports --no-logo 2>/dev/null || lint-imports
	@echo "check: template (sam validate --lint)" && sam validate --lint --region us-east-1

ENV ?= dev
deploy: bootstrap
	@oncepay build --architecture arm64
	@sam deploy --config-env $(ENV)

format: bootstrap
	@ruff format . && ruff check --fix .

# After a change of a *.in file. Not part of any other target: it asks the package index for what is newest.
COMPILE = $(ROOT)/.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header
requirements: bootstrap
	@$(COMPILE) --python-version 3.13 layers/core/requirements.in -o layers/core/requirements.txt
	@$(COMPILE) --python-version 3.13 --override requirements-overrides.txt requirements-dev.in -o requirements-dev.txt

clean:
	@if [ -x .venv/bin/oncepay ] && [ -d .local ]; then oncepay local down; fi
	@rm -rf .venv .tools .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -f .coverage .coverage.*
	@find functions layers ops tests -name __pycache__ -type d -prune -exec rm -rf {} +
