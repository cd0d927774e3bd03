#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the built sandgate in a real container with podman's default settings, for the tests in this
# folder. Needs root, podman, runc and, the first time, debootstrap.
#
#   container.sh base                     makes the base image, where it is not there yet
#   container.sh check                    exits with 0 when containers work here, else says why not (77)
#   container.sh run NAME CONF_DIR [PODMAN_ARGUMENT...]   in the foreground; CONF_DIR becomes /conf
#   container.sh pid NAME                 the server's process id
#   container.sh exec NAME COMMAND...     a command inside
#   container.sh remove NAME              stops and removes the container
#   container.sh purge                    removes the base image and everything else kept here
#
# The base is a Debian made by debootstrap, kept in $SANDGATE_BASE_DIR, $XDG_CACHE_HOME/sandgate or
# /var/tmp/sandgate-base, with its own podman storage: other containers of the machine are not touched.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${SANDGATE_BUILD_DIR:-$repository/build}
sandgate=${SANDGATE_BIN:-$build/src/cli/sandgate}
companions=(sandgate-spawner sandgate-python.so sandgate-node.node libsandgate-tmp.so)
suite=bookworm
mirror=${SANDGATE_DEBIAN_MIRROR:-}  # empty: the one debootstrap knows
if [ -n "${SANDGATE_BASE_DIR:-}" ]; then
  base=$SANDGATE_BASE_DIR
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
  base=$XDG_CACHE_HOME/sandgate
else
  base=/var/tmp/sandgate-base
fi
runtime_dir=/run/sandgate-test-containers

# What the image holds: the interpreters, what the programs link, and curl for the health check.
packages=(
  python3 python3-pip python3-jinja2 python3-requests python3-httpx nodejs ca-certificates curl
  libboost-json1.81.0 libboost-url1.81.0 libyaml-cpp0.7 libspdlog1.10 libfmt9 libprometheus-cpp-core1.0 libseccomp2
  libstdc++6
)
tag=sandgate-test-base:$(printf '%s\n' "$suite" "${packages[@]}" | sha256sum | cut -c1-12)

skip() {
  echo "no container tests: $*" >&2
  exit 77
}

# Some machines cannot raise these limits to the engine's own defaults.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)

# The machine's settings are left out: cgroups by their folders, no event log, state in a folder of ours.
podman_here() {
  podman --root "$base/storage" --runroot "$runtime_dir/run" --tmpdir "$runtime_dir/libpod" \
    --runtime runc --cgroup-manager cgroupfs --events-backend none "$@"
}

# Imports the base image when this machine does not have it yet.
prepare_base() {
  mkdir -p "$base"
  exec 9>"$base/lock"
  flock 9
  if ! podman_here image exists "$tag"; then
    command -v debootstrap >/dev/null || skip "debootstrap is not installed"
    local root=$base/root.$$
    trap 'rm -rf "$base"/root.$$' EXIT
    echo "making the base image with debootstrap, once, in $base" >&2
    {
      debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} &&
        DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends \
          -o Dpkg::Options::=--force-unsafe-io "${packages[@]}"
    } >"$base/debootstrap.log" 2>&1 || skip "debootstrap failed, see $base/debootstrap.log"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    mkdir -p "$root/conf" "$root/dependencies" "$root/opt/sandgate/bin" "$root/opt/sandgate/libexec"
    tar -C "$root" -c . | podman_here import --message base - "$tag" >/dev/null
    rm -rf "$root"
    trap - EXIT
  fi
  flock -u 9
}

check() {
  [ "$(id -u)" = 0 ] || skip "needs root"
  local program
  for program in podman runc; do
    command -v $program >/dev/null || skip "$program is not installed"
  done
  prepare_base
  local output
  output=$(podman_here run --rm --network host "${limits[@]}" "$tag" true 2>&1) || skip "podman cannot run a container here: $output"
}

run() {
  local name=$1 conf=$2
  shift 2
  prepare_base
  local ours=/opt/sandgate/libexec/sandgate
  local mounts=(--volume "$conf:/conf:ro" --volume "$sandgate:/opt/sandgate/bin/sandgate:ro")
  local file
  for file in "${companions[@]}"; do
    mounts+=(--volume "$build/src/spawner/$file:$ours/$file:ro")
  done
  exec podman --root "$base/storage" --runroot "$runtime_dir/run" --tmpdir "$runtime_dir/libpod" \
    --runtime runc --cgroup-manager cgroupfs --events-backend none \
    run --rm --name "$name" --network host "${limits[@]}" \
    --log-driver none --env LANG=C.UTF-8 "${mounts[@]}" "$@" "$tag" /opt/sandgate/bin/sandgate serve
}

remove() {
  podman_here rm --force --time 5 "$1" >/dev/null 2>&1 || true
  # Podman's parent cgroup stays behind otherwise; one in use is not removed.
  rmdir /sys/fs/cgroup/{,*/}libpod_parent/conmon /sys/fs/cgroup/{,*/}libpod_parent 2>/dev/null || true
}

purge() {
  podman_here rm --all --force --time 0 >/dev/null 2>&1 || true
  podman_here system reset --force >/dev/null 2>&1 || true
  rm -rf "$base" "$runtime_dir"
}

case ${1:-} in
  base) prepare_base ;;
  check) check ;;
  run) run "${@:2}" ;;
  pid) podman_here inspect --format '{{.State.Pid}}' "$2" ;;
  exec) podman_here exec "${@:2}" ;;
  remove) remove "$2" ;;
  purge) purge ;;
  *)
    sed -n '3,16p' "${BASH_SOURCE[0]}" | cut -c3-
    exit 2
    ;;
esac
