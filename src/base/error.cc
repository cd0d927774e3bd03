// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace sandgate {

std::string ErrnoText(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  return fmt::format("{} ({})", strerrordesc_np(errno_value) ? strerrordesc_np(errno_value) : "unknown error",
                     name ? name : std::to_string(errno_value));
}

void ThrowErrno(std::string_view what, int errno_value) {
  throw Error(fmt::format("{}: {}", what, ErrnoText(errno_value)), errno_value);
}

void ThrowErrno(std::string_view what) { ThrowErrno(what, errno); }

}  // namespace sandgate
