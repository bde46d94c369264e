# v7m: every task of this repository. `make` alone prints this list.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A plain path instead of an import hook: each start takes 10 ms less. So does compileall where Python may write no
# bytecode: 100 ms less.
EDITABLE := --config-settings editable_mode=compat --editable
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SEED ?= 1
BUDGET ?= 60
TESTS ?=
BEFORE ?=
WORKLOADS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check lint firmware kit golden header bench bench-gate sessions mutants diff-fuzz vsix sanitize clean

help: ## print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.run: pyproject.toml setup.py bin/v7m $(wildcard emulator/engine/native/*.[ch])
	@PYTHON="$(PYTHON)" sh tests/tools.sh python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "v7m needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) $(EDITABLE) .
	$(BIN)/python -m compileall -q emulator rtems_shim v7m
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP_INSTALL) $(EDITABLE) '.[dev]'
	@touch $@

demo: $(VENV)/.run ## see a fault explained, the same access shared, and who may touch what
	@echo '$$ v7m run firmware/prebuilt/stack_isolation.elf' && echo
	@$(BIN)/v7m run firmware/prebuilt/stack_isolation.elf; test $$? -eq 3
	@echo && echo '$$ v7m run firmware/prebuilt/stack_sharing.elf' && echo
	@$(BIN)/v7m run firmware/prebuilt/stack_sharing.elf
	@echo && echo '$$ v7m threads firmware/prebuilt/stack_sharing.elf' && echo
	@$(BIN)/v7m threads firmware/prebuilt/stack_sharing.elf

# A compiler that came after the package was installed is used now. What is missing is said last, as nobody reads the
# beginning.
test: ## install what is missing (as root; else say it), then lint, and run the whole suite, or TESTS="FILE ..."
	@PYTHON="$(PYTHON)" sh tests/tools.sh install
	@ls emulator/engine/_accelerator*.so >/dev/null 2>&1 || rm -f $(VENV)/.run
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest --numprocesses auto $(if $(CI),--durations 30) $(TESTS); status=$$?; \
	PYTHON="$(PYTHON)" sh tests/tools.sh remind; exit $$status

check: test ## what CI runs

lint: $(VENV)/.dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

firmware: $(VENV)/.run ## rebuild firmware/prebuilt byte for byte (needs arm-none-eabi-gcc)
	$(BIN)/python firmware/build.py

kit: ## rebuild conformance/elf byte for byte (needs arm-none-eabi-gcc)
	cd conformance && $(PYTHON) -m kit.build

golden: $(VENV)/.run ## write the golden traces of firmware/ anew where an application does something else now
	$(BIN)/v7m test --update firmware

header: $(VENV)/.run ## write what C compiles of the structures and constants that it shares with Python
	$(BIN)/python -m emulator.engine.native_header

bench: $(VENV)/.dev ## measure against QEMU, bare Unicorn and, with BEFORE=revision, that build: one table of ratios
	$(BIN)/python -m tests.bench $(WORKLOADS) $(if $(BEFORE),--before $(BEFORE))

mutants: $(VENV)/.dev ## change one line at a time: a test must fail each time (takes long; MUTANT=part of a name)
	$(BIN)/python -m tests.mutants $(MUTANT)

sessions: $(VENV)/.dev ## record again what GDB and the server say to each other, and the sessions of docs/debugging.md
	$(BIN)/python tests/gdb/record.py
	PYTHONPATH=tests $(BIN)/python tests/gdb/test_debugging_document.py

bench-gate: $(VENV)/.dev ## the small benchmark that fails when a fast path is lost
	$(BIN)/python -m pytest tests/bench -q -p no:xdist

vsix: ## package the extension for VS Code as build/v7m.vsix (needs node and npm)
	rm -rf build/vscode && mkdir -p build/vscode
	cp -R editors/vscode/. LICENSE build/vscode
	cd build/vscode && npm ci --ignore-scripts --no-audit --no-fund && npx --no-install vsce package --no-dependencies \
	--allow-missing-repository --no-rewrite-relative-links --out ../v7m.vsix

sanitize: $(VENV)/.dev ## run the engine's tests on a sanitizer build of the accelerator
	$(BIN)/python -m pytest tests/unit/test_accelerator_sanitized.py -p no:xdist

diff-fuzz: $(VENV)/.dev ## random programs here and on QEMU: SEED=1 BUDGET=60 (seconds)
	$(BIN)/python -m tests.differential.lab --seed $(SEED) --budget $(BUDGET)

clean: ## remove everything that was made
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache emulator/engine/_*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
