// SPDX-License-Identifier: Apache-2.0
// What the operator's file asks for at this moment, for a program that misses a package. Which file that is
// the configuration alone decides; it is read again only where it, or one that it names, has changed.
#pragma once
#include <functional>
#include <string>

#include "deps/requirements.h"

namespace sandgate {

class AskedFor {
 public:
  // What `read` gives for `file`, without its contents; nothing where it throws Error. Lives until the next
  // call.
  const Requirements& Now(const std::string& file, const std::function<Requirements()>& read);
  // The next Now() reads, whatever the files say of themselves.
  void Forget() { stamp_.clear(); }

 private:
  std::string StampOf(const std::string& file) const;

  Requirements read_;
  std::string stamp_;  // of the files as they were when they were read; empty: they were not
};

}  // namespace sandgate
