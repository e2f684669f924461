# Everything a developer types. The tools themselves are pinned in tools/go.mod
# and tools/lint/go.mod; Go builds and caches them on first use.
TOOL = go tool -modfile=tools/go.mod
LINT = go tool -modfile=tools/lint/go.mod golangci-lint
# The race detector needs a C compiler; go test goes without where there is none.
RACE := $(if $(shell command -v $$(go env CC)),-race)

.DEFAULT_GOAL := help
.PHONY: help demo setup test lint generate verify image

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Run a district with its towns on this machine; ARGS=… is passed on
	go run ./cmd/daliu demo $(ARGS)

setup: ## Install what the tests need, and build the local control plane once
	tools/setup.sh
	go run ./localcluster/prepare

# A package may have to build its tools first, so it has half an hour, not ten minutes.
test: setup ## Run all tests; GOTESTFLAGS=… is passed on
	go test $(RACE) -timeout 30m $(GOTESTFLAGS) ./...

lint: ## Check style, layers and lengths
	$(LINT) run ./...
	go -C tools/kube vet -trimpath ./...
	go -C tools/image vet ./...
	tools/filelength.sh

generate: ## Generate code and manifests from their sources
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:dir=config/crd
	$(TOOL) sqlc generate --file tenant/store/sqlc.yaml
	$(TOOL) templ generate -path tenant/web
	go generate ./...

verify: ## Fail when a generated file is not what its source says
	tools/verify.sh

image: ## Build the container image as archives in bin; VERSION=…, PLATFORMS=…
	go -C tools/image run . -source=$(CURDIR) -out=$(or $(OUT),$(CURDIR)/bin) $(if $(VERSION),-version=$(VERSION)) $(if $(PLATFORMS),-platforms=$(PLATFORMS))
