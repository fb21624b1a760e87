#!/usr/bin/env bash
# pytest on two processes; as root, with every peer installed, a missing one is a failure and not a skip.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
workers=${MAYORISTA_TEST_PROCESSES:-2}
unset DATABASE_URL MAYORISTA_OWNER_DATABASE_URL MAYORISTA_DATA
exec "$bin/python" -m pytest -n "$workers" --dist loadgroup "$@"
