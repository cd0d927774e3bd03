// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace sandgate {

std::string ErrnoText(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  const char* description = strerrordesc_np(errno_value);
  std::string text = description ? description : "unknown error";
  text.append(" (").append(name ? name : std::to_string(errno_value)).append(")");
  return text;
}

void ThrowErrno(std::string_view what, int errno_value) {
  throw Error(std::string(what) + ": " + ErrnoText(errno_value), errno_value);
}

void ThrowErrno(std::string_view what) { ThrowErrno(what, errno); }

}  // namespace sandgate
