#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the image sandgate:VERSION with podman from a base that debootstrap makes, and its bill of materials beside it,
# build/image/sandgate-VERSION-ARCHITECTURE.spdx.json. Called by ./dev image; needs root, podman, runc, debootstrap.
#
#   build.sh [ARCHITECTURE]   amd64 or arm64, by default that of this machine; the tag of another has its name at the end
#
# $SSL_CERT_FILE, where it is set: certificates that package registries are checked against. $CCACHE_DIR: compiled files
# are kept there, else in podman's own cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=$(dpkg --print-architecture)
architecture=${1:-$here}
version=$(sed -n 's/^project(sandgate VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
tag=sandgate:$version
[ "$architecture" = "$here" ] || tag+=-$architecture
# A machine without systemd has neither its cgroups nor its log.
podman=(podman --cgroup-manager cgroupfs --events-backend none)

base=$(packaging/base.sh image "$architecture")
build_base=$(packaging/base.sh image "$here")
options=(
  --format docker --isolation chroot --runtime runc --network host --platform "linux/$architecture"
  --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
  --pull=never --build-arg BUILDPLATFORM="linux/$here"
  --build-arg BASE="$base" --build-arg BUILD_BASE="$build_base" --build-arg LAUNCHER=ccache
)
[ -z "${SSL_CERT_FILE:-}" ] || options+=(--secret "id=ca,src=$SSL_CERT_FILE")
[ -z "${CCACHE_DIR:-}" ] || options+=(--volume "$CCACHE_DIR:/ccache")
"${podman[@]}" build "${options[@]}" --tag "$tag" --file packaging/Containerfile .

mkdir -p build/image
bill=build/image/sandgate-$version-$architecture.spdx.json
root=$("${podman[@]}" image mount "$tag")
cp "$root/usr/share/doc/sandgate/sbom.spdx.json" "$bill"
"${podman[@]}" image unmount "$tag" >/dev/null
echo "image $tag, bill of materials $bill"
