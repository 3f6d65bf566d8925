# Everything a person runs here. Needs python3 (3.9 or newer), pip and make; the rest is set up inside this folder.
# Written for GNU make 3.81 (macOS) and newer.

.DEFAULT_GOAL := help
.PHONY: help bootstrap build up demo down status test check conditions faults kill-matrix event-storm settlement-proof bench bench-cold bench-hot bench-reconcile load deploy format requirements clean

ROOT := $(CURDIR)
BIN := $(ROOT)/.venv/bin

# Caches and sam's own notes stay inside this folder. Programs are called by their path: make 3.81 looks up the first
# word of a plain command in the PATH that it was started with.
SYSTEM_PATH := $(PATH)
export PATH := $(BIN):$(PATH)
export SAM_CLI_TELEMETRY := 0
# sam and boto3 know the region by the second name only, the aws command by both.
ifdef AWS_REGION
export AWS_DEFAULT_REGION := $(AWS_REGION)
endif
export __SAM_CLI_APP_DIR := $(ROOT)/.tools/sam
export PIP_CACHE_DIR := $(ROOT)/.tools/pip-cache
export UV_CACHE_DIR := $(ROOT)/.tools/uv-cache

help:
	@echo "make up      start the local stack: builds, deploys into a local AWS, seeds two merchants"
	@echo "make demo    the whole story on the local stack, with real HTTP calls"
	@echo "make status  what runs, and where"
	@echo "make down    stop the local stack; only what make up started"
	@echo "make test    every check and every test"
	@echo "make conditions  take each condition out of each transaction; the tests must notice"
	@echo "make faults  every kind of fault at every request; make test takes them in turn"
	@echo "make kill-matrix  a worker dies, or wakes too late, at every call out of the code (THIN=10 for less)"
	@echo "make event-storm  10,000 deliveries of 1,000 events of all processors, shuffled (EVENTS=100 for less)"
	@echo "make settlement-proof  100,000 settlement rows, ten kills, one oracle (Linux; ROWS=5000 for less)"
	@echo "make bench   how fast a payment is, and what it takes of DynamoDB, beside two peers (ENGINE=ministack without Java)"
	@echo "make bench-cold  a cold process to its first payment, as built, beside a peer as sam builds it"
	@echo "make bench-hot   one merchant's payments a second over 1 to 32 ledger shards, under AWS's conflict rule"
	@echo "make bench-reconcile  how fast settlement files are read and reconciled (Linux; ROWS=5000 for less)"
	@echo "make load    a load test, and then the money audit: SCENARIO=pay, or another one (RATE=, HOST=, OPTIONS=--help)"
	@echo "make check   the checks alone: ruff, mypy, import floors, the template"
	@echo "make build   sam build, with bytecode (ARCHITECTURE=arm64 or x86_64)"
	@echo "make deploy  to AWS: make deploy ENV=dev (or prod), with your own AWS credentials"
	@echo "make clean   stop the local stack and remove everything that was set up here"

bootstrap:
	@PATH="$(SYSTEM_PATH)"; command -v python3 >/dev/null 2>&1 || \
		{ echo "make: python3 is needed (3.9 or newer), and is not in PATH" >&2; exit 1; }
	@PATH="$(SYSTEM_PATH)"; python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
		{ echo "make: python3 does not run, or is older than 3.9; put a newer one in PATH" >&2; exit 1; }
	@PATH="$(SYSTEM_PATH)" python3 ops/bootstrap.py

ARCHITECTURE ?= arm64
build: bootstrap
	@"$(BIN)/oncepay" build --architecture $(ARCHITECTURE)

up: bootstrap
	@"$(BIN)/oncepay" local up

demo: up
	@"$(BIN)/oncepay" demo
	@echo "demo: the local stack goes on running; make down stops it"

down: bootstrap
	@"$(BIN)/oncepay" local down

status: bootstrap
	@"$(BIN)/oncepay" local status

# Warnings are errors, and branch coverage of domain and services below 95 % is a failure: pyproject.toml says so.
# Two processes, one of which has all the end-to-end tests, and so the one stack that they need.
test: check
	@echo "test: pytest"
	@"$(BIN)/pytest" --numprocesses=2 --dist=loadgroup --cov --cov-report=term --durations=5

# Not part of make test: a run of the tests of the services for each condition.
conditions: bootstrap
	@"$(BIN)/python" -m tests.conditions

faults: bootstrap
	@ONCEPAY_THOROUGH=1 "$(BIN)/pytest" --numprocesses=2 tests/faults tests/kills tests/ops/verify \
		tests/settlements/formats

