// SPDX-License-Identifier: Apache-2.0
#include "spawner/private_fds.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/fd.h"

namespace sandgate {

namespace {

std::string LinkOf(int proc_self, int fd) {
  std::array<char, 256> target;
  const std::string name = "fd/" + std::to_string(fd);
  const ssize_t n = ::readlinkat(proc_self, name.c_str(), target.data(), target.size());
  if (n < 0) ThrowErrno("read the link of " + name);
  return {target.data(), static_cast<std::size_t>(n)};
}

std::string InfoOf(int proc_self, int fd) {
  const std::string name = "fdinfo/" + std::to_string(fd);
  const Fd file(Check(::openat(proc_self, name.c_str(), O_RDONLY | O_CLOEXEC), "open " + name));
  std::string info;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t n = ::read(file.get(), part.data(), part.size());
    if (n < 0) ThrowErrno("read " + name);
    if (n == 0) return info;
    info.append(part.data(), static_cast<std::size_t>(n));
  }
}

std::vector<int> OpenDescriptors(int proc_self) {
  const int fd = Check(::openat(proc_self, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open fd");
  DIR* directory = ::fdopendir(fd);
  std::vector<int> fds;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != fd) fds.push_back(std::atoi(entry->d_name));
  }
  ::closedir(directory);
  std::sort(fds.begin(), fds.end());
  return fds;
}

// Devices that are the same for everybody who opens them.
constexpr std::array kDevices = {"/dev/null", "/dev/random", "/dev/urandom"};

// The device that `link` names, or null.
const char* DeviceOf(const std::string& link) {
  const auto found = std::find(kDevices.begin(), kDevices.end(), link);
  return found == kDevices.end() ? nullptr : *found;
}

bool IsReader(int flags) { return (flags & O_ACCMODE) == O_RDONLY; }

}  // namespace

// The lines of /proc/PID/fdinfo/FD (proc(5)).
void PrivateFds::ParseInfo(const std::string& info, Item& item) {
  std::istringstream lines(info);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "flags:") {
      words >> std::oct >> item.flags;
    } else if (word == "eventfd-count:") {
      words >> std::hex >> item.count;
    } else if (word == "tfd:") {
      Watch watch{};
      words >> watch.fd >> word >> std::hex >> watch.events >> word >> watch.data;
      if (!words) throw Error("cannot read the watches of an epoll: " + line);
      item.watches.push_back(watch);
    }
  }
}

PrivateFds::Item PrivateFds::Describe(int proc_self, int fd) {
  Item item;
  item.fd = fd;
  const std::string link = LinkOf(proc_self, fd);
  if (const char* device = DeviceOf(link)) {
    item.kind = Kind::kDevice;
    item.device = device;
  } else if (link.starts_with("pipe:[")) {
    item.kind = Kind::kPipe;
    item.pipe = std::strtoull(link.c_str() + 6, nullptr, 10);
    int bytes = 0;
    Check(::ioctl(fd, FIONREAD, &bytes), "FIONREAD");
    item.count = static_cast<std::uint64_t>(bytes);
  } else if (link == "anon_inode:[eventfd]") {
    item.kind = Kind::kEvent;
  } else if (link == "anon_inode:[eventpoll]") {
    item.kind = Kind::kPoll;
  } else {
    throw Error("descriptor " + std::to_string(fd) + " is " + link + ": it would be shared with runs");
  }
  ParseInfo(InfoOf(proc_self, fd), item);
  return item;
}

// Exactly one reader and one writer of each, or the other end would be somebody else's.
void PrivateFds::RequireWholePipes() const {
  for (const Item& item : items_) {
    if (item.kind != Kind::kPipe) continue;
    const auto ends = std::count_if(items_.begin(), items_.end(), [&](const Item& other) {
      return other.kind == Kind::kPipe && other.pipe == item.pipe &&
             IsReader(other.flags) != IsReader(item.flags);
    });
    const auto same = std::count_if(items_.begin(), items_.end(), [&](const Item& other) {
      return other.kind == Kind::kPipe && other.pipe == item.pipe;
    });
    if (ends != 1 || same != 2)
      throw Error("descriptor " + std::to_string(item.fd) + " is an open pipe to somewhere");
  }
}

void PrivateFds::Remember(int proc_self, int first, const std::vector<int>& except) {
  items_.clear();
  for (const int fd : OpenDescriptors(proc_self)) {
    if (fd >= first && std::find(except.begin(), except.end(), fd) == except.end()) {
      items_.push_back(Describe(proc_self, fd));
    }
  }
  RequireWholePipes();
}

bool PrivateFds::Install(int made, int fd) {
  if (made < 0) return false;
  if (made == fd) return true;
  const int result = ::dup3(made, fd, O_CLOEXEC);
  ::close(made);
  return result >= 0;
}

bool PrivateFds::RecreatePipe(const Item& reader) const {
  const auto writer = std::find_if(items_.begin(), items_.end(), [&](const Item& other) {
    return other.kind == Kind::kPipe && other.pipe == reader.pipe && !IsReader(other.flags);
  });
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  // The writer may have the reader's number: out of its way.
  const int moved = ::fcntl(ends[1], F_DUPFD_CLOEXEC, items_.back().fd + 1);
  ::close(ends[1]);
  if (moved < 0) return false;
  for (std::uint64_t i = 0; i < reader.count; ++i) {
    if (::write(moved, "", 1) != 1) return false;
  }
  return ::fcntl(ends[0], F_SETFL, reader.flags & O_NONBLOCK) == 0 &&
         ::fcntl(moved, F_SETFL, writer->flags & O_NONBLOCK) == 0 && Install(ends[0], reader.fd) &&
         Install(moved, writer->fd);
}

bool PrivateFds::RecreateOne(const Item& item) {
  switch (item.kind) {
    case Kind::kDevice:
      return Install(::open(item.device, (item.flags & O_ACCMODE) | O_CLOEXEC), item.fd);
    case Kind::kEvent:
      return Install(::eventfd(static_cast<unsigned>(item.count),
                               EFD_CLOEXEC | ((item.flags & O_NONBLOCK) != 0 ? EFD_NONBLOCK : 0)),
                     item.fd);
    case Kind::kPoll:
      return Install(::epoll_create1(EPOLL_CLOEXEC), item.fd);
    case Kind::kPipe:
      return true;
  }
  return false;
}

bool PrivateFds::AddWatches(const Item& item) {
  for (const Watch& watch : item.watches) {
    epoll_event event{};
    event.events = watch.events;
    event.data.u64 = watch.data;
    if (::epoll_ctl(item.fd, EPOLL_CTL_ADD, watch.fd, &event) != 0) return false;
  }
  return true;
}

bool PrivateFds::Recreate() const {
  for (const Item& item : items_) {
    const bool made =
        item.kind == Kind::kPipe ? !IsReader(item.flags) || RecreatePipe(item) : RecreateOne(item);
    if (!made) return false;
  }
  return std::all_of(items_.begin(), items_.end(), AddWatches);
}

}  // namespace sandgate
