# pass aws: `make help` lists the targets

PYTHON ?= python3
WORKERS ?= 2

PREFIX ?= /usr/local
DESTDIR ?=
EXTENSION_DIR ?=
export PYTHON
VENV := .venv
DEBIANS := bookworm trixie sid
TOOLS := pass gpg git bash-completion zsh fish fzf mandoc shellcheck pinentry-tty pinentry-curses strace script venv w3m rclone
# It starts many processes: nothing else should run at the same time.
LOAD := tests/test_load.py
# Rooms and files whose tests start few programs.
QUICK := tests/config $(addprefix tests/,$(addsuffix .py,aws/test_partition aws/test_refusals aws/test_sts_door aws/test_values \
	cache/test_ticket command_line/test_bash_line console/test_address credentials/test_digest credentials/test_formats \
	credentials/test_plan gpg/test_packets gpg/test_status mfa/test_totp sso/test_decisions store/test_entry \
	system/test_child_environment test_architecture test_docs test_hints))
SHELLS := scripts/need scripts/install scripts/uninstall scripts/test-on .ci/run $(wildcard extensions/*.bash completions/*.bash)
PYTHONS := pass_aws tests $(wildcard bench/*.py scripts/*.py)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

dev: $(VENV)/.ready ## create .venv with all development tools
	@:

$(VENV)/.ready: pyproject.toml
	@scripts/need venv
	@[ -x $(VENV)/bin/python ] || { echo "making $(VENV)"; "$(PYTHON)" -I -m venv $(VENV); }
	@echo "installing the Python parts into $(VENV) (600 MB; about a minute)"
	@$(VENV)/bin/python -I -m pip install -qq -e '.[dev]'
	@touch $@

lint: dev ## run ruff, mypy, shellcheck, mandoc
	@scripts/need shellcheck mandoc
	@echo "linting (half a minute)"
	@$(VENV)/bin/ruff check -q $(PYTHONS)
	@$(VENV)/bin/ruff format -q --check $(PYTHONS)
	@$(VENV)/bin/mypy --no-error-summary $(PYTHONS)
	@shellcheck $(SHELLS)
	@mandoc -Tlint -Wwarning $(wildcard man/*.1)

tools: ## install the system packages for the tests
	@scripts/need $(TOOLS)

test-faults: tools dev ## kill every writing command, and let it fail, at every point
	@FAULTS=all $(VENV)/bin/python -m pytest -n $(WORKERS) -rP tests/keys/test_faults.py

test: tools ## run lint and all tests with the real tools; ARGS are passed to pytest
	@$(MAKE) --no-print-directory lint
	@echo "testing (12 to 15 minutes on two cores)"
	@$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadgroup $(or $(ARGS),--ignore $(LOAD) --hypothesis-seed 0)
	@$(if $(ARGS),,$(VENV)/bin/python -m pytest $(LOAD))

check: lint ## lint, and the quick tests: settings, plans, formats, entries, refusals, texts, imports (a minute)
	@$(VENV)/bin/python -m pytest -n $(WORKERS) $(QUICK)

mutants: tools dev ## plant defects in the modules that decide about credentials; count those that tests catch
	@nice -n 10 $(VENV)/bin/python scripts/mutants.py $(ARGS)

test-attacks: tools dev ## run each attack that is refused, and show how
	@$(VENV)/bin/python scripts/attack_report.py -n $(WORKERS) --dist loadgroup $(ARGS)

fuzz: dev ## a fuzzer on everything that reads foreign text: make fuzz ARGS='--seconds 60 config'
	@$(VENV)/bin/python -I -m pip install -qq -e '.[fuzz]'
	@$(VENV)/bin/python tests/fuzz/fuzz.py $(ARGS)

test-on: ## run .ci/run in a new Debian: make test-on trixie, or sid, or bookworm
	@scripts/test-on $(filter $(DEBIANS),$(MAKECMDGOALS))

$(DEBIANS):
	@:

demo: ## show everyday commands with a throw-away key, store and local AWS
	@scripts/need pass gpg venv
	@"$(PYTHON)" -I -B scripts/demo.py

demo-picture: dev ## draw the picture in README from the demo
	@scripts/need pass gpg venv
	@$(VENV)/bin/python -B scripts/demo_picture.py

bench: tools dev ## measure commands, next to their floors
	@$(VENV)/bin/python -m bench $(ARGS)

install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export EXTENSION_DIR := $(EXTENSION_DIR)
install: ## install for all users: PREFIX=/usr/local, DESTDIR=, EXTENSION_DIR= (default: from pass)
	@scripts/install

uninstall: ## remove what make install has written
	@scripts/uninstall

clean: ## remove what the other targets have created here
	@rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

dist: dev ## source archive and wheel in dist/, with the same bytes on every machine
	@grep '^setuptools==' scripts/requirements.txt | $(VENV)/bin/python -I -m pip install -qq --require-hashes -r /dev/stdin
	@$(VENV)/bin/python scripts/dist.py

test-lowest: tools ## the core tests with the lowest versions of the dependencies that pyproject.toml allows
	@scripts/need venv
	@"$(PYTHON)" scripts/lowest.py $(ARGS)

lock: dev ## update the exact wheels that make install uses
	@$(VENV)/bin/python scripts/lock.py

.PHONY: help dev lint tools check test mutants test-attacks test-faults test-on demo demo-picture bench install uninstall clean lock test-lowest dist fuzz
.PHONY: $(DEBIANS)
