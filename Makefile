PYTHON ?= python3
VENV := .venv
PYTHONS := 3.11 3.12 3.13
BIN := $(VENV)/bin
# A file is tested as a whole by one process, which shares what it trains.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup format lint types imports test test-pythons test-light test-quick check bench bench-curves bench-files bench-folds bench-lint bench-diagnosis bench-tables bench-first-try bench-search bench-cluster demo index docs clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/python -m pip install --quiet --editable '.[search,ray]' --group dev -c constraints.txt
	touch $@

setup: $(VENV)/.ready  ## create .venv with the pinned dependencies

format: setup  ## format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix --select I

lint: setup  ## ruff check, ruff format --check
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup  ## mypy
	$(BIN)/mypy

imports: setup  ## imports point one way
	$(BIN)/lint-imports

test: setup  ## every test
	$(PYTEST)

test-pythons:  ## every test, once with each Python of the README that is here
	PYTHON="$(PYTHON)" VENV="$(VENV)" .ci/test-pythons $(PYTHONS)

test-light: setup  ## the tests that need no TensorFlow
	$(PYTEST) -m "not heavy"

test-quick: setup  ## the light tests without properties, kills and simulations
	$(PYTEST) -m "not (heavy or slow or hypothesis)"

check: setup  ## lint, types, imports, quick tests: green before every commit
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-quick types lint imports

bench: setup  ## measure every figure, write benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench.py

bench-files: setup  ## what reading tables costs beside pandas, write benchmarks/FILES.md
	$(BIN)/python benchmarks/files.py

bench-lint: setup  ## what validate --data says of real tables and of faults, in benchmarks/LINT.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	$(BIN)/python benchmarks/lint.py

bench-folds: setup  ## how often comparisons over folds are wrong, or find what differs, in benchmarks/FOLDS.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	$(BIN)/python benchmarks/folds_runs.py
	$(BIN)/python benchmarks/folds.py

bench-curves: setup  ## what learning curves foretell, in benchmarks/LEARNING_CURVES.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/learning_curves.py

bench-diagnosis: setup  ## injected faults and healthy runs, write benchmarks/DIAGNOSIS.md
	$(BIN)/python benchmarks/diagnosis/run.py --part development
	$(BIN)/python benchmarks/diagnosis/run.py --part held_out --advice

bench-tables: setup  ## configs/tables/ against scikit-learn, write benchmarks/TABLES.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	$(BIN)/python benchmarks/tables.py

bench-first-try: setup  ## init --data to predict over files of packages, write benchmarks/FIRST_TRY.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	$(BIN)/python benchmarks/first_try.py

bench-search: setup  ## what searches find and cost, write benchmarks/SEARCH.md
	$(BIN)/python -m pip install --quiet --group bench -c constraints.txt
	$(BIN)/python benchmarks/search.py

bench-cluster: setup  ## what Ray costs a run, and what is sent, write benchmarks/CLUSTER.md
	$(BIN)/python benchmarks/cluster.py

demo: setup  ## train six rows, which teach nothing, then 4,000, and show what they teach
	$(BIN)/dlrun train configs/gender.yaml
	$(BIN)/dlrun train configs/gender_population.yaml
	$(BIN)/dlrun predict gender_population --rows '[[60, 165], [85, 182]]' --proba
	$(BIN)/dlrun compare gender_population

index: setup  ## write components/index.json and describe/reference.json from the classes
	$(BIN)/python -m dlrun.describe.generate

docs: index  ## write docs/reference/ from the classes
	$(BIN)/python docs/make_reference.py

clean:  ## remove caches; never runs/ or datasets/
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
