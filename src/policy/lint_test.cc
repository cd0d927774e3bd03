// SPDX-License-Identifier: Apache-2.0
// What is found in a configuration, where, and how bad it is.
#include "policy/lint.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "policy/rule_file.h"

namespace sandgate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kKey = "app: {key: a-key-of-my-own}\n";

LintReport Check(const std::string& text, Architecture architecture = Architecture::kAmd64) {
  LintInput input;
  input.path = "c.yaml";
  input.text = text;
  input.architecture = architecture;
  return Lint(input);
}

// "PLACE SEVERITY RULE" of every finding.
std::vector<std::string> Found(const LintReport& report) {
  std::vector<std::string> found;
  for (const Finding& one : report.findings) {
    found.push_back(fmt::format("{} {} {}", one.Place(), SeverityName(one.severity), one.rule));
  }
  return found;
}

std::string TextOf(const LintReport& report, const std::string& rule) {
  const auto found = std::ranges::find(report.findings, rule, &Finding::rule);
  return found == report.findings.end() ? "" : found->text;
}

std::string AllNumbers(int from, int to) {
  std::string text = kKey + std::string("allowed_syscalls:\n");
  for (int number = from; number <= to; ++number) text += fmt::format("  - {}\n", number);
  return text;
}

TEST(Lint, ACleanConfigurationHasNoFindings) {
  const LintReport report = Check("app:\n  port: 8194\n  key: a-key-of-my-own\nmax_workers: 8\n");
  EXPECT_THAT(Found(report), IsEmpty());
  EXPECT_EQ(LintStatus(report), 0);
  EXPECT_EQ(report.minimal, "app:\n  key: \"\"  # put your key here; it is not shown\nmax_workers: 8\n");
}

TEST(Lint, ALimitThatAnotherKeepsFromBeingReachedIsTold) {
  const LintReport report = Check(kKey + std::string("limits: {file_mb: 100}\n"));
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:2 warning idle-limit"));
  EXPECT_THAT(TextOf(report, "idle-limit"), HasSubstr("(100) is larger than limits.scratch_mb (64)"));
  EXPECT_THAT(Found(Check(kKey + std::string("limits: {file_mb: 100, scratch_mb: 100}\n"))), IsEmpty());
}

TEST(Lint, LimitsWithWhichNoNodeProgramRunsAreTold) {
  const LintReport report = Check(kKey + std::string("limits:\n  processes: 11\n  open_files: 23\n"));
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:3 warning idle-limit", "c.yaml:4 warning idle-limit"));
  EXPECT_THAT(TextOf(report, "idle-limit"), HasSubstr("limits.processes: 11 is too low for Node.js"));
  EXPECT_THAT(Found(Check(kKey + std::string("limits: {processes: 12, open_files: 24}\n"))), IsEmpty());
}

TEST(Lint, AProfileThatKeepsAServerFromItsStartIsAnError) {
  LintInput input;
  input.path = "conf/c.yaml";
  input.text = kKey + std::string("profile: more\n");
  std::optional<Profile> profile;
  input.profile = [&](const std::string& folder, const std::string& name) {
    EXPECT_EQ(folder + "/" + name, "conf/profiles/more");
    return profile;
  };
  EXPECT_THAT(Found(Lint(input)), ElementsAre("conf/c.yaml:2 error bad-profile"));
  EXPECT_THAT(TextOf(Lint(input), "bad-profile"), HasSubstr("there is no profile more in conf/profiles"));
  const auto rules = [](const char* calls) {
    return ReadProfileRules(fmt::format("name: more\nrules:\n  - allow: [{}]\n    why: so\n", calls), "more",
                            "more");
  };
  profile = Profile{"more", rules("mount")};
  EXPECT_THAT(Found(Lint(input)), ElementsAre("conf/c.yaml:2 error bad-profile"));
  profile = Profile{"more", rules("getpriority")};
  EXPECT_THAT(Found(Lint(input)), IsEmpty());
}

TEST(Lint, TellsEveryMistakeWithItsLine) {
  const LintReport report = Check(
      "app:\n  key: ''\n  port: many\nmax_worker: 4\nenable_network: maybe\nread_only_paths: [a, /b, /]\n"
      "python_pip_mirror_url: http://x\nproxy: none\nenable_network: true\n");
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:2 error empty-key", "c.yaml:3 error bad-value",
                                         "c.yaml:4 warning unknown-key", "c.yaml:5 error bad-value",
                                         "c.yaml:6 error bad-value", "c.yaml:6 error bad-value",
                                         "c.yaml:8 error bad-value", "c.yaml:9 error duplicate-key"));
  EXPECT_EQ(LintStatus(report), 2);
  EXPECT_THAT(TextOf(report, "unknown-key"), HasSubstr("did you mean max_workers?"));
}

