// SPDX-License-Identifier: Apache-2.0
// The descriptors that an interpreter made for itself when it started (event loops wake themselves up with
// them), remembered before a fork and made anew in the child, under the same numbers. A child that kept the
// spawner's would share them with the spawner and with every other run.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace sandgate {

class PrivateFds {
 public:
  // Remembers every descriptor from `first` on but `except`. `proc_self` is a directory of procfs about
  // this process. Throws Error when one is of a kind that cannot be made anew, such as a file or a socket;
  // devices without a state of their own can (/dev/null, /dev/random and /dev/urandom).
  void Remember(int proc_self, int first, const std::vector<int>& except);

  // In the child, when all of them are closed: false with errno set when one could not be made.
  bool Recreate() const;

 private:
  enum class Kind { kDevice, kPipe, kEvent, kPoll };
  struct Watch {
    int fd;
    std::uint32_t events;
    std::uint64_t data;
  };
  struct Item {
    int fd = -1;
    Kind kind = Kind::kDevice;
    const char* device = nullptr;  // the path of one
    int flags = 0;                 // O_* of the open description
    std::uint64_t count = 0;       // of an event; bytes in a pipe
    std::uint64_t pipe = 0;        // which pipe this is an end of
    std::vector<Watch> watches;    // of a poll
  };

  static Item Describe(int proc_self, int fd);
  static void ParseInfo(const std::string& info, Item& item);
  static bool Install(int made, int fd);
  void RequireWholePipes() const;
  bool RecreatePipe(const Item& reader) const;
  static bool RecreateOne(const Item& item);
  static bool AddWatches(const Item& item);

  std::vector<Item> items_;
};

}  // namespace sandgate
