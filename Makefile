# Everything a contributor runs. `make help` lists it.

GO    ?= go
LINT  := $(GO) tool -modfile=tools/go.mod golangci-lint
# Long enough for a slow machine; a test that hangs is killed with its stacks.
LIMIT := -timeout 15m

# In these nothing happens at once, or in other processes: the race detector would only
# make them slow.
SINGLE := ./cmd/botd ./config ./expression ./plugins/oncall ./plugins/quiz ./plugins/rules/presets
# The race detector looks at our code. SQLite's, which is C made into Go, it would only
# make three times as slow, and our tests with it.
RACE   := -race '-gcflags=modernc.org/sqlite/lib=-race=false'
# The wiring of parts that are each looked at by themselves, whose tests take longest of
# all; make race looks at it, too.
WIRED := ./daemon
# These take longest of the others. Begun first, they leave no core idle at the end.
FIRST := ./store ./delivery

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## Run the demo: botd, a simulated chat service and a page with one column per member
	$(GO) run ./cmd/botd demo

.PHONY: build
build: ## Build bin/botd
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/botd ./cmd/botd

.PHONY: test
test: tools ## Run all tests, with the race detector where it matters
	$(GO) test $(LIMIT) $(RACE) -shuffle=on $(FIRST) $$($(GO) list ./... | grep -vxF "$$($(GO) list $(SINGLE) $(WIRED) $(FIRST))")
	$(GO) test $(LIMIT) -shuffle=on $(WIRED) $(SINGLE)
	$(GO) test $(LIMIT) -run 'Memory|Isolated' ./bots/host
	$(GO) test $(LIMIT) -tags failpoints ./internal/fail
	$(GO) test $(LIMIT) ./lab/schedules

.PHONY: race
race: tools ## Run the tests of the wiring with the race detector, too, some eight minutes
	$(GO) test $(LIMIT) $(RACE) -shuffle=on $(WIRED)

.PHONY: quick
quick: ## Run the tests without the race detector and without the slow ones
	$(GO) test $(LIMIT) -short ./...

.PHONY: tools
tools:
	@scripts/need-tools

.PHONY: check
check: format vet lint generated ## Formatting, vet, lint, and whether generated files are current

.PHONY: format
format: ## Fail if a file is not gofmt'ed
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "not gofmt'ed:"; echo "$$files"; exit 1; }

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## golangci-lint, pinned in tools/go.mod
	$(LINT) run ./...

.PHONY: generate
generate: ## Write the reference pages again from the code
	UPDATE=1 $(GO) test ./config ./contract ./daemon -run 'TestReference' -count=1

.PHONY: picture
picture: tools ## Make docs/images/demo.png anew: what a browser shows of the demo
	PICTURE=$(CURDIR)/docs/images/demo.png $(GO) test ./daemon -run TestTheDemoInABrowser -count=1

.PHONY: generated
generated: ## Fail if a reference page is not what the code says
	$(GO) test ./config ./contract ./daemon -run 'TestReference' -count=1
	$(GO) mod tidy -diff

.PHONY: bench
bench: ## Measure the whole line beside a bare echo+resty forwarder, what checking signatures costs, and a call of a plugin wherever it lives
	$(GO) run ./bench

.PHONY: killtest
killtest: ## kill -9 botd five times under 200 webhooks a second, and count what was lost or doubled
	$(GO) run ./lab/kill

.PHONY: leaktest
leaktest: ## Have members type ten thousand held answers in bad weather, kill botd, and count who saw what; some five minutes
	$(GO) run ./lab/callbacks

.PHONY: clocktest
clocktest: ## Kill, freeze and replace botd while schedules strike each second, and count what was missed or doubled; some six minutes
	$(GO) run ./lab/clocks

.PHONY: crowdtest
crowdtest: ## Measure a hundred thousand schedules in one process; some ten minutes
	$(GO) run ./lab/clocks -schedules 100000

.PHONY: torture
torture: tools ## Try to break botd in every way the laboratory knows, some forty minutes, and write docs/reliability.md
	$(GO) run ./lab/torture -write docs/reliability.md

# Gitea is built from its module, once; that takes some five minutes.
GITEA := $(CURDIR)/bin/gitea
$(GITEA): tools/gitea/go.mod
	$(GO) -C tools/gitea build -tags 'sqlite sqlite_unlock_notify' -o $@ code.gitea.io/gitea
	@touch $@

.PHONY: senders
senders: tools $(GITEA) ## Let a real Alertmanager and a real Gitea post their webhooks; builds Gitea, once
	BOTD_GITEA=$(GITEA) BOTD_GITEA_ROOT="$$($(GO) -C tools/gitea list -m -f '{{.Dir}}' code.gitea.io/gitea)" \
		$(GO) test $(LIMIT) -count=1 ./lab/senders

.PHONY: fuzz
fuzz: ## Feed every decoder of outside bytes with nonsense, TIME=1m each; see scripts/fuzz
	scripts/fuzz
