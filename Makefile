# The two commands: `make demo` (the main job, on any machine) and `make test`. Each installs and starts what it needs.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test acceptance check check-tasks lint types bench validity schemas adapter case-study reference clean help engine images model
.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

demo: engine ## Measure the demo family's NVFP4 quant against its stored reference, on real vLLM and Docker
	$(BIN)/agentbench sandboxes build --suite demo
	$(BIN)/python -m pytest --quant=nvfp4 tasks/

test: lint types engine images model ## Run every check: lint, types, unit, property and end-to-end tests
	$(BIN)/python -m pytest tests -m "not vllm and not acceptance" -n 3 --dist loadfile
	$(BIN)/python -m pytest tests -m "vllm and not acceptance"

acceptance: engine images model ## Run what is too long for `test`: whole simulated nights, the tuning itself
	$(BIN)/python -m pytest tests -m acceptance --timeout=7200

lint: $(VENV)/.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.stamp
	$(BIN)/mypy

check-tasks: engine ## Prove every shipped task in its sandbox (goes on where it stopped; see docs/tasks.md for its time)
	$(BIN)/agentbench sandboxes build
	$(BIN)/agentbench tasks check tasks --full --proofs .cache/proofs.jsonl

check: lint types ## The quick part of the checks: no Docker, no vLLM
	$(BIN)/python -m pytest tests -m "not docker and not vllm and not acceptance"

bench: engine images ## Run the benchmarks and print their tables
	$(BIN)/python -m benchmarks

validity: $(VENV)/.stamp ## Prove the statistics on the whole grid of simulated worlds (hours; goes on where it stopped)
	$(BIN)/python -m benchmarks.validity run
	$(BIN)/python -m benchmarks.validity render

schemas: $(VENV)/.stamp ## Write docs/schemas/ anew
	$(BIN)/python -c "from pathlib import Path; from agentbench.store import write_schemas; write_schemas(Path('docs/schemas'))"

adapter: $(VENV)/.stamp ## Tune the demo family's adapter anew (hours; goes on where it stopped; see training/README.md)
	$(BIN)/python -m training

case-study: engine ## Measure the demo family's quants beside bf16 and write docs/case-study.md (hours; goes on where it stopped)
	$(BIN)/agentbench sandboxes build --suite study
	$(BIN)/python -m benchmarks.case_study run
	$(BIN)/python -m benchmarks.case_study render

reference: engine ## Record the demo family's reference anew (references/demo)
	$(BIN)/python -m pytest --quant=bf16 --quant-trials=4 --quant-save-reference tasks/

engine: $(VENV)/.stamp # a Docker engine that answers
	@$(BIN)/agentbench doctor --start-docker

images: engine # the sandbox images that most tests run in
	$(BIN)/agentbench sandboxes build python shell javascript c

model: $(VENV)/.stamp # what the tests serve
	$(BIN)/agentbench models prepare demo bf16 nvfp4

clean: ## Remove leftover containers, images and the virtual environment
	-$(BIN)/agentbench clean --images --yes
	rm -rf $(VENV)

$(VENV)/.stamp: pyproject.toml
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; }
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
