#!/usr/bin/env bash
# pytest on two processes; as root, with every peer installed, a missing one is a failure and not a skip.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
workers=${MAYORISTA_TEST_PROCESSES:-2}
unset DATABASE_URL MAYORISTA_OWNER_DATABASE_URL MAYORISTA_DATA
# As root `make peers` installed every peer: a test that misses one then fails instead of being skipped.
if [ "$(id -u)" = 0 ] && scripts/debian_packages.sh --all-there; then
  export MAYORISTA_PEERS_REQUIRED=1
fi
exec "$bin/python" -m pytest -n "$workers" --dist loadgroup "$@"
