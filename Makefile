.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO ?= go
# How long `make fuzz` gives each fuzz target.
FUZZTIME ?= 30s

# Tools are pinned here and nowhere else. They are built into the user's
# cache, each version in a directory of its own, and installed nowhere.
GOLANGCI_LINT_VERSION := v2.12.2
ACTIONLINT_VERSION := v1.7.12
# So is the program that runs workflows on this machine.
ACT_VERSION := v0.2.89
CYCLONEDX_GOMOD_VERSION := v1.10.0

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/perf-gate
TOOLS := $(CACHE)/tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
ACTIONLINT := $(TOOLS)/actionlint-$(ACTIONLINT_VERSION)/actionlint
ACT := $(TOOLS)/act-$(ACT_VERSION)/act
CYCLONEDX_GOMOD := $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX_GOMOD_VERSION)/cyclonedx-gomod

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/gate.
	$(GO) build -trimpath -o bin/gate ./cmd/gate

.PHONY: dist
dist: $(CYCLONEDX_GOMOD) ## Build what a release consists of, in dist: binaries, SBOMs, checksums.
	GO='$(GO)' CYCLONEDX_GOMOD='$(CYCLONEDX_GOMOD)' .github/release/dist.sh

# kube-apiserver and etcd, built from Go modules that a module of their own
# pins. gate finds them in the cache; see bench/cluster/local.
CONTROL_PLANE_MODULE := bench/cluster/local/controlplane
KUBERNETES_VERSION := $(shell awk '$$1 == "k8s.io/kubernetes" { print $$2; exit }' $(CONTROL_PLANE_MODULE)/go.mod)
CONTROL_PLANE := $(CACHE)/control-plane/$(KUBERNETES_VERSION)
KUBERNETES_LDFLAGS := -s -w $(foreach package,k8s.io/component-base/version k8s.io/client-go/pkg/version,\
	-X $(package).gitVersion=$(KUBERNETES_VERSION) -X $(package).gitTreeState=clean)

.PHONY: control-plane
control-plane: $(CONTROL_PLANE)/kube-apiserver $(CONTROL_PLANE)/etcd ## Build kube-apiserver and etcd for the local cluster, once.

# Each appears when it is complete.
$(CONTROL_PLANE)/kube-apiserver: $(CONTROL_PLANE_MODULE)/go.sum
	cd $(CONTROL_PLANE_MODULE) && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off $(GO) build -trimpath -buildvcs=false \
		-ldflags '$(KUBERNETES_LDFLAGS)' -o $@.part k8s.io/kubernetes/cmd/kube-apiserver
	mv $@.part $@

$(CONTROL_PLANE)/etcd: $(CONTROL_PLANE_MODULE)/go.sum
	cd $(CONTROL_PLANE_MODULE) && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off $(GO) build -trimpath -buildvcs=false \
		-ldflags '-s -w' -o $@.part go.etcd.io/etcd/server/v3
	mv $@.part $@

.PHONY: test
test: control-plane ## Run all tests that need no Docker.
	$(GO) test -timeout 45m ./...

.PHONY: test-kind
test-kind: ## Run the tests that need Docker, on kind clusters of KIND_NODE_IMAGE if that is set.
	$(GO) test -tags kind -timeout 45m -run Kind ./cmd/gate

.PHONY: test-act
test-act: $(ACT) ## Run the action as workflows do, under act, on a fake GitHub.
	ACT='$(ACT)' $(GO) test -count 1 -tags act -timeout 45m -run 'TestAct$$' ./cmd/gate

