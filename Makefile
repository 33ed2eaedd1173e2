# Two commands do everything on a machine with only Python and make:
#   make plan    set up, solve the next quarter's GPU budget, write its report
#   make test    set up with test tools, run every test
PYTHON  ?= python3
VENV    ?= .venv
PROBLEM ?= problems/02-next-quarter-budget.yaml
OUT     ?= plans/$(basename $(notdir $(PROBLEM)))
BIN     := $(VENV)/bin
SOURCES := pyproject.toml

.PHONY: plan test lint reports accuracy explanations value clean

plan: $(VENV)/.installed
	$(BIN)/planner plan $(PROBLEM) --out $(OUT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# solve and explain every shipped problem again: minutes for each
reports: $(VENV)/.installed
	$(BIN)/planner gallery problems reports

# fit the model's constants to the measured runs again, with each model and GPU left out, and score it: minutes
accuracy: $(VENV)/.installed-dev
	$(BIN)/planner accuracy --refit

# every single way to pay against the best mix on four real traffic shapes, solved and written to docs/value.md: minutes
value: $(VENV)/.installed
	$(BIN)/planner value

# explain every plan of the gallery and plan again whatever is said of changed inputs: an hour
explanations: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.explanations

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
