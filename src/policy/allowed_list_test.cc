// SPDX-License-Identifier: Apache-2.0
// Lists as operators write and paste them.
#include "policy/allowed_list.h"

#include <gmock/gmock.h>
#include <sys/syscall.h>

namespace sandgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(AllowedList, TakesNamesAndNumbers) {
  const AllowedList list = ReadAllowedList({"mlockall", " Statx ", std::to_string(SYS_getpid), ""});
  EXPECT_THAT(list.numbers, UnorderedElementsAre(SYS_mlockall, SYS_statx, SYS_getpid));
  EXPECT_THAT(list.warnings, IsEmpty());
}

TEST(AllowedList, OneWarningForARangeOfMissingNumbers) {
  const AllowedList list = ReadAllowedList({"1002", "1000", "1001", "2000", "99999999999999999999"});
  EXPECT_THAT(list.numbers, IsEmpty());
  EXPECT_THAT(list.warnings,
              ElementsAre(HasSubstr("1000 to 1002"), HasSubstr("number 2000"), HasSubstr("92233720")));
}

TEST(AllowedList, NegativeNumbersAreMissing) {
  EXPECT_THAT(ReadAllowedList({"-5"}).warnings, ElementsAre(HasSubstr("-5")));
}

TEST(AllowedList, AWordThatNamesNothingIsAWarning) {
  const AllowedList list = ReadAllowedList({"mlockal", "12a", "mlockall"});
  EXPECT_THAT(list.numbers, ElementsAre(SYS_mlockall));
  EXPECT_THAT(list.warnings, ElementsAre(HasSubstr("\"mlockal\""), HasSubstr("\"12a\"")));
}

TEST(AllowedList, WhatNamesNothingIsLeftOutOfTheConfigurationWithItsPlace) {
  LoadedConfig loaded;
  loaded.config.allowed_syscalls = {"mlockal", "1", "Statx", "9999", "12a"};
  loaded.syscall_places = {"a.yaml:3", "a.yaml:4", "a.yaml:5", "a.yaml:6", "environment ALLOWED_SYSCALLS"};
  LeaveOutUnknown(loaded);
  EXPECT_THAT(loaded.config.allowed_syscalls, ElementsAre("1", "Statx", "9999"));
  EXPECT_THAT(loaded.syscall_places, ElementsAre("a.yaml:4", "a.yaml:5", "a.yaml:6"));
  EXPECT_THAT(
      loaded.warnings,
      ElementsAre(HasSubstr("\"mlockal\" (from a.yaml:3) is neither a number nor the name of a system"),
                  HasSubstr("\"12a\" (from environment ALLOWED_SYSCALLS)")));
}

TEST(AllowedList, TheLongListsOfTheWildAreTaken) {
  std::vector<std::string> entries;
  for (int number = 0; number <= 456; ++number) entries.push_back(std::to_string(number));
  const AllowedList list = ReadAllowedList(entries);
  EXPECT_GT(list.numbers.size(), 290U);
  EXPECT_LE(list.warnings.size(), 4U);
}

}  // namespace
}  // namespace sandgate
