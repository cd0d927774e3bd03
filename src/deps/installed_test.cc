// SPDX-License-Identifier: Apache-2.0
#include "deps/installed.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sandgate {
namespace {

TEST(ParsePackages, ReadsNamesAndVersions) {
  EXPECT_EQ(ParsePackages("[[\"Jinja2\", \"3.1.2\"], [\"pip\", \"\"]]\n"),
            (Packages{{"Jinja2", "3.1.2"}, {"pip", ""}}));
  EXPECT_TRUE(ParsePackages("[]").empty());
}

TEST(ParsePackages, RefusesWhatIsNotTheList) {
  EXPECT_THROW(ParsePackages(""), Error);
  EXPECT_THROW(ParsePackages("{}"), Error);
  EXPECT_THROW(ParsePackages("[[1, 2]]"), Error);
  EXPECT_THROW(ParsePackages("[[\"only a name\"]]"), Error);
}

}  // namespace
}  // namespace sandgate
