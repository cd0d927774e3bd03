// SPDX-License-Identifier: Apache-2.0
// Resolves each entry against the table of system calls, and gathers what resolves to nothing into ranges.
#include "policy/allowed_list.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "policy/syscall_table.h"

namespace sandgate {

namespace {

constexpr std::size_t kShown = 80;  // bytes of an entry in a warning

bool LooksLikeNumber(std::string_view entry) {
  return entry.find_first_not_of("0123456789", entry.starts_with('-') ? 1 : 0) == std::string_view::npos;
}

// A number too large for 64 bits becomes the largest, which is no system call either.
std::int64_t Number(std::string_view entry) {
  std::int64_t value = INT64_MAX;
  std::from_chars(entry.data(), entry.data() + entry.size(), value);
  return value;
}

// One sentence for each run of consecutive numbers.
void WarnOfMissing(const std::set<std::int64_t>& missing, std::vector<std::string>& warnings) {
  for (auto first = missing.begin(); first != missing.end();) {
    auto last = first;
    while (std::next(last) != missing.end() && *std::next(last) == *last + 1) ++last;
    warnings.push_back(
        first == last ? fmt::format("allowed_syscalls: no system call has the number {}; ignored", *first)
                      : fmt::format("allowed_syscalls: no system calls have the numbers {} to {}; ignored",
                                    *first, *last));
    first = std::next(last);
  }
}

void AddName(const std::string& name, AllowedList& list) {
  const Syscall* call = FindSyscall(name);
  if (call == nullptr) {
    list.warnings.push_back(IgnoredSyscall(fmt::format("\"{}\"", name), "a list"));
  } else if (const int number = SyscallNumber(*call); number >= 0) {
    list.numbers.insert(number);
  } else {
    list.warnings.push_back(
        fmt::format("allowed_syscalls: this machine's architecture has no call {}; ignored", name));
  }
}

// True for what names a call of any architecture, or is a number.
bool IsEntry(const std::string& raw) {
  const std::string entry = ToLower(Trim(raw));
  return LooksLikeNumber(entry) || FindSyscall(entry) != nullptr;
}

}  // namespace

void LeaveOutUnknown(LoadedConfig& loaded) {
  std::vector<std::string> known;
  std::vector<std::string> places;
  for (std::size_t i = 0; i < loaded.config.allowed_syscalls.size(); ++i) {
    const std::string& entry = loaded.config.allowed_syscalls[i];
    if (IsEntry(entry)) {
      known.push_back(entry);
      places.push_back(loaded.syscall_places[i]);
    } else {
      loaded.warnings.push_back(
          IgnoredSyscall(fmt::format("\"{}\"", entry.substr(0, kShown)), loaded.syscall_places[i]));
    }
  }
  loaded.config.allowed_syscalls = std::move(known);
  loaded.syscall_places = std::move(places);
}

AllowedList ReadAllowedList(const std::vector<std::string>& entries) {
  AllowedList list;
  std::set<std::int64_t> missing;
  for (const std::string& raw : entries) {
    const std::string entry = ToLower(Trim(raw));
    if (entry.empty()) continue;
    if (!LooksLikeNumber(entry)) {
      AddName(entry, list);
    } else if (const std::int64_t number = Number(entry); FindSyscall(number) != nullptr) {
      list.numbers.insert(static_cast<int>(number));
    } else {
      missing.insert(number);
    }
  }
  WarnOfMissing(missing, list.warnings);
  return list;
}

}  // namespace sandgate
