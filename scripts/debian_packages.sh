#!/usr/bin/env bash
# Installs the Debian packages of the real peers that the tests talk to; without root it says which are missing.
# As root, a package that could not be installed is an error (exit 1).
# Their services are not started: the tests start their own, on ports and folders of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t wanted < <(sed -e 's/#.*//' requirements/debian-packages.txt | awk 'NF {print $1}')
look() {
  missing=()
  for name in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null)" = "ii " ] || missing+=("$name")
  done
}
look
[ ${#missing[@]} -gt 0 ] || exit 0
[ "${1:-}" != --all-there ] || exit 1

if [ "$(id -u)" != 0 ]; then
  echo "FALTAN paquetes de Debian: ${missing[*]}" >&2
  echo "Las pruebas que los necesitan se saltan, y se dice cuáles. Remedio, como root: apt-get install ${missing[*]}" >&2
  exit 0
fi

echo "instalando los paquetes de Debian que faltan: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
log=$(mktemp)
echo "postfix postfix/main_mailer_type select Local only" | debconf-set-selections 2>/dev/null || true
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
  tail -n 20 "$log" >&2
fi
rm -f "$log"
look
if [ ${#missing[@]} -gt 0 ]; then
  echo "No se pudieron instalar: ${missing[*]}" >&2
  echo "Remedio: revise la red o las fuentes de apt, y repita apt-get install ${missing[*]}" >&2
  exit 1
fi
