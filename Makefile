# make demo    from nothing to a proved pair of tables
# make test    everything, with the system packages it needs where they may be installed
.POSIX:
.SUFFIXES:
.PHONY: help env demo test lint docs up bench peers chaos sbom audit clean system-packages

VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
PEERS = $(VENV)/.peers
AUDIT = build/audit
WORKERS = 2
ROWS ?= 1M
SESSIONS ?= 100
SEED ?= 1

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

env: $(STAMP) ## make the environment in .venv; again only when what it needs has changed

$(STAMP): pyproject.toml constraints.txt scripts/make_env.sh
	@sh scripts/make_env.sh $(VENV)
	@touch $(STAMP)

demo: $(STAMP) ## run one smoke test of a real pair of tables through the pipeline
	@$(BIN)/smoke demo

test: $(STAMP) system-packages ## run every test
	@$(BIN)/pytest -n $(WORKERS)

system-packages:
	@sh scripts/system_packages.sh

lint: $(STAMP) ## check the format, the rules, the types and the imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(STAMP) ## build the pages of docs/ for a browser, in build/site
	@$(BIN)/python scripts/architecture.py
	@$(BIN)/python scripts/licences.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

up: $(STAMP) ## start PostgreSQL, Dagster's web page and its daemon; Ctrl-C stops them
	@$(BIN)/smoke up

$(PEERS): $(STAMP)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --no-build-isolation -c constraints.txt -e '.[peers]'
	@touch $(PEERS)

bench: $(PEERS) ## measure the comparison and its peers; ROWS=10M for another size
	@$(BIN)/python -m benchmarks --rows $(ROWS)

peers: $(PEERS) ## put small pairs before the comparison and its peers: who says what is true
	@$(BIN)/python -m benchmarks.false_pass

chaos: $(STAMP) system-packages ## kill, cut and fill while SESSIONS=100 sessions go through the services; SEED=1
	@$(BIN)/python -m smoke_pipeline_tests.chaos --sessions $(SESSIONS) --seed $(SEED)

$(AUDIT)/.installed: pyproject.toml constraints.txt
	@$(BIN)/python -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python -m pip --quiet --disable-pip-version-check install -c constraints.txt cyclonedx-bom pip-audit
	@touch $@

sbom: $(STAMP) $(AUDIT)/.installed ## list what is shipped, with licences, in build/sbom.cdx.json
	@$(AUDIT)/bin/cyclonedx-py environment --output-reproducible --output-format JSON -o build/environment.cdx.json $(BIN)/python
	@$(BIN)/python scripts/sbom.py build/environment.cdx.json build/sbom.cdx.json

audit: $(STAMP) $(AUDIT)/.installed ## ask PyPI which known holes are in what is shipped
	@$(BIN)/python scripts/sbom.py --pins build/shipped.txt
	@$(AUDIT)/bin/pip-audit --no-deps --disable-pip --progress-spinner off -r build/shipped.txt

clean: ## remove the environment and everything else that was made here; data folders stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find smoke_pipeline smoke_pipeline_tests -name __pycache__ -type d -prune -exec rm -rf {} +
