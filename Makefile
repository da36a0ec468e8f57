# Everything here also works as the plain command that it prints; `make` alone lists the targets.

SWIFT ?= swift
# `make run` starts what `make build` and `make test` build: a first debug build takes two thirds of
# the time of a release build, and it is the only one that a newcomer waits for. CONFIGURATION=release
# runs the optimised server.
CONFIGURATION ?= debug
# The folder whose private database `make run` uses; `hazina dev` keeps one for each.
FOLDER ?= .
F ?=

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup build release test lint format golden bench bench-graphql bench-postgres \
	bench-ledger bench-payments bench-plain bench-overload bench-fairness bench-memory fuzz fuzz-http \
	schemathesis differential torture run \
	demo readme docs check where

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (as root on Debian or Ubuntu), or print the command that does
	@scripts/setup

build: setup ## build everything for development
	$(SWIFT) build

release: setup ## build the server for deployment: .build/release/hazina
	$(SWIFT) build -c release --product hazina --static-swift-stdlib

test: ## build, then run every test beside a throw-away PostgreSQL
	@scripts/setup --tests
	$(SWIFT) build --build-tests
	SWIFT="$(SWIFT)" scripts/with-postgres scripts/test

lint: ## check the format of the Swift code and the shell scripts
	@scripts/setup --tests
	scripts/lint

format: ## put the Swift code into the project's format
	scripts/lint --fix

golden: setup ## write the golden files anew from what the code does now
	$(SWIFT) build --build-tests
	HAZINA_UPDATE_GOLDEN=1 scripts/with-postgres $(SWIFT) test --skip-build --disable-xctest --filter Golden

bench: bench-graphql bench-postgres bench-ledger bench-payments bench-plain ## measure engine, pool, ledger, payments and plain requests

bench-graphql: setup
	$(SWIFT) build -c release --product GraphQLBench
	@scripts/bench-graphql "$$($(SWIFT) build -c release --show-bin-path)/GraphQLBench"

bench-postgres: setup
	$(SWIFT) build -c release --product PostgresBench
	@scripts/with-postgres --durable sh -c 'DATABASE_URL="$$HAZINA_TEST_DATABASE_URL" exec "$$0"' \
		"$$($(SWIFT) build -c release --show-bin-path)/PostgresBench"

bench-ledger:
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	@scripts/with-postgres --durable scripts/bench-ledger \
		"$$($(SWIFT) build -c release --show-bin-path)/hazina" $(SECONDS) $(ROUNDS)

bench-payments:
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	$(SWIFT) build -c release --product PaymentsBench
	@bin="$$($(SWIFT) build -c release --show-bin-path)" && scripts/with-postgres --durable \
		scripts/bench-payments "$$bin/hazina" "$$bin/PaymentsBench" $(SECONDS) $(ROUNDS)

bench-plain:
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	@scripts/with-postgres --durable scripts/bench-plain \
		"$$($(SWIFT) build -c release --show-bin-path)/hazina" $(SECONDS) $(ROUNDS)

bench-memory: ## watch the memory of a server at full load: make bench-memory SECONDS=600
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	@scripts/with-postgres --durable scripts/bench-memory \
		"$$($(SWIFT) build -c release --show-bin-path)/hazina" $(SECONDS)

bench-overload:
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	$(SWIFT) build -c release --product PaymentsBench
	@bin="$$($(SWIFT) build -c release --show-bin-path)" && scripts/with-postgres --durable \
		scripts/bench-overload "$$bin/hazina" "$$bin/PaymentsBench" $(SECONDS)

bench-fairness:
	@scripts/setup --benches
	$(SWIFT) build -c release --product hazina
	@scripts/with-postgres --durable scripts/bench-fairness \
		"$$($(SWIFT) build -c release --show-bin-path)/hazina" $(SECONDS)

fuzz: setup ## feed the GraphQL parser and validator random documents: make fuzz SECONDS=600
	@scripts/fuzz-graphql $(SECONDS)

fuzz-http: setup ## send the server bytes that are nearly requests: make fuzz-http SECONDS=600 SEED=7
	$(SWIFT) build --product hazina
	@scripts/fuzz-http $(or $(SECONDS),60) $(SEED)

schemathesis: setup ## let schemathesis make operations and send them: COUNT=20 SEED=1
	$(SWIFT) build --product hazina
	@scripts/schemathesis $(or $(COUNT),20) $(or $(SEED),1)

torture: ## inject faults under load: make torture SECONDS=600 SEED=7 FAULTS=failover,disk
	@scripts/setup --tests
	$(SWIFT) build -c $(CONFIGURATION) --product hazina
	$(SWIFT) build -c $(CONFIGURATION) --product Torture
	@folder="$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)" \
		&& scripts/torture "$$folder/Torture" "$$folder/hazina" \
			$(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) \
			$(if $(FAULTS),--faults $(FAULTS)) $(if $(OTHER),--other $(OTHER))

differential: setup ## compare the GraphQL engine with graphql-core on random documents: COUNT=2000 SEED=1
	$(SWIFT) build --product hazina
	@scripts/differential-graphql "$$($(SWIFT) build --show-bin-path)/hazina" \
		--count "$(or $(COUNT),2000)" --seed "$(or $(SEED),1)"

run: setup ## build, then serve on a private PostgreSQL, in the foreground
	$(SWIFT) build -c $(CONFIGURATION) --product hazina
	@hazina="$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/hazina" \
		&& cd "$(FOLDER)" && exec "$$hazina" dev

demo: setup ## walk through the API against the server that `make run` started
	@HAZINA="$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/hazina" FOLDER="$(FOLDER)" \
		scripts/demo.sh

readme: setup ## run the README's commands against a server of their own
	$(SWIFT) build --product hazina
	scripts/check-readme

docs: setup ## run the commands of docs/ beside a database and a server of their own
	$(SWIFT) build --product hazina
	scripts/check-docs

check: lint test readme docs ## all that has to pass before a change lands

where: ## show the way of an operation from schema to SQL: make where F=createAsset
	@scripts/where "$(F)"
