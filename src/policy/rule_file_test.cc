// SPDX-License-Identifier: Apache-2.0
// The forms of a policy file, and the mistakes that are caught.
#include "policy/rule_file.h"

#include <embedded/policies.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "base/error.h"
#include "config/yaml_document.h"

namespace sandgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Rule> Read(const std::string& rules) {
  RuleBook book;
  ReadRules("name: test\nrules:\n" + rules, book);
  return book.rules;
}

std::string Mistake(const std::string& rules) {
  try {
    Read(rules);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RuleFile, OneRuleForEachNamedCall) {
  const std::vector<Rule> rules = Read("- allow: [read, write]\n  why: reason\n");
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_EQ(rules[0].syscall, "read");
  EXPECT_EQ(rules[0].verdict, Verdict::kAllow);
  EXPECT_EQ(rules[0].why, "reason");
  EXPECT_EQ(rules[0].source, "test");
  EXPECT_THAT(rules[0].when, IsEmpty());
}

TEST(RuleFile, AlternativesAreMultiplied) {
  const std::vector<Rule> rules = Read(
      "- allow: [socket]\n  why: r\n  when:\n    domain: [AF_INET, AF_INET6]\n"
      "    type: {ignore: SOCK_CLOEXEC, equals: [SOCK_STREAM, SOCK_DGRAM]}\n");
  ASSERT_THAT(rules, SizeIs(4));
  const Condition domain{0, 0xffffffff, AF_INET6};
  const Condition type{1, 0xffffffff & ~std::uint64_t{SOCK_CLOEXEC}, SOCK_DGRAM};
  EXPECT_THAT(rules[3].when, ::testing::ElementsAre(domain, type));
}

TEST(RuleFile, SetsOfConditionsAreAlternativesAndNoneNeverHolds) {
  EXPECT_THAT(Read("- allow: [socket]\n  why: r\n  when:\n  - {domain: 1}\n  - {domain: 2, type: 1}\n"),
              SizeIs(2));
  RuleBook book;
  ReadRules("name: test\nrules:\n- listed: [socket]\n  why: r\n  when: []\n", book);
  EXPECT_THAT(book.rules, IsEmpty());
  EXPECT_TRUE(book.listed.contains("socket"));
}

TEST(RuleFile, ARefusalCarriesItsReasonWhateverTheFileNeeds) {
  RuleBook book;
  ReadRules(
      "name: n\noption: enable_network\noff: o\nrules:\n- hazard: [ptrace]\n  why: r\n- allow: [read]\n  "
      "why: r\n",
      book);
  ASSERT_THAT(book.rules, SizeIs(2));
  EXPECT_TRUE(book.rules[0].hazard);
  EXPECT_EQ(book.rules[0].needs, needs::kNothing);
  EXPECT_EQ(book.rules[1].needs, needs::kNetwork);
  EXPECT_EQ(book.rules[1].off, "o");
}

TEST(RuleFile, MistakesNameTheFileAndTheWord) {
  EXPECT_THAT(Mistake("- allow: [no_such_call]\n  why: r\n"),
              HasSubstr("policy test, rule 1: \"no_such_call\""));
  EXPECT_THAT(Mistake("- allow: [read]\n"), HasSubstr("read has no `why`"));
  EXPECT_THAT(Mistake("- permit: [read]\n  why: r\n"), HasSubstr("permit"));
  EXPECT_THAT(Mistake("- allow: [socket]\n  why: r\n  when: {domain: AF_X}\n"), HasSubstr("AF_X"));
  EXPECT_THAT(Mistake("- allow: [socket]\n  why: r\n  when: {family: 1}\n"), HasSubstr("family"));
  EXPECT_THAT(Mistake("- allow: [socket]\n  why: r\n  whn: {domain: 1}\n"), HasSubstr("whn"));
  EXPECT_THAT(Mistake("- allow: [kill]\n  why: r\n  needs: luck\n"), HasSubstr("luck"));
  EXPECT_THAT(Mistake("- allow: [socket]\n  why: r\n  when: {type: {mask: 1, equals: 2}}\n"),
              HasSubstr("never holds"));
  EXPECT_THAT(Mistake("- allow: [read\n"), HasSubstr("policy"));
}

// A condition that is not understood must not become a rule without one.
TEST(RuleFile, ConditionsThatAreNoMapAreRefused) {
  for (const char* when : {"[domain]", "domain", "[[domain, 1]]", "", "[{domain: 1}, type]"}) {
    EXPECT_THAT(Mistake(std::string("- allow: [socket]\n  why: r\n  when: ") + when + "\n"),
                HasSubstr("socket"))
        << when;
  }
}

TEST(RuleFile, AnArgumentGivenTwiceIsRefused) {
  EXPECT_THAT(Mistake("- allow: [socket]\n  why: r\n  when: {domain: 1, domain: 2}\n"), HasSubstr("twice"));
}

TEST(RuleFile, CallsThatAreNoListAreRefused) {
  EXPECT_THAT(Mistake("- allow: read\n  why: r\n"), HasSubstr("list of calls"));
}

TEST(RuleFile, AShortFileCannotAskForMillionsOfConditions) {
  std::string values = "[1";
  for (int i = 0; i < 200; ++i) values += ", 1";
  values += "]";
  std::string when;
  for (const char* name : {"address", "length", "prot", "flags", "fd", "offset"}) {
    when += std::string("    ") + name + ": " + values + "\n";
  }
  EXPECT_THAT(Mistake("- allow: [mmap]\n  why: r\n  when:\n" + when),
              HasSubstr("more than 1024 alternatives"));
}

TEST(RuleFile, TheEmbeddedFilesAreWithoutMistakes) { EXPECT_GT(ReadEmbeddedRules().rules.size(), 500U); }

TEST(RuleFile, EachEmbeddedFileIsOneDocument) {
  for (const std::string_view file :
       {embedded::kBaseYaml, embedded::kNetworkYaml, embedded::kProcessesYaml, embedded::kHazardsYaml}) {
    EXPECT_NO_THROW(ParseDocument(std::string(file))) << file.substr(0, 200);
  }
}

}  // namespace
}  // namespace sandgate