# A part of it is in make test: here every run, or one in THIN of them. SEED draws other double deaths.
# ONLY="<name of a run>" makes one again.
THIN ?= 1
SEED ?= 0
kill-matrix: bootstrap
	@"$(BIN)/python" -m tests.kills --thin "$(THIN)" --seed "$(SEED)" $(if $(ONLY),--only "$(ONLY)")

# Not part of make test, which sends a tenth of it: a stack of its own.
EVENTS ?= 1000
event-storm: bootstrap
	@ONCEPAY_STORM_EVENTS="$(EVENTS)" "$(BIN)/pytest" -q -s tests/e2e/test_event_storm.py

# Not part of make test: two stacks of its own, each with a file of so many rows.
ROWS ?= 100000
KILLS ?= 10
settlement-proof: bootstrap
	@"$(BIN)/python" -m tests.settlements.proof --rows "$(ROWS)" --kills "$(KILLS)"

# Not part of make test: what is measured depends on the machine. ENGINE=dynamodb-local or ministack chooses what does
# DynamoDB's work; JSON=file keeps the figures, CHARTS=folder or CHART=file the charts.
bench: bootstrap
	@"$(BIN)/python" -m benchmarks.payments $(if $(JSON),--json "$(JSON)") $(if $(CHARTS),--charts "$(CHARTS)")
	@echo "bench: a replay by the transaction that fails, or by a read in front of it"
	@"$(BIN)/python" -m benchmarks.replays

bench-cold: bootstrap
	@"$(BIN)/python" -m benchmarks.cold $(if $(JSON),--json "$(JSON)") $(if $(CHART),--chart "$(CHART)")

bench-hot: bootstrap
	@"$(BIN)/python" -m benchmarks.hot $(if $(JSON),--json "$(JSON)") $(if $(CHART),--chart "$(CHART)")

# Likewise. ENGINE=bare takes the local AWS's work out of it; JSON=file keeps the figures.
BENCH_ROWS = $(if $(filter file,$(origin ROWS)),200000,$(ROWS))
FORMAT ?= stripe
ENGINE ?= ministack
bench-reconcile: bootstrap
	@echo "bench-reconcile: reading alone"
	@"$(BIN)/python" -m benchmarks.reconcile_parse --rows "$(BENCH_ROWS)"
	@echo "bench-reconcile: end to end"
	@"$(BIN)/python" -m benchmarks.reconcile_end_to_end --rows "$(BENCH_ROWS)" --format "$(FORMAT)" \
		--engine "$(ENGINE)" $(if $(JSON),--json "$(JSON)")

# On the local stack, unless HOST (with ONCEPAY_API_KEY) or OPTIONS names another one. Not part of make test, which runs
# a small one.
SCENARIO ?= pay
load: $(if $(HOST)$(findstring --stack,$(OPTIONS))$(findstring --help,$(OPTIONS)),bootstrap,up)
	@"$(BIN)/python" -m loadtests "$(SCENARIO)" $(if $(HOST),--host "$(HOST)") $(if $(RATE),--rate "$(RATE)") $(OPTIONS)

check: bootstrap
	@echo "check: ruff" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check .
	@echo "check: mypy" && "$(BIN)/mypy" && for app in functions/*/app.py; do "$(BIN)/mypy" "$$app" || exit 1; done
	@echo "check: floors (import-linter)" && "$(BIN)/lint-imports"
	@echo "check: template (sam validate --lint)" && "$(BIN)/sam" validate --lint --region us-east-1

# With your own AWS credentials and region. ENV=local is what `make up` is for.
ENV ?= dev
deploy: bootstrap
	@test "$(ENV)" != local || { echo "make: ENV=local is not deployed by hand; use make up" >&2; exit 1; }
	@"$(BIN)/oncepay" build --architecture arm64 --stage "$(ENV)"
	@"$(BIN)/sam" deploy --config-env "$(ENV)"

format: bootstrap
	@"$(BIN)/ruff" format . && "$(BIN)/ruff" check --fix .

# After a change of a *.in file. Not part of any other target: it asks the package index for what is newest.
COMPILE = "$(ROOT)/.tools/uv/bin/uv" pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13
requirements: bootstrap
	@$(COMPILE) layers/core/requirements.in -o layers/core/requirements.txt
	@$(COMPILE) --override requirements-overrides.txt requirements-dev.in -o requirements-dev.txt

# server.lock is there for as long as something may be running, whatever became of .venv.
clean:
	@if [ -e .local/server.lock ]; then PATH="$(SYSTEM_PATH)" python3 ops/bootstrap.py && "$(BIN)/oncepay" local down; fi
	@rm -rf .venv .tools .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -f .coverage .coverage.*
	@find benchmarks functions layers loadtests ops tests -name __pycache__ -type d -prune -exec rm -rf {} +
