# Every target does its own set-up (scripts/setup.sh) on a Debian/Ubuntu machine with Node 20.19 or newer.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --silent

BIN := node_modules/.bin
SETUP := scripts/setup.sh
TESTS := scripts/run-tests.sh
# What the tracking is made of; the tests in test/ hold it against real engines.
TRACKING := src/tracker src/engine src/events src/model
SOURCES := $(shell find src web -type f -not -path '*/node_modules/*' 2>/dev/null) package-lock.json tsconfig.json tsconfig.build.json

.PHONY: run demo demo-clean test test-status test-status-integration test-unit test-cgroup-v2 guest-clean soak coverage \
  bench check build clean help

run: ## start the daemon on the Docker Engine it finds and print the dashboard's address
	@$(SETUP) node
	@$(MAKE) dist/.built
	@exec env TIDEWATCH_DATA_DIR="$${TIDEWATCH_DATA_DIR:-.tidewatch}" node dist/cli/main.js serve

demo: ## the same with eight sample workspaces that really run; Ctrl-C ends it
	@$(SETUP) node
	@node_modules/.bin/tsx scripts/demo/engine-answers.ts || $(SETUP) engine
	@$(MAKE) dist/.built
	@exec node --import tsx scripts/demo/main.ts

demo-clean: ## remove everything the demo made
	@$(SETUP) node
	@$(BIN)/tsx scripts/demo/clean.ts

test: ## all tests: unit, contract, real Docker, faults, browser
	@$(SETUP) node engine browser peers
	@$(MAKE) dist/.built
	@$(TESTS)

test-status: ## all tests of the tracking
	@$(SETUP) node engine browser peers
	@$(MAKE) dist/.built
	@$(TESTS) $(TRACKING) test/

test-status-integration: ## the tests against real engines
	@$(SETUP) node engine browser peers
	@$(MAKE) dist/.built
	@$(TESTS) --project engine

test-unit: ## the tests that need nothing but Node
	@$(SETUP) node
	@$(TESTS) --project unit

soak: ## 200 containers that come and go for three minutes while they are monitored (SECONDS=600: for ten)
	@$(SETUP) node engine
	@$(MAKE) dist/.built
	@SOAK_CONTAINERS=200 SOAK_SECONDS=$(or $(filter-out 0,$(SECONDS)),180) $(TESTS) --project engine test/monitoring/churn.test.ts

test-cgroup-v2: ## reading of resources in a Debian guest with cgroup v2 (qemu in emulation: some minutes)
	@$(SETUP) node guest
	@$(MAKE) dist/.built
	@$(BIN)/tsx scripts/guest/main.ts

guest-clean: ## remove that guest and its downloads
	@rm -rf .guest

coverage: ## all tests, with the coverage of src/ as a table and in coverage/
	@$(SETUP) node engine browser peers
	@$(MAKE) dist/.built
	@$(TESTS) --coverage

bench: ## all benchmarks (NAME=burst: one), as a table and in bench/results/
	@$(SETUP) node engine bench
	@$(BIN)/tsx bench/run.ts $(if $(filter command line,$(origin NAME)),$(NAME))

check: ## types, lint, layers, unused code, package shape, documents
	@$(SETUP) node
	@$(BIN)/tsc
	@if [ -f web/tsconfig.json ]; then $(BIN)/tsc -p web/tsconfig.json; fi
	@$(BIN)/biome ci --error-on-warnings
	@$(BIN)/tsx scripts/check-layers.ts
	@$(BIN)/knip
	@$(MAKE) dist/.built
	@$(BIN)/publint --strict
	@$(BIN)/tsx scripts/generate-reference.ts --check
	@$(BIN)/tsx scripts/check-docs.ts

build: ## compile the library, the command line and the page into dist/
	@$(SETUP) node
	@rm -f dist/.built
	@$(MAKE) dist/.built

dist/.built: $(SOURCES)
	@echo 'building dist/'
	@rm -rf dist
	@$(BIN)/tsc -p tsconfig.build.json
	@chmod +x dist/cli/main.js
	@$(BIN)/vite build web --outDir ../dist/web --emptyOutDir --logLevel warn
	@touch dist/.built

clean: ## remove what was built and reported; data and demo stay
	@rm -rf dist coverage .test .bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
