// SPDX-License-Identifier: Apache-2.0
#include "deps/asked_for.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/error.h"

namespace sandgate {

namespace {

std::string Stamp(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return file + " is not there\n";
  return fmt::format("{} {} {} {} {}.{} {}.{}\n", file, status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

}  // namespace

std::string AskedFor::StampOf(const std::string& file) const {
  std::string all = Stamp(file);
  for (const std::string& named : read_.files) all += Stamp(named);
  return all;
}

const Requirements& AskedFor::Now(const std::string& file, const std::function<Requirements()>& read) {
  if (stamp_ == StampOf(file)) return read_;
  try {
    read_ = read();
    read_.contents.clear();
  } catch (const Error&) {
    read_ = {};
  }
  stamp_ = StampOf(file);
  return read_;
}

}  // namespace sandgate
