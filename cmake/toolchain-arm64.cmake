# SPDX-License-Identifier: Apache-2.0
# Cross-compiles for arm64 on a Debian of another architecture, with crossbuild-essential-arm64 and the libraries' :arm64
# packages beside the machine's own. Tests are run by qemu-user-static, which the kernel calls (packaging/base.sh tells it).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
# Packages for all architectures (CLI11) lie where those of this one do.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