TEST(Lint, AFileThatIsNotYamlIsAnErrorWithItsLine) {
  const LintReport report = Check("app:\n  key: [\n");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].source, "c.yaml");
  EXPECT_GT(report.findings[0].line, 0);
  EXPECT_EQ(LintStatus(report), 2);
  EXPECT_EQ(LintStatus(Check("- 1\n")), 2);
}

TEST(Lint, TheDefaultKeyIsAWarning) {
  EXPECT_THAT(Found(Check("app: {key: dify-sandbox}\n")), ElementsAre("c.yaml:1 warning default-key"));
  EXPECT_THAT(Found(Check("max_workers: 4\n")), ElementsAre("c.yaml warning default-key"));
}

TEST(Lint, WhatKeepsAServerFromItsStartIsAnError) {
  const auto found = [](const std::string& text) { return Found(Check(text)); };
  EXPECT_THAT(found("app: {key: k1}\nmetrics: {key: k1}\n"), ElementsAre("c.yaml:2 error bad-value"));
  EXPECT_THAT(found("app:\n  key: k1\n  admin_key: k1\n"), ElementsAre("c.yaml:3 error bad-value"));
  for (const char* address : {"localhost", "'[::1]'", "1.2.3"}) {
    EXPECT_THAT(found(kKey + fmt::format("server: {{address: {}}}\n", address)),
                ElementsAre("c.yaml:2 error bad-value"));
  }
  for (const char* address : {"127.0.0.1", "'::'", "'fe80::1%eth0'"}) {
    EXPECT_THAT(found(kKey + fmt::format("server: {{address: {}}}\n", address)), IsEmpty());
  }
}

TEST(Lint, WhatASettingGivesAwayIsANote) {
  const LintReport report =
      Check(kKey + std::string("allow_hazardous_syscalls: true\nallow_processes: true\nmetrics: {public: "
                               "true}\nread_only_paths: [/etc]\n"));
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:2 note gives-away", "c.yaml:3 note gives-away",
                                         "c.yaml:4 note gives-away", "c.yaml:5 note gives-away"));
  EXPECT_EQ(LintStatus(report), 0);
}

TEST(Lint, SecretsAreNeverShown) {
  const LintReport report = Check("app:\n  key: ' s3cret'\nproxy:\n  http: 'http://u:s3cret@h:1'\n");
  for (const Finding& finding : report.findings) EXPECT_THAT(finding.text, Not(HasSubstr("s3cret")));
  EXPECT_THAT(report.minimal, Not(HasSubstr("s3cret")));
}

TEST(Lint, PathsThatAreNotThereAreTold) {
  LintInput input;
  input.path = "c.yaml";
  input.text = kKey + std::string("python_path: /old/python3\nnodejs_path: /usr/bin/node\n");
  input.exists = [](const std::string& path) { return path == "/usr/bin/node"; };
  EXPECT_THAT(Found(Lint(input)), ElementsAre("c.yaml:2 warning missing-path"));
}

TEST(Lint, PathsOfTheMachineAreForNoRun) {
  const std::string text = kKey + std::string("read_only_paths: [/srv/data, /srv/../dev/]\n");
  const LintReport report = Check(text);
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:2 warning machine-path"));
  EXPECT_THAT(report.findings.at(0).text, HasSubstr("/srv/../dev/"));
}

TEST(LintList, ACommentMustNameTheCall) {
  const std::string text = kKey + std::string(
                                      "allowed_syscalls:\n  - 0 # read - reads\n  - 335 # pidfd_send_signal\n"
                                      "  - 41 # open sockets\n");
  const LintReport report = Check(text);
  EXPECT_THAT(Found(report), ::testing::Contains("c.yaml:4 warning wrong-comment"));
  EXPECT_EQ(TextOf(report, "wrong-comment"),
            "335 is uretprobe on x86_64; the comment says pidfd_send_signal, which is 424");
  EXPECT_EQ(std::ranges::count(report.findings, "wrong-comment", &Finding::rule), 1);
}

TEST(LintList, NumbersAreThoseOfTheArchitecture) {
  const std::string text = kKey + std::string("allowed_syscalls: [336, 57]\n");
  EXPECT_THAT(TextOf(Check(text), "no-such-number"), HasSubstr("336"));
  EXPECT_THAT(TextOf(Check(text, Architecture::kAmd64), "adds"), HasSubstr("fork"));
  EXPECT_THAT(TextOf(Check(text, Architecture::kAarch64), "redundant"), HasSubstr("close"));
  EXPECT_THAT(Found(Check(kKey + std::string("allowed_syscalls: [fork]\n"), Architecture::kAarch64)),
              ElementsAre("c.yaml:2 warning not-here"));
}

TEST(LintList, AListForTheOtherArchitectureIsRecognised) {
  const std::string text = kKey + std::string(
                                      "allowed_syscalls:\n  - 56 # openat\n  - 63 # read\n  - 64 # write\n"
                                      "  - 220 # clone\n");
  EXPECT_THAT(TextOf(Check(text), "other-architecture"), HasSubstr("--arch aarch64"));
  EXPECT_EQ(TextOf(Check(text, Architecture::kAarch64), "other-architecture"), "");
}

