# Rosetta Studio. `make` says what there is; every target sets up what it needs.

VENV ?= .venv
QUICK ?= --quick
PROCESSES ?= 2

# The base interpreter: the first that really runs and is of a version the studio was tried on.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.10 python3 python; do \
	if $$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' >/dev/null 2>&1; then echo $$p; break; fi; done)

PY := $(VENV)/bin/python
HASH := $(shell cat requirements.txt requirements-dev.txt | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-16)
STUDIO := $(VENV)/.studio-$(HASH)
DEV := $(VENV)/.dev-$(HASH)

# Tests and benchmarks ask no one on the network.
OFFLINE := GRADIO_ANALYTICS_ENABLED=False HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_OFFLINE=1

# The oldest and the newest Python that the studio is for: types are checked as of both, whatever runs here.
VERSIONS := 3.10 3.12

# Processes that share the tests; each loads the models, 3 GB at most. tests/sharing.py says what stays together.
PYTEST := $(OFFLINE) $(PY) -m pytest -n $(PROCESSES)

.DEFAULT_GOAL := help
.PHONY: help studio photos faces test check bench weights setup hash

help: ## say what there is
	@echo "Rosetta Studio"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'
	@echo
	@echo "VENV=folder puts the environment elsewhere (now $(VENV)), PYTHON=... picks the interpreter, QUICK= benches in full."

studio: $(STUDIO) ## open the studio in the browser
	$(PY) app.py

photos: $(STUDIO) ## fetch the eyes for photographs (85 MB, once)
	@$(PY) -m core.train.photos.eyes

faces: $(STUDIO) ## fetch the generator of faces, LPIPS and the finder of faces (59 MB, once; for research and evaluation only)
	@$(PY) -m core.train.faces.generator

test: $(DEV) ## run every test, those in a real browser too
	@CHROMIUM="$$(PYTHON=$(PY) tools/browser.sh)" || exit 1; export CHROMIUM; $(PYTEST)

check: $(DEV) ## format, lint, types and the tests that need no browser
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	@for version in $(VERSIONS); do echo "types as of Python $$version"; $(PY) -m mypy --python-version $$version core app || exit 1; done
	$(PYTEST) -m "not browser"

bench: $(DEV) ## measure every capability (in full with QUICK=)
	$(OFFLINE) $(PY) -m core.bench --all $(QUICK)

weights: $(DEV) ## train every weight file from nothing, in order
	$(PY) -m core.train --all

setup: $(DEV) ## only set up the environment

hash:
	@echo $(HASH)

# Set-up runs again only when a requirement file has changed: its hash is in the stamp's name.
define NO_PYTHON
No Python between 3.10 and 3.12 was found. Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python
endef
define NO_VENV
The interpreter cannot make a virtual environment. Install its venv package (Debian, Ubuntu: apt-get install python3-venv), then run make again.
endef
export NO_PYTHON NO_VENV

# Debian's python3 comes without ensurepip: then virtualenv, then, for root, the missing package.
define CREATE
base="$(PYTHON)"; \
if [ -z "$$base" ]; then echo "$$NO_PYTHON" >&2; exit 1; fi; \
$(PY) -m pip --version >/dev/null 2>&1 || { \
	echo "Setting up $(VENV) with $$($$base --version)."; \
	$$base -m venv $(VENV) >/dev/null 2>&1 \
	|| $$base -m virtualenv -q $(VENV) 2>/dev/null \
	|| virtualenv -q -p $$base $(VENV) 2>/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq install -y \
		"$$($$base -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >/dev/null && $$base -m venv $(VENV); } \
	|| { echo "$$NO_VENV" >&2; exit 1; }; \
}
endef

# pip is quiet; what shows that it lives is how much has arrived. $(1): the requirement file.
define INSTALL
	@$(CREATE)
	@echo "Installing $(1) (7 GB and a few minutes from nothing, mostly torch)."
	@( while sleep 15 >/dev/null 2>&1; do du -sh $(VENV) 2>/dev/null | awk '{ print "  still at it, " $$1 " so far" }'; done ) & beat=$$!; \
	$(PY) -m pip install -q --disable-pip-version-check --no-input -r $(1); status=$$?; kill $$beat 2>/dev/null; exit $$status
	@rm -f $(VENV)/.studio-* $(VENV)/.dev-*
endef

$(STUDIO):
	$(call INSTALL,requirements.txt)
	@touch $@

$(DEV):
	$(call INSTALL,requirements-dev.txt)
	@touch $(STUDIO) $@
	@echo "The environment is ready."
