# Everything that is done to this project, each in one word. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests in parallel: more than there are processors, for they wait for processes and databases half of their time.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() * 3 // 2)')

.DEFAULT_GOAL := help
.PHONY: help run test check style types all-tests format migration bench faults bare reference promises requests clients site pictures clean
# A step that fails leaves no file behind that says it is done.
.DELETE_ON_ERROR:

help: ## List what there is.
	@echo "Merkato. What you can make:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name words; do printf '%-18s %s\n' "$$name" "$$words"; done

run: $(VENV)/installed ## Start a demo shop on http://127.0.0.1:8000 (Ctrl-C stops it; the next start finds it again).
	@exec $(BIN)/merkato demo

test: style ## Check and test everything, in parallel.
	@# Types are one processor's work, and tests wait half of their time: they share the machine.
	@$(MAKE) --no-print-directory --jobs=2 types all-tests

check: style types ## Check style, types, import order and the house rules.
	$(BIN)/python -m pytest -n $(JOBS) tests/house

style: $(VENV)/developed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

types: $(VENV)/developed
	$(BIN)/mypy

all-tests: $(VENV)/developed
	$(BIN)/python -m pytest -n $(JOBS) --maxschedchunk 2

format: $(VENV)/developed ## Format the code, and mend what can be mended mechanically.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

migration: $(VENV)/developed ## Write a migration from what changed in the models: make migration m="what changes".
	@test -n "$(m)" || { echo 'Say what changes: make migration m="add a colour to products"' >&2; exit 2; }
	$(BIN)/merkato migrate --make "$(m)"
	$(BIN)/ruff check --fix --quiet --exit-zero src/merkato/migrations/versions
	$(BIN)/ruff format --quiet src/merkato/migrations/versions

reference: $(VENV)/developed ## Write docs/reference/ from the code: settings, problems, events, scopes, commands, OpenAPI.
	cd tests && ../$(BIN)/python -m house.reference

promises: $(VENV)/developed ## Keep the present OpenAPI document as what clients rely on from now on: at a release.
	cd tests && ../$(BIN)/python -m house.promises

requests: $(VENV)/developed ## Write the requests of docs/requests/ for REST Client and Postman.
	cd tests && ../$(BIN)/python -m docs.other_clients

clients: $(VENV)/developed ## Write clients for Python and TypeScript to dist/clients/ (see docs/guides/clients.md).
	$(BIN)/python clients/build.py

site: $(VENV)/developed ## Make a site of the documents, with a search.
	@cd tests && ../$(BIN)/python -m docs.site
	@echo "Open build/documents/site/index.html, or, to search in it too, http://127.0.0.1:8001/ of"
	@echo "  $(BIN)/python -m http.server 8001 --bind 127.0.0.1 --directory build/documents/site"

pictures: $(VENV)/developed ## Take the pictures of docs/pictures/ anew (needs Chromium, curl and jq).
	@$(BIN)/python -m pip install --quiet --group pictures
	cd tests && ../$(BIN)/python -m docs.pictures

bench: $(VENV)/developed ## Measure what requests cost, and how soon and how fast tasks are done (see bench/).
	$(BIN)/python bench/cost.py
	$(BIN)/python bench/tasks.py

faults: $(VENV)/developed ## Kill, cut and freeze things under load, and count what was lost or doubled (takes a quarter of an hour).
	PYTHONPATH=tests $(BIN)/python bench/faults/kills.py
	PYTHONPATH=tests $(BIN)/python bench/faults/payments_away.py

bare: $(VENV)/made ## Carry out the Dockerfile without a container engine, and see that it serves (as root; takes some minutes).
	$(BIN)/python deploy/bare.py

clean: ## Remove what was built and cached; the shop's data in .merkato stays.
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made once, and brought up to date when the list of dependencies has changed.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Merkato needs Python 3.11 or newer; name one: make PYTHON=python3.11" >&2; exit 1; }
	@# Some systems pack Python without ensurepip; then the system's pip fills the environment.
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
		$(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@# Only a recent pip knows dependency groups.
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml
	@echo "Installing Merkato and what it needs; this happens once."
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# One installation for both: pip would look at everything twice.
$(VENV)/developed: $(VENV)/made pyproject.toml
	@echo "Installing Merkato, what it needs and the tools for development; this happens once."
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $(VENV)/installed $@
