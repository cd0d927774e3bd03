// SPDX-License-Identifier: Apache-2.0
#include "sandbox/file_identity.h"

#include <sys/fsuid.h>
#include <unistd.h>

namespace sandgate {

FileIdentity::FileIdentity(std::optional<std::uint32_t> id) : changed_(id.has_value()) {
  if (!changed_) return;
  ::setfsgid(*id);
  ::setfsuid(*id);
}

FileIdentity::~FileIdentity() {
  if (!changed_) return;
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
}

}  // namespace sandgate
