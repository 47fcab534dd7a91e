#!/usr/bin/env bash
# Installs what is missing on a Debian/Ubuntu machine, by stages; says what it does and is silent when there is nothing to do.
#   setup.sh node     npm packages of the lock-file (the only stage that can fail)
#   setup.sh engine   what a private Docker Engine needs
#   setup.sh browser  Chromium, for the tests of the page
#   setup.sh peers    Podman, what stands between Tidewatch and an engine (TLS, proxies, ssh), and Prometheus
#   setup.sh guest    what builds and boots a Debian guest with cgroup v2
#   setup.sh bench    what benchmarks compare with: Netdata, Prometheus, VictoriaMetrics
# Without root, or where a package is not to be had, it names the packages and what will be skipped without them.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*"; }

# command or file → package that brings it
ENGINE='dockerd=docker.io docker=docker-cli /bin/busybox=busybox-static ip=iproute2 iptables=iptables'
BROWSER='chromium=chromium /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc=fonts-noto-cjk'
PEERS='podman=podman runc=runc openssl=openssl haproxy=haproxy ssh=openssh-client sshd=openssh-server'
GUEST='qemu-system-x86_64=qemu-system-x86 debootstrap=debootstrap mkfs.ext4=e2fsprogs'
NETDATA='/usr/sbin/netdata=netdata-core /usr/lib/netdata/plugins.d/cgroup-name.sh=netdata-plugins-bash'
PROMETHEUS='prometheus=prometheus'
VICTORIA_METRICS='victoria-metrics=victoria-metrics'

have() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing_packages() {
  local pair
  for pair in "$@"; do have "${pair%%=*}" || printf '%s ' "${pair#*=}"; done
}

apt() {
  env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -y -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# A package must not start its service here: the tests bring up engines of their own.
GUARD=/usr/sbin/policy-rc.d
guard_services() {
  [ ! -e "$GUARD" ] || return 0
  printf '#!/bin/sh\nexit 101\n' >"$GUARD"
  chmod +x "$GUARD"
  trap 'rm -f "$GUARD"' EXIT
}

# Until Debian 12 and in Ubuntu the command line is part of docker.io; later it is a package of its own.
available() {
  local package
  for package in "$@"; do
    if [ "$package" = docker-cli ] && ! apt-cache show docker-cli >/dev/null 2>&1; then package=docker.io; fi
    echo "$package"
  done | sort -u
}

install_with_apt() {
  local log
  log=$(mktemp)
  guard_services
  if compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then
    mapfile -t chosen < <(available "$@")
    if apt install --no-install-recommends "${chosen[@]}" >"$log" 2>&1; then rm -f "$log"; return 0; fi
  fi
  # The lists were missing or out of date; the network may have had a bad moment: once more each.
  apt update >"$log" 2>&1 || { sleep 3; apt update >>"$log" 2>&1 || true; }
  mapfile -t chosen < <(available "$@")
  if apt install --no-install-recommends "${chosen[@]}" >>"$log" 2>&1 ||
    apt install --no-install-recommends "${chosen[@]}" >>"$log" 2>&1; then rm -f "$log"; return 0; fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}

# packages STAGE-PAIRS WHAT-IS-SKIPPED
packages() {
  local wanted
  # shellcheck disable=SC2086  # a list of pairs
  read -ra wanted <<<"$(missing_packages $1)"
  [ "${#wanted[@]}" -gt 0 ] || return 0
  if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null 2>&1; then
    say "not installed: ${wanted[*]} (Debian package names; this machine has no apt-get). Skipped without them: $2"
  elif [ "$(id -u)" != 0 ]; then
    mapfile -t wanted < <(available "${wanted[@]}")
    say "not installed: ${wanted[*]}. Skipped without them: $2. To have them: sudo apt-get install ${wanted[*]}"
  else
    say "installing ${wanted[*]} with apt-get"
    install_with_apt "${wanted[@]}" || say "could not install ${wanted[*]}. Skipped without them: $2"
  fi
}

# Such a package enables a service, which nobody asked for who wants a benchmark.
# peer_packages COMMAND SERVICE STAGE-PAIRS WHAT-IS-SKIPPED
peer_packages() {
  # Where it is already, it is somebody's.
  ! have "$1" || return 0
  packages "$3" "$4"
  have "$1" || return 0
  update-rc.d "$2" disable >/dev/null 2>&1 || true
  systemctl disable "$2.service" >/dev/null 2>&1 || true
}

prometheus_packages() {
  peer_packages prometheus prometheus "$PROMETHEUS" 'tests with Prometheus, and Prometheus beside our history'
}

bench_packages() {
  peer_packages /usr/sbin/netdata netdata "$NETDATA" 'the benchmark beside Netdata'
  prometheus_packages
  peer_packages victoria-metrics victoria-metrics "$VICTORIA_METRICS" 'VictoriaMetrics beside our history'
}

node_packages() {
  if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
    say "Tidewatch needs Node 20.19 or newer; found: $(node --version 2>/dev/null || echo none). See https://nodejs.org" >&2
    exit 1
  fi
  [ node_modules/.package-lock.json -nt package-lock.json ] && return 0
  say 'installing npm packages (npm ci)'
  npm ci --no-audit --no-fund --loglevel=error </dev/null || {
    say 'npm ci failed; trying once more'
    npm ci --no-audit --no-fund --loglevel=error </dev/null
  }
  touch node_modules/.package-lock.json
}

for stage in "$@"; do
  case $stage in
    node) node_packages ;;
    engine) packages "$ENGINE" 'tests against a real Docker Engine; make demo on a machine without Docker' ;;
    browser) packages "$BROWSER" 'tests of the page in a browser' ;;
    peers)
      packages "$PEERS" 'tests with Podman, TLS, ssh and socket proxies'
      prometheus_packages
      ;;
    guest) packages "$GUEST" 'make test-cgroup-v2' ;;
    bench) bench_packages ;;
    *)
      say "no such stage: $stage" >&2
      exit 2
      ;;
  esac
done
