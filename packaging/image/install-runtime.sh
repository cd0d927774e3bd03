#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the image itself: the interpreters' system side, what programs of runs need, and the server's libraries.
set -eu
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq upgrade -y
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
  python3 python3-pip python3-venv \
  ca-certificates curl fonts-dejavu-core fonts-wqy-zenhei libgomp1 tzdata \
  libboost-json1.81.0 libboost-url1.81.0 libfmt9 libprometheus-cpp-core1.0 libseccomp2 libspdlog1.10 libstdc++6 \
  libyaml-cpp0.7
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/log/apt /var/log/*.log
# Nobody becomes another user by a program here.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# Interpreters are where configurations written for dify-sandbox name them; node is there already.
mkdir -p /opt/python/bin
ln -s /usr/bin/python3 /opt/python/bin/python3
ln -s /usr/bin/python3 /usr/local/bin/python3