TEST(LintList, NumbersThatNoCallHasAreToldTogether) {
  const LintReport report = Check(AllNumbers(350, 420));
  EXPECT_THAT(TextOf(report, "no-such-number"), HasSubstr("no system calls have the numbers 350 to 420"));
}

TEST(LintList, HazardsAreToldAndAreAnErrorWhereTheyAreAllowed) {
  const std::string text = kKey + std::string("allowed_syscalls: [ptrace]\n");
  const LintReport refused = Check(text);
  EXPECT_THAT(Found(refused), ElementsAre("c.yaml:2 warning hazard"));
  EXPECT_THAT(TextOf(refused, "hazard"),
              AllOf(HasSubstr("stays refused"), HasSubstr("trace another process")));
  EXPECT_THAT(refused.minimal, Not(HasSubstr("ptrace")));
  const LintReport allowed = Check(text + "allow_hazardous_syscalls: true\n");
  EXPECT_THAT(Found(allowed), ElementsAre("c.yaml:2 error hazard", "c.yaml:3 note gives-away"));
  EXPECT_THAT(allowed.minimal, HasSubstr("allowed_syscalls: [ptrace]"));
}

TEST(LintList, EntriesAreKeptOnlyWhereTheyAddSomething) {
  const LintReport report =
      Check(kKey + std::string("allowed_syscalls:\n- read\n- write\n- mlockall\n- clone3\n- 1\n"));
  EXPECT_THAT(Found(report), ElementsAre("c.yaml:3-4 note redundant", "c.yaml:5 note adds",
                                         "c.yaml:6 note no-use", "c.yaml:7 note twice"));
  EXPECT_EQ(LintStatus(report), 0);
  EXPECT_THAT(report.minimal, HasSubstr("allowed_syscalls: [mlockall]\n"));
}

TEST(LintList, AnEntryThatAddsArgumentsSaysSo) {
  EXPECT_THAT(TextOf(Check(kKey + std::string("allowed_syscalls: [ioctl]\n")), "adds"),
              AllOf(HasSubstr("with some arguments only"), HasSubstr("allows more")));
  EXPECT_THAT(TextOf(Check(kKey + std::string("allowed_syscalls: [clone]\n")), "adds"),
              HasSubstr("a run is one process"));
}

TEST(LintList, WordsAndRangesAreErrors) {
  EXPECT_THAT(Found(Check(kKey + std::string("allowed_syscalls:\n- raed\n- 0-500\n- [1]\n"))),
              ElementsAre("c.yaml:3 error unknown-name", "c.yaml:4 error range", "c.yaml:5 error bad-value"));
}

TEST(LintList, AListOfNearlyAllMeansAllAndItsHolesAreNamed) {
  std::string text = AllNumbers(0, 335);
  text.erase(text.find("  - 160\n"), 8);
  const LintReport report = Check(text);
  EXPECT_THAT(TextOf(report, "all"), HasSubstr("nothing needs to be listed"));
  std::vector<std::string> missing;
  for (const Finding& one : report.findings) {
    if (one.rule == "missing") missing.push_back(one.text);
  }
  EXPECT_THAT(missing, ElementsAre(AllOf(HasSubstr("424 to 469"), HasSubstr("clone3 (435)")),
                                   HasSubstr("160 (setrlimit)")));
  EXPECT_THAT(report.minimal, Not(HasSubstr("allowed_syscalls")));
}

TEST(LintList, AListThatIsTooLongForOthersIsTold) {
  EXPECT_EQ(TextOf(Check(AllNumbers(0, 499)), "too-long"), "");
  EXPECT_THAT(TextOf(Check(AllNumbers(0, 599)), "too-long"), HasSubstr("600 entries"));
}

TEST(LintList, TheEnvironmentIsCheckedToo) {
  LintInput input;
  input.path = "c.yaml";
  input.text = kKey + std::string("allowed_syscalls: [ptrace]\n");
  input.environment = {{"ALLOWED_SYSCALLS", "0,1000"}, {"MAX_WORKERS", "many"}};
  input.architecture = Architecture::kAmd64;
  EXPECT_THAT(Found(Lint(input)), ElementsAre("environment ALLOWED_SYSCALLS warning no-such-number",
                                              "environment ALLOWED_SYSCALLS note redundant",
                                              "environment MAX_WORKERS error bad-value"));
}

TEST(Lint, SpeaksTheLanguageOfTheConfiguration) {
  const LintReport report =
      Check(kKey + std::string("language: zh\nallowed_syscalls: [ptrace]\nmax_workers: 0\n"));
  EXPECT_EQ(report.locale, Locale::kChinese);
  EXPECT_THAT(TextOf(report, "hazard"), HasSubstr("跟踪另一个进程"));
  EXPECT_THAT(TextOf(report, "bad-value"), HasSubstr("1 到 1024 之间的整数"));
}

}  // namespace
}  // namespace sandgate
