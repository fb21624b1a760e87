# Two commands: `make demo` and `make test`. Everything they need is made under .venv, var and build.
# A bare Debian 12 with python3 (3.11), python3-venv and make is enough.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PORT   ?= 8000
DATA   ?= var
ARGS   ?=

.PHONY: help demo test check format bench soak manual locks peers clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    la plataforma entera en http://127.0.0.1:$(PORT) (PORT=, DATA=, ARGS=)"
	@echo "make test    todas las pruebas (ARGS= para pytest)"
	@echo "make check   la revisión rápida: formato, tipos, capas, migraciones"
	@echo "make bench   las cifras de velocidad y memoria"
	@echo "make soak    las cuentas completas de cortes y tormentas"
	@echo "make manual  las imágenes de los manuales, tomadas de una demostración"

# ---- set-up, stamped: a second run takes no time

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hace falta Python 3.11 o más nuevo")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: requirements/run.lock requirements/build.lock pyproject.toml | $(BIN)/python
	@echo "instalando los paquetes (con sus sumas de control)…"
	@test -e $(VENV)/.dev-stamp || $(PIP) install --require-hashes -r requirements/build.lock
	@test -e $(VENV)/.dev-stamp || $(PIP) install --require-hashes -r requirements/run.lock
	@test ! -e $(VENV)/.dev-stamp || $(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev-stamp: requirements/dev.lock pyproject.toml | $(BIN)/python
	@echo "instalando los paquetes de las pruebas (con sus sumas de control)…"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(VENV)/.run-stamp

# ---- the two commands

demo: $(VENV)/.run-stamp
	@exec $(BIN)/mayorista demo --data $(DATA) --port $(PORT) $(ARGS)

test: $(VENV)/.dev-stamp peers check
	@scripts/tests.sh $(ARGS)

check: $(VENV)/.dev-stamp
	@scripts/check.sh

# ---- figures, full counts, upkeep

bench: $(VENV)/.dev-stamp
	@$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.dev-stamp peers
	@MAYORISTA_SOAK=1 scripts/tests.sh -m soak $(ARGS)

manual: $(VENV)/.dev-stamp peers
	@$(BIN)/python scripts/manual_pictures.py $(ARGS)

peers:
	@scripts/debian_packages.sh

format: $(VENV)/.dev-stamp
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only .

locks: | $(BIN)/python
	$(PIP) install uv
	for name in build run dev; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    $(UPGRADE) requirements/$$name.in -o requirements/$$name.lock || exit 1; done

clean:
	rm -rf build $(VENV) .pytest_cache .mypy_cache .ruff_cache
