// SPDX-License-Identifier: Apache-2.0
#include "selftest/attack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"

namespace sandgate::selftest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kLicence = "# SPDX-License-Identifier: Apache-2.0\n";
const std::string kRest =
    "# expected: refused\n# origin: classic\n# outside: as root\n\nprint('HELD: EPERM')\n";

std::string MistakeOf(const std::string& text, const char* name = "files/one.py") {
  try {
    ParseAttack(name, text);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Attack, HeaderIsRead) {
  const std::string text =
      kLicence +
      "# claim: A run cannot read\n#   a file.\n# expected: limit timeout, out_of_memory\n"
      "# origin: CVE-1: a flaw\n# network: yes\n"
      "# open in: rootless: by design\n# open in: container without landlock_fs: no layer\n"
      "# outside: never: it would\n#   harm\n\n# no part of it\nprint(1)\n";
  const Attack attack = ParseAttack("files/read_one.py", text);
  EXPECT_EQ(attack.family, "files");
  EXPECT_EQ(attack.language, Language::kPython);
  EXPECT_EQ(attack.claim, "A run cannot read a file.");
  EXPECT_THAT(attack.limits, ElementsAre("timeout", "out_of_memory"));
  EXPECT_EQ(attack.origin, "CVE-1: a flaw");
  EXPECT_TRUE(attack.network);
  EXPECT_EQ(attack.outside, Outside::kNever);
  EXPECT_EQ(attack.never, "it would harm");
  ASSERT_EQ(attack.open_in.size(), 2u);
  EXPECT_EQ(attack.open_in[0].why, "by design");
  EXPECT_EQ(attack.open_in[1].without, "landlock_fs");
}

TEST(Attack, OpenInLooksAtModeAndLayer) {
  const OpenIn always{"rootless", "", "", "x"};
  EXPECT_TRUE(always.Matches("rootless", {}));
  EXPECT_FALSE(always.Matches("full", {}));
  const OpenIn unless{"any", "", "net_ns", "x"};
  EXPECT_TRUE(unless.Matches("full", {"seccomp"}));
  EXPECT_FALSE(unless.Matches("full", {"net_ns"}));
  const OpenIn only{"container", "chroot", "", "x"};
  EXPECT_TRUE(only.Matches("container", {"chroot"}));
  EXPECT_FALSE(only.Matches("container", {}));
}

TEST(Attack, JavaScriptHasItsOwnMarks) {
  const Attack attack = ParseAttack("interpreter/one.js",
                                    "// SPDX-License-Identifier: Apache-2.0\n// claim: x\n// expected: "
                                    "absent\n// origin: y\n// outside: as nobody\n");
  EXPECT_EQ(attack.language, Language::kNode);
  EXPECT_EQ(attack.outside, Outside::kAsNobody);
  EXPECT_TRUE(ProgramOf(attack, "{\"a\":null}").starts_with("globalThis.STAGE = {\"a\":null};\n// SPDX"));
}

TEST(Attack, MistakesAreNamed) {
  EXPECT_THAT(MistakeOf(kLicence + kRest), HasSubstr("attacks/files/one.py: claim is missing"));
  EXPECT_THAT(MistakeOf("print(1)\n"), HasSubstr("no header"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# claim: y\n" + kRest),
              HasSubstr("claim stands there twice"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# expectd: x\n" + kRest),
              HasSubstr("no header line is named expectd"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# stray words\n" + kRest),
              HasSubstr("\"stray words\" has no key"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# network: no\n" + kRest), HasSubstr("network"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# open in: nowhere: y\n" + kRest),
              HasSubstr("no mode nowhere"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# open in: rootless\n" + kRest), HasSubstr("open in"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# expected: nothing\n# origin: y\n# outside: as root\n"),
              HasSubstr("expected: nothing"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# expected: limit ok\n# origin: y\n# outside: as root\n"),
              HasSubstr("expected: limit ok"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n# expected: absent\n# origin: y\n# outside: never\n"),
              HasSubstr("outside: never"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n" + kRest, "one.py"), HasSubstr("family"));
  EXPECT_THAT(MistakeOf(kLicence + "# claim: x\n" + kRest, "files/one.sh"), HasSubstr(".py or .js"));
  EXPECT_EQ(MistakeOf(kLicence + "# claim: x\n" + kRest), "none");
}

TEST(Attack, AllThatAreShippedCanBeRead) {
  std::set<std::string> names;
  for (const Attack& attack : AllAttacks()) EXPECT_TRUE(names.insert(attack.name).second) << attack.name;
  EXPECT_GE(names.size(), 12u);
}

TEST(Attack, PatternIsPartOfTheNameOrAWildcard) {
  const Attack attack = ParseAttack("files/read_one.py", kLicence + "# claim: x\n" + kRest);
  EXPECT_TRUE(IsMeant(attack, "files/"));
  EXPECT_TRUE(IsMeant(attack, "files/*.py"));
  EXPECT_FALSE(IsMeant(attack, "*.js"));
}

}  // namespace
}  // namespace sandgate::selftest
