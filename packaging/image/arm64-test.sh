#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cross-compiles server and unit tests for arm64, as the image's build stage does, and runs the unit tests with qemu-user:
# arm64-test.sh [LAYER...]. Called by ./dev arm64-test; needs root, podman, runc, debootstrap, qemu-user-static.
#
# Left out by default are layers whose tests make jails, namespaces, seccomp listeners or cgroups: qemu-user has none of
# these system calls. $CCACHE_DIR: compiled files are kept there, else not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ $# -gt 0 ] || set -- base config i18n obs policy http api deps

packaging/base.sh image arm64 >/dev/null  # the kernel is told of qemu
base=$(packaging/base.sh image)
mkdir -p build build-arm64  # the one is where the other is mounted
options=(
  --rm --runtime runc --network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
  --volume "$PWD:/src:ro" --volume "$PWD/build-arm64:/src/build" --workdir /src
)
[ -z "${CCACHE_DIR:-}" ] || options+=(--volume "$CCACHE_DIR:/ccache" --env CCACHE_DIR=/ccache)
podman --cgroup-manager cgroupfs --events-backend none run "${options[@]}" "$base" bash -euc '
  packaging/image/install-build.sh arm64 ccache libgtest-dev:arm64 libgmock-dev:arm64 >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
  cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE=cmake/toolchain-arm64.cmake \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >build/cmake.log
  ninja -C build sandgate "${@/%/_test}"
  build/src/cli/sandgate --version
  failed=()
  for layer in "$@"; do
    "build/src/$layer/${layer}_test" --gtest_brief=1 || failed+=("$layer")
  done
  [ ${#failed[@]} = 0 ] || { echo "arm64: failed: ${failed[*]}"; exit 1; }
  echo "arm64: the unit tests of $* pass"
' bash "$@"
