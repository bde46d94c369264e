# v7m: every task of this repository. `make` alone prints this list.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A plain path instead of an import hook: each start takes 10 ms less. So does compileall where Python may write no
# bytecode: 100 ms less.
EDITABLE := --config-settings editable_mode=compat --editable
SEED ?= 1
BUDGET ?= 60
BEFORE ?=
WORKLOADS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check lint firmware golden bench bench-gate diff-fuzz sanitize docs clean

help: ## print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.run: pyproject.toml setup.py $(wildcard emulator/machine/native/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "v7m needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments: install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check $(EDITABLE) .
	$(BIN)/python -m compileall -q emulator rtems_shim
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check $(EDITABLE) '.[dev]'
	@touch $@

demo: $(VENV)/.run ## see a fault explained, the same access shared, and who may touch what
	@echo '$$ v7m run firmware/prebuilt/stack_isolation.elf' && echo
	@$(BIN)/v7m run firmware/prebuilt/stack_isolation.elf; test $$? -eq 3
	@echo && echo '$$ v7m run firmware/prebuilt/stack_sharing.elf' && echo
	@$(BIN)/v7m run firmware/prebuilt/stack_sharing.elf
	@echo && echo '$$ v7m threads firmware/prebuilt/stack_sharing.elf' && echo
	@$(BIN)/v7m threads firmware/prebuilt/stack_sharing.elf

test: lint ## set up, then run the whole suite (needs the cross compiler, QEMU and GDB: CONTRIBUTING.md)
	$(BIN)/python -m pytest --numprocesses auto

check: test ## what CI runs

lint: $(VENV)/.dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

firmware: $(VENV)/.run ## rebuild firmware/prebuilt byte for byte (needs arm-none-eabi-gcc)
	$(BIN)/python firmware/build.py

bench: $(VENV)/.dev ## measure against QEMU, bare Unicorn and, with BEFORE=revision, that build: one table of ratios
	$(BIN)/python -m tests.bench $(WORKLOADS) $(if $(BEFORE),--before $(BEFORE))

bench-gate: $(VENV)/.dev ## the small benchmark that fails when a fast path is lost
	$(BIN)/python -m pytest tests/bench -q -p no:xdist

sanitize: $(VENV)/.dev ## run the engine's tests on a sanitizer build of the accelerator
	$(BIN)/python -m pytest tests/unit/test_accelerator_sanitized.py -p no:xdist

diff-fuzz: $(VENV)/.dev ## random programs here and on QEMU: SEED=1 BUDGET=60 (seconds)
	$(BIN)/python -m tests.differential.lab --seed $(SEED) --budget $(BUDGET)

clean: ## remove everything that was made
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache emulator/machine/_*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
