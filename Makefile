SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint generate build build-kms cover fuzz vuln marker year crisis watched bench-scale bench-load bench-peers faults

# The first build, standard library and all, is most of the wait for the demo. Without inlining, debug
# information and C it takes two thirds of the time, and nobody measures the demo.
QUICK := CGO_ENABLED=0
QUICKER := -gcflags='all=-l -dwarf=false' -ldflags='-s -w'

help: ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: ## the whole house on this machine, with phones on a web page
	@echo "compiling; the first time this takes about a minute"
	@$(QUICK) go run $(QUICKER) . demo

# What takes long to compile is compiled first: tests that drive processes and a browser are not to share the
# machine with a compiler. "go list -export" compiles and links nothing. There is more memory than time, so garbage is
# collected less often. Nothing is counted here: counters of coverage are atomic, put goroutines in an order and so hide
# races, and they cost a third of the time. What go vet finds, make lint finds.
test: ## all tests with the race detector; gets what it needs itself
	settings="$$(.ci/setup)"; eval "$$settings"; \
	TMPDIR="$$(.ci/scratch)"; export TMPDIR; trap 'rm -rf "$$TMPDIR"' EXIT; \
	CGO_ENABLED=0 go list -export -deps . >/dev/null && go list -race -export -deps -test ./... >/dev/null && \
	GOGC=300 go test -race -vet=off -shuffle=on -parallel 4 -timeout 30m ./...

lint: ## go vet, staticcheck, gofmt
	go vet ./...
	go tool staticcheck ./...
	unformatted="$$(gofmt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

generate: ## Go code from the SQL queries, and what reads and writes sessions
	cd store/postgres && go tool sqlc generate
	go generate ./flows

build: ## a static binary in bin/
	CGO_ENABLED=0 go build -trimpath -o bin/huiyin .

build-kms: ## the same with AWS, Google Cloud and Vault, for keysets that a key service opens
	CGO_ENABLED=0 go build -trimpath -tags kms -o bin/huiyin .

# Every package is covered by its own tests, and all of them by the conversations. The other tests of the whole house would
# add little and take minutes.
cover: ## coverage per package, with its floors
	settings="$$(CI=true .ci/setup)"; eval "$$settings"; \
	TMPDIR="$$(.ci/scratch)"; export TMPDIR; trap 'rm -rf "$$TMPDIR"' EXIT; \
	GOGC=300 go test -vet=off -coverprofile=cover.out $$(go list ./... | grep -vE '^huiyin(/bench/.*)?$$') && \
	GOGC=300 go test -vet=off -run '^TestTranscripts$$' -coverpkg=./... -coverprofile=cover.talks.out .
	.ci/cover cover.out cover.talks.out

fuzz: ## every fuzz target for FUZZTIME, 10 minutes each unless said
	.ci/fuzz

marker: ## a marked reporter in every mode; every place is searched for the marks after every stage
	settings="$$(.ci/setup)"; eval "$$settings"; go test -count=1 -run 'TestMarker' .

year: ## a company of 10,000 lives through a year in fake time; docs/year.md is drawn anew
	settings="$$(.ci/setup)"; eval "$$settings"; go run ./bench/year -picture docs/img/year.svg -page docs/year.md

crisis: ## 5,000 people file within ten minutes against Telegram's limits; docs/crisis.md is drawn anew; CRISIS="-speed 6" says how
	settings="$$(.ci/setup)"; eval "$$settings"; go run ./bench/crisis -picture docs/img/crisis.svg -page docs/crisis.md $(CRISIS)

watched: ## the dashboard drawn from a real run of minutes, with a Prometheus: docs/img/watching.png
	settings="$$(CI=true .ci/setup)"; eval "$$settings"; go run ./bench/watched

# Pinned, and not a tool of go.mod: what it needs is nothing that the program or its tests need.
vuln: ## known vulnerabilities; asks a database on the internet
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

bench-scale: ## how fast officers are answered when there are many cases: SCALE="-cases 10000,100000" says how many
	go run ./bench/scale $(SCALE)

bench-load: ## what one bot bears and what it takes: LOAD="-people 2000 -think 8s -polling" says how
	go run ./bench/load $(LOAD)

bench-peers: ## the same form in Huiyin, telegraf, grammY and go-telegram/bot, in rounds; docs/performance.md is written anew
	go run ./bench/peers -page docs/performance.md -picture docs/img/performance.svg $(PEERS)

faults: ## everything goes wrong while people file and officers work; FAULTS="-only Redis -people 100" says what
	settings="$$(.ci/setup)"; eval "$$settings"; go run ./bench/faults $(FAULTS)
