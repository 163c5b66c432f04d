# Two commands: `make demo` starts a living province, `make test` proves that it works.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c

HTTP ?= 127.0.0.1:8080
MQTT ?= 127.0.0.1:1883
DATA ?= demo-data
SPEED ?= 1
# Where cargo builds, for those who keep it elsewhere.
BUILT := $(or $(CARGO_TARGET_DIR),target)/release

.PHONY: help demo test wall build deps-check deps-test fmt lint
.DEFAULT_GOAL := help

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## builds everything and starts a living Thai Nguyen with its wall
	@exec $(BUILT)/ioc demo --http $(HTTP) --mqtt $(MQTT) --data $(DATA) --speed $(SPEED)

test: ## installs what the tests need, then runs every test
	@scripts/test

build: deps-check wall ## builds the wall and the binaries
	cargo build --release --locked --bin ioc --bin ioc-sim

wall: deps-check ## builds the browser sources that the binary embeds
	@scripts/wall

deps-check:
	@scripts/deps-check

fmt: ## formats the Rust sources
	cargo fmt --all

lint: ## what CI checks before it tests
	@scripts/lint