.PHONY: race
race: control-plane ## Run all tests under the race detector.
	$(GO) test -race -timeout 60m ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) ## Check style, likely mistakes, the layering, the workflows and go.mod.
	$(GOLANGCI_LINT) run ./...
	$(ACTIONLINT)
	! command -v shellcheck >/dev/null || shellcheck .github/release/*.sh testdata/*.sh cmd/gate/testdata/release/bin/*
	$(GO) mod tidy -diff

.PHONY: bench
bench: control-plane ## Run the project's own benchmarks: the quick profile's time, the gate's share of the CPU.
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...

.PHONY: compare-kube-burner
compare-kube-burner: control-plane ## Rewrite the table in docs/kube-burner.md, by the program KUBE_BURNER.
	$(GO) test -timeout 30m -run TestKubeBurner -v ./bench/runner -kube-burner '$(abspath $(KUBE_BURNER))' -update

.PHONY: evaluate
evaluate: ## Rewrite the table in docs/evaluation.md: how perf-gate and others decide on recorded data.
	$(GO) test -timeout 30m -run TestEvaluate -v ./cmd/gate -evaluate "$$($(GO) list -m -f '{{.Dir}}' golang.org/x/perf)/cmd/benchseries/testdata"

# What evaluate-processes measured. It goes on from there.
PROCESSES ?= $(CACHE)/evaluation/processes

.PHONY: evaluate-processes
evaluate-processes: ## Rewrite the table of processes in docs/evaluation.md; measures what is missing, for half an hour.
	GO='$(GO)' testdata/processes.sh '$(PROCESSES)'
	$(GO) test -timeout 30m -run TestEvaluateProcesses -v ./cmd/gate -processes '$(PROCESSES)'

# The runs that are evaluated. They took hours, so they are kept.
EVALUATION ?= $(CACHE)/evaluation/kro

.PHONY: evaluate-kro
evaluate-kro: ## Rewrite the tables on KRO in docs/evaluation.md; measures the runs that EVALUATION lacks.
	GO='$(GO)' testdata/evaluate.sh '$(EVALUATION)' busy-10 wait-10ms busy-5 standard blocks sessions
	GOGC=400 $(GO) test -timeout 120m -run TestEvaluateKRO -v ./cmd/gate -evaluate-kro '$(EVALUATION)'

PLANTS = graph-leak goroutine-leak extra-list collection-copies no-schema-cache linear-routing compile-twice

.PHONY: evaluate-plants
evaluate-plants: ## Rewrite the table of planted problems in docs/evaluation.md; measures the runs that EVALUATION lacks.
	GO='$(GO)' testdata/evaluate.sh '$(EVALUATION)' $(PLANTS)
	$(GO) test -run TestEvaluatePlants -v ./cmd/gate -evaluate-plants '$(EVALUATION)'

.PHONY: compare-main
compare-main: ## Rewrite the table in docs/main.md: KRO main against the newest release; measures it if EVALUATION lacks it.
	GO='$(GO)' testdata/evaluate.sh '$(EVALUATION)' main
	$(GO) test -run TestCompareMain -v ./cmd/gate -compare-main '$(EVALUATION)'

# What GitHub shows Markdown and Mermaid with, for screenshots of reports. A test
# holds the files to their checksums.
MARKDOWN_CSS := github-markdown-css@5.9.0
MERMAID := mermaid@11.12.3
NPM := $(CACHE)/npm

.PHONY: screenshots
screenshots: $(NPM)/$(MARKDOWN_CSS) $(NPM)/$(MERMAID) ## Show what reports look like, in screenshots/. Needs npm and Chromium.
	rm -rf screenshots
	$(GO) test -count 1 -timeout 30m -v ./report/screenshot -screenshots '$(CURDIR)/screenshots' \
		-markdown-css '$(NPM)/$(MARKDOWN_CSS)' -mermaid '$(NPM)/$(MERMAID)'
	@echo "the screenshots are in $(CURDIR)/screenshots: look at them"

.PHONY: pictures
pictures: screenshots ## Rewrite the README's pictures of a comment.
	cp screenshots/readme-wide-light.png docs/comment-light.png
	cp screenshots/readme-wide-dark.png docs/comment-dark.png

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s).
	@$(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | while read -r package; do \
		for target in $$($(GO) test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$package"; \
		done; \
	done

.PHONY: cover
cover: control-plane ## Run all tests and show the coverage of each function.
	$(GO) test -timeout 45m -coverprofile coverage.out -coverpkg ./... ./...
	$(GO) tool cover -func coverage.out

.PHONY: generate
generate: ## Rewrite what is generated: the built-in API schemas and the golden files.
	$(GO) generate ./...
	$(GO) test ./bench ./gate ./report ./cmd/gate -update

.PHONY: runs
runs: ## Measure the runs that tests read, in testdata/runs, again; RUNS names some of them.
	GO='$(GO)' testdata/renew.sh $(RUNS)

.PHONY: clean
clean: ## Remove what the other targets leave in the checkout.
	rm -rf bin dist coverage.out screenshots

$(GOLANGCI_LINT):
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(ACTIONLINT):
	GOBIN=$(@D) $(GO) install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)

$(ACT):
	GOBIN=$(@D) $(GO) install github.com/nektos/act@$(ACT_VERSION)

$(CYCLONEDX_GOMOD):
	GOBIN=$(@D) $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_GOMOD_VERSION)

# Each appears when it is complete.
$(NPM)/%:
	rm -rf '$@.part' && mkdir -p '$@.part'
	cd '$@.part' && npm pack --silent '$(@F)' && tar -xzf *.tgz --strip-components 1 && rm *.tgz
	mv '$@.part' '$@'
