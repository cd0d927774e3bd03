#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A minimal Debian made by debootstrap, once for each architecture: the base of the image, of the container that tests
# run, and the clean machine on which they install the Debian package. Needs root and debootstrap; for another
# architecture qemu-user-static.
#
#   base.sh unpack FOLDER [ARCHITECTURE]   unpacks it into a new folder
#   base.sh image [ARCHITECTURE]           prints the name of podman's image of it
#
# Kept in $SANDGATE_BASE_DIR, $XDG_CACHE_HOME/sandgate or /var/tmp/sandgate-base. $SANDGATE_DEBIAN_MIRROR: the mirror, if
# not the one that debootstrap knows.
set -euo pipefail

suite=bookworm
if [ -n "${SANDGATE_BASE_DIR:-}" ]; then
  kept=$SANDGATE_BASE_DIR
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
  kept=$XDG_CACHE_HOME/sandgate
else
  kept=/var/tmp/sandgate-base
fi

# Programs of another architecture are run by qemu; where no service of the machine has told the kernel so, this does.
run_foreign() {
  local machine kernel=/proc/sys/fs/binfmt_misc
  [ "$1" != "$(dpkg --print-architecture)" ] || return 0
  case $1 in
    arm64) machine=aarch64 ;;
    amd64) machine=x86_64 ;;
    *) echo "base.sh: no architecture $1" >&2 && exit 1 ;;
  esac
  [ -e $kernel/register ] || mount -t binfmt_misc binfmt_misc $kernel
  [ -e $kernel/qemu-$machine ] || cat /usr/lib/binfmt.d/qemu-$machine.conf >$kernel/register
}

# With the security updates of the same mirror, which debootstrap leaves out.
make_archive() {
  local archive=$1 architecture=$2 root
  root=$(mktemp -d "$kept/root.XXXXXX")
  # shellcheck disable=SC2064  # that root
  trap "rm -rf '$root'" EXIT
  chmod 755 "$root"
  echo "making a Debian $suite ($architecture) with debootstrap, once, in $kept" >&2
  debootstrap --variant=minbase --arch="$architecture" "$suite" "$root" ${SANDGATE_DEBIAN_MIRROR:+"$SANDGATE_DEBIAN_MIRROR"} \
    >"$kept/debootstrap-$architecture.log" 2>&1 ||
    { echo "debootstrap failed, see $kept/debootstrap-$architecture.log" >&2; exit 1; }
  sed -n "s|/debian/\? $suite main|/debian-security $suite-security main|p" "$root/etc/apt/sources.list" \
    >>"$root/etc/apt/sources.list.d/security.list"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/{*.log,apt/*}
  tar -C "$root" -cf "$archive.new" .
  mv "$archive.new" "$archive"
  rm -rf "$root"
  trap - EXIT
}

archive_of() {
  local architecture=$1 archive=$kept/$suite-$1.tar
  run_foreign "$architecture"
  mkdir -p "$kept"
  exec 9>"$kept/base.lock"
  flock 9
  [ -e "$archive" ] || make_archive "$archive" "$architecture"
  flock -u 9
  echo "$archive"
}

# Anew when debootstrap has made another.
image_of() {
  local archive name podman=(podman --cgroup-manager cgroupfs --events-backend none)
  archive=$(archive_of "$1")
  name=localhost/sandgate-base:$suite-$1-$(stat -c %Y "$archive")
  "${podman[@]}" image exists "$name" || "${podman[@]}" import --arch "$1" "$archive" "$name" >/dev/null
  echo "$name"
}

case ${1:-} in
  unpack)
    archive=$(archive_of "${3:-$(dpkg --print-architecture)}")
    mkdir "$2"
    tar -C "$2" -xf "$archive"
    ;;
  image) image_of "${2:-$(dpkg --print-architecture)}" ;;
  *)
    sed -n '3,11p' "${BASH_SOURCE[0]}" | cut -c3-
    exit 2
    ;;
esac
