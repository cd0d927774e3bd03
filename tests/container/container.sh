#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the built sandgate in a real container with podman's default settings, for the tests in this
# folder. Needs root, podman, runc and, the first time, debootstrap.
#
#   container.sh base                     makes the base image, where it is not there yet
#   container.sh check                    exits with 0 when containers work here, else says why not (77)
#   container.sh run NAME CONF_DIR [PODMAN_ARGUMENT...]   in the foreground; CONF_DIR, if not empty, is /conf
#   container.sh machine NAME ROOT        systemd in the folder ROOT, with all rights and without a network; returns
#   container.sh pid NAME                 the server's process id
#   container.sh exec NAME COMMAND...     a command inside
#   container.sh remove NAME              stops and removes the container
#   container.sh purge                    removes the base image and everything else kept here
#
# With $SANDGATE_TEST_IMAGE that image as it is takes the place of the base with the built programs in it.
#
# The base is a Debian made by packaging/base.sh and kept where that keeps its own, with its own podman storage: other
# containers of the machine are not touched.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${SANDGATE_BUILD_DIR:-$repository/build}
sandgate=${SANDGATE_BIN:-$build/src/cli/sandgate}
companions=(sandgate-spawner sandgate-python.so sandgate-node.node libsandgate-tmp.so)
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
tag=sandgate-test-base:$(printf '%s\n' "${packages[@]}" | sha256sum | cut -c1-12)

skip() {
  echo "no container tests: $*" >&2
  exit 77
}

# Some machines cannot raise these limits to the engine's own defaults.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)

# The machine's settings are left out: cgroups by their folders, no event log, state in a folder of ours.
podman_options=(--runtime runc --cgroup-manager cgroupfs --events-backend none)
[ -n "${SANDGATE_TEST_IMAGE:-}" ] ||
  podman_options+=(--root "$base/storage" --runroot "$runtime_dir/run" --tmpdir "$runtime_dir/libpod")
podman_here() { podman "${podman_options[@]}" "$@"; }

# Imports the base image when this machine does not have it yet.
prepare_base() {
  if [ -n "${SANDGATE_TEST_IMAGE:-}" ]; then
    podman_here image exists "$SANDGATE_TEST_IMAGE" || skip "there is no image $SANDGATE_TEST_IMAGE"
    tag=$SANDGATE_TEST_IMAGE
    return
  fi
  mkdir -p "$base"
  exec 9>"$base/lock"
  flock 9
  if ! podman_here image exists "$tag"; then
    command -v debootstrap >/dev/null || skip "debootstrap is not installed"
    local root=$base/root.$$
    trap 'rm -rf "$base"/root.$$' EXIT
    echo "making the base image with debootstrap, once, in $base" >&2
    "$repository/packaging/base.sh" unpack "$root" || skip "debootstrap failed"
    {
      chroot "$root" apt-get update &&
        DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends \
          -o Dpkg::Options::=--force-unsafe-io "${packages[@]}"
    } >"$base/packages.log" 2>&1 || skip "the packages could not be installed, see $base/packages.log"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    mkdir -p "$root/conf" "$root/dependencies"
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
  output=$(podman_here run --rm --network host --no-healthcheck "${limits[@]}" --entrypoint true "$tag" 2>&1) || skip "podman cannot run a container here: $output"
  # Where the machine's own root is a chroot, runc looks for the program there (setns(2)).
  local probe=sandgate-probe-$$
  podman_here run --detach --rm --name $probe --network host --no-healthcheck "${limits[@]}" --log-driver none --entrypoint sleep \
    "$tag" 60 >/dev/null
  output=$(podman_here exec $probe cat /proc/1/comm 2>&1) || true
  remove $probe
  [ "$output" = sleep ] || skip "podman cannot run a program in a container that runs, as in a chroot: $output"
}

run() {
  local name=$1 conf=$2
  shift 2
  prepare_base
  local mounts=() command=()
  [ -z "$conf" ] || mounts+=(--volume "$conf:/conf:ro")
  if [ -z "${SANDGATE_TEST_IMAGE:-}" ]; then
    local file
    mounts+=(--volume "$sandgate:/usr/local/bin/sandgate:ro")
    for file in "${companions[@]}"; do
      mounts+=(--volume "$build/src/spawner/$file:/usr/local/libexec/sandgate/$file:ro")
    done
    command=(sandgate serve)
  fi
  exec podman "${podman_options[@]}" run --rm --name "$name" --network host --no-healthcheck "${limits[@]}" \
    --log-driver none --env LANG=C.UTF-8 "${mounts[@]}" "$@" "$tag" "${command[@]}"
}

# Where it is told to be in a container, systemd mounts what it lacks.
machine() {
  podman_here run --detach --rm --name "$1" --privileged --systemd=always --network none "${limits[@]}" \
    --log-driver none --rootfs "$2" /sbin/init >/dev/null
}

remove() {
  podman_here rm --force --time 5 "$1" >/dev/null 2>&1 || true
  # Podman's parent cgroup stays behind otherwise; one in use is not removed.
  rmdir /sys/fs/cgroup/{,*/}libpod_parent/conmon /sys/fs/cgroup/{,*/}libpod_parent 2>/dev/null || true
}

purge() {
  [ -z "${SANDGATE_TEST_IMAGE:-}" ] || return 0  # what is kept with it is not only ours
  podman_here rm --all --force --time 0 >/dev/null 2>&1 || true
  podman_here system reset --force >/dev/null 2>&1 || true
  rm -rf "$base" "$runtime_dir"
}

case ${1:-} in
  base) prepare_base ;;
  check) check ;;
  run) run "${@:2}" ;;
  machine) machine "$2" "$3" ;;
  pid) podman_here inspect --format '{{.State.Pid}}' "$2" ;;
  exec) podman_here exec "${@:2}" ;;
  remove) remove "$2" ;;
  purge) purge ;;
  *)
    sed -n '3,19p' "${BASH_SOURCE[0]}" | cut -c3-
    exit 2
    ;;
esac
