#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs black-box suites inside the image, against the server in it: inside.sh IMAGE [PYTEST_ARGUMENT...]
# By default contract, cases, explain, escape and leaks. The container has what Docker gives by default and nothing more
# (the profile `docker` of tests/support/container.py); the tests' own tools are put into an image derived from IMAGE, and
# the repository is mounted read-only. Cases share a server that has installed the packages of tests/cases/dependencies,
# from the registries that pip asks on this machine; $SSL_CERT_FILE as for build.sh. Needs root, podman, and the built
# tests/containerize.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
image=$1
shift
[ $# -gt 0 ] || set -- tests/{contract,cases,explain,escape,leaks}

podman=(podman --cgroup-manager cgroupfs --events-backend none --runtime runc)
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/Containerfile" <<END
FROM $image
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
  openssl python3-pytest python3-pytest-xdist python3-yaml >/dev/null
END
with_tests=${image#*/}-with-tests
"${podman[@]}" build --quiet --format docker --isolation chroot --network host "${limits[@]}" \
  --tag "$with_tests" --file "$folder/Containerfile" "$folder"
"$repository/build/tests/containerize" --print-profile >"$folder/seccomp.json"
status=0
for suite in "$@"; do
  echo "--- $suite, inside $image" >&2
  if [[ $suite == tests/cases* ]]; then
    SANDGATE_TEST_IMAGE=localhost/$with_tests python3 "$repository/tests/container/with_packages.py" \
      "$repository/tests/cases/dependencies" "$suite" || status=1
    continue
  fi
  "${podman[@]}" run --rm --network none --no-healthcheck "${limits[@]}" --security-opt seccomp="$folder/seccomp.json" \
    --cap-add NET_RAW --cap-add MKNOD --cap-add AUDIT_WRITE \
    --volume "$repository:/repository:ro" --workdir /repository --entrypoint "" --env PYTHONDONTWRITEBYTECODE=1 \
    --env SANDGATE_BIN=/usr/local/bin/sandgate --env SANDGATE_TEST_INSIDE=container \
    "$with_tests" python3 -m pytest -p no:cacheprovider -q -rfEs -n 3 "$suite" || status=1
done
exit $status
