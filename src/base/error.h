// SPDX-License-Identifier: Apache-2.0
// The one exception: "we could not do it". What user code did is never an Error, it is an Outcome.
// A message names the operation, the object and, where a user stumbles, a hint.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace sandgate {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, int errno_value = 0)
      : std::runtime_error(message), errno_value_(errno_value) {}
  // The kernel's errno behind the error, or 0.
  int errno_value() const { return errno_value_; }

 private:
  int errno_value_;
};

// "strerror (ENAME)", for messages.
std::string ErrnoText(int errno_value);

// Throws Error "what: <text of errno>".
[[noreturn]] void ThrowErrno(std::string_view what, int errno_value);
[[noreturn]] void ThrowErrno(std::string_view what);

// Returns `result` when it is not negative, else throws as ThrowErrno does.
inline int Check(int result, std::string_view what) {
  if (result < 0) ThrowErrno(what);
  return result;
}

}  // namespace sandgate
