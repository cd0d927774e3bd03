#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the image's build stage: what compiles the server for Debian's architecture $1. Further arguments are more packages.
set -eu
target=$1
shift
[ "$(dpkg --print-architecture)" = "$target" ] || dpkg --add-architecture "$target"
apt-get -qq update
compiler=g++
[ "$(dpkg --print-architecture)" = "$target" ] || compiler=crossbuild-essential-$target
libraries='libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libseccomp-dev libyaml-cpp-dev libspdlog-dev
  libfmt-dev prometheus-cpp-dev'
for library in $libraries; do
  set -- "$@" "$library:$target"
done
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
  cmake ninja-build pkg-config libcli11-dev "$compiler" "$@"
# For the bill of materials.
# shellcheck disable=SC2086  # a list of names
dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\n' $libraries libcli11-dev libstdc++-12-dev | sort -u >/built-with
