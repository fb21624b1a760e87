#!/usr/bin/env bash
# The fast gate (STYLE.md): all of it runs, then it says what failed.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
export MAYORISTA_DATA="${PWD}/build/check" MAYORISTA_SECRET_KEY=check DATABASE_URL=
failed=()

step() {
  local name=$1 begun=$SECONDS
  shift
  if out=$("$@" 2>&1); then
    printf '  bien  %-18s %3d s\n' "$name" $((SECONDS - begun))
  else
    printf '  MAL   %-18s %3d s\n%s\n' "$name" $((SECONDS - begun)) "$out"
    failed+=("$name")
  fi
}

migrations() {
  "$bin/python" -W ignore::RuntimeWarning -m django makemigrations --check --dry-run --settings mayorista.config.settings_tests
}

echo "make check"
step "ruff format" "$bin/ruff" format --check .
step "ruff check" "$bin/ruff" check .
step "mypy" "$bin/mypy"
step "import-linter" "$bin/lint-imports"
step "djlint" "$bin/djlint" --lint src
step "system check" "$bin/python" -m django check --settings mayorista.config.settings_tests
step "migrations" migrations

if [ ${#failed[@]} -gt 0 ]; then
  echo "no pasó: ${failed[*]}"
  exit 1
fi
