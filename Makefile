# Every target works without arguments. The hub's settings come from the environment
# (docs/settings.md) and may also be given as arguments: `make run PORT=9000`.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run test check bench drill conformance clients mutants pictures .run-venv .dev-venv

ROOMS := monitoring accounts catalog servers mcphub
OUT ?= out
PY := .venv/bin/python
# What a shell may hold for a hub of its own, which tests, checks and benchmarks must not see.
OWN := ^(MCPHUB_[A-Za-z0-9_]*|HOST|PORT|SERVER|WORKERS|DATABASE_URL|REDIS_URL)=
FORGET := unset $$(env | grep -Eo '$(OWN)' | tr -d '=') || true

help: ## list these targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## /\1|/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

run: .run-venv ## install if needed, then prepare and serve the hub on HOST:PORT
	@exec $(PY) manage.py hub

test: .dev-venv ## run the tests that need nothing but Python (SQLite)
	@$(PY) -m pytest -q -m "not services and not clients and not browser" -n 2 --dist worksteal

check: .dev-venv ## lint, formatting, types, migrations and settings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(FORGET); folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
		export MCPHUB_DATA="$$folder"; \
		$(PY) -m mypy $(ROOMS); \
		$(PY) manage.py makemigrations --check --dry-run; \
		$(PY) manage.py check --fail-level WARNING; \
		MCPHUB_PUBLIC_URL=https://hub.example.com $(PY) manage.py check --deploy --fail-level WARNING

clients: .dev-venv ## run other people's clients against the hub, installed from PyPI and npm; OUT=out
	@OUT="$(OUT)" $(PY) -m tests.clients

pictures: .dev-venv ## take each page at 360 and 1440 px, light and dark; AXE=1 judges them; ONLY=names OUT=out
	@ONLY="$(ONLY)" AXE="$(AXE)" OUT="$(OUT)" $(PY) -m tests.pictures

bench: .dev-venv ## measure calls and lists against a bare server; ONLY=call,list PEERS=folder OUT=out
	@ONLY="$(ONLY)" PEERS="$(PEERS)" OUT="$(OUT)" $(PY) -m tests.bench

drill: .dev-venv ## kill each part of a hub 20 times; how soon changes hold, on DATABASE_URL; ONLY= ROUNDS= SEED= OUT=out
	@ONLY="$(ONLY)" ROUNDS="$(ROUNDS)" SEED="$(SEED)" OUT="$(OUT)" $(PY) -m tests.drill

conformance: .dev-venv ## run the official MCP conformance suite; URL=address TOKEN=... ONLY=ping,tools-list OUT=out
	@URL="$(URL)" TOKEN="$(TOKEN)" ONLY="$(ONLY)" OUT="$(OUT)" $(PY) -m tests.conformance
	@[ -n "$(URL)$(ONLY)" ] || OUT="$(OUT)" $(PY) -m tests.conformance.authorization

mutants: .dev-venv ## change the pure rooms place by place: does a test notice? ONLY=files OUT=out
	@ONLY="$(ONLY)" OUT="$(OUT)" $(PY) -m tests.mutants

# --- the virtual environment ---------------------------------------------------------------------
# A stamp is a copy of what was installed: an install that was cut short leaves none.

.run-venv: $(PY)
	@cmp -s requirements.txt .venv/installed.txt \
		|| cat requirements.txt requirements-dev.txt | cmp -s - .venv/installed-dev.txt || { \
		echo "Installing what the hub needs into .venv ..." >&2; \
		$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt >&2; \
		cp requirements.txt .venv/installed.txt; }

.dev-venv: $(PY)
	@cat requirements.txt requirements-dev.txt | cmp -s - .venv/installed-dev.txt || { \
		echo "Installing what work on the hub needs into .venv ..." >&2; \
		$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt >&2; \
		cat requirements.txt requirements-dev.txt > .venv/installed-dev.txt; }

$(PY):
	@for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then exec "$$python" -m venv .venv; fi; \
	done; \
	echo "mcphub needs Python 3.11 or newer with its venv module; none was found." \
		"(On Debian: apt-get install python3 python3-venv)" >&2; exit 1
