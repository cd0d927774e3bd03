// SPDX-License-Identifier: Apache-2.0
// What people are shown: values with sources and without secrets, and documentation that matches the table.
#include "config/effective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "config/load_test_support.h"
#include "config/options.h"

namespace sandgate {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(EffectiveText, ShowsEachValueWithItsSource) {
  const ConfigFile file("max_workers: 8\nlimits: {stdout_bytes: 16M}\nallowed_syscalls: [1, read]\n");
  const std::string text =
      EffectiveText(Load(file.path(), {{"WORKER_TIMEOUT", "15"}, {"PIP_MIRROR_URL", "http://m"}}));
  EXPECT_THAT(text, HasSubstr("# configuration file: " + file.path() + "\n"));
  EXPECT_THAT(text, ContainsRegex("\nmax_workers +8  \\[.*config.yaml:1\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\nworker_timeout +15  \\[environment WORKER_TIMEOUT\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\nlimits.stdout_bytes +16MiB  \\[.*config.yaml:2\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\nallowed_syscalls +1, read  \\[.*config.yaml:3\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\nenable_network +true  \\[default\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\npython_pip_mirror_url +http://m  \\[environment PIP_MIRROR_URL\\]\n"));
  EXPECT_THAT(text, ContainsRegex("\nTZ +\\(empty\\)  \\[default\\]\n"));
}

TEST(EffectiveText, ShowsNoSecret) {
  const std::string text = EffectiveText(LoadText("", {{"API_KEY", "s3cret-测试"},
                                                       {"HTTP_PROXY", "http://user:pa55/w0rd@proxy:3128"},
                                                       {"HTTPS_PROXY", "t0ken@proxy:3128"},
                                                       {"PIP_MIRROR_URL", "https://u:p@ss@mirror/simple"}}));
  EXPECT_THAT(text, ContainsRegex("\napp.key +set \\(9 characters\\)  "));
  EXPECT_THAT(text, HasSubstr("http://user:***@proxy:3128"));
  EXPECT_THAT(text, HasSubstr(" ***@proxy:3128"));
  EXPECT_THAT(text, HasSubstr("https://u:***@mirror/simple"));
  for (const char* secret : {"s3cret", "pa55", "w0rd", "t0ken", "ss@"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST(EffectiveText, LeavesUrlsWithoutUserAsTheyAre) {
  EXPECT_THAT(EffectiveText(LoadText("", {{"HTTP_PROXY", "http://proxy:3128"}})),
              HasSubstr("  http://proxy:3128  "));
}

TEST(EffectiveText, NamesAMissingFile) {
  EXPECT_THAT(EffectiveText(LoadWithoutFile({})), HasSubstr("conf/config.yaml (missing)\n"));
}

TEST(Options, HaveUniqueNamesADocAndNoMarkdownInIt) {
  std::set<std::string_view> names;
  for (const Option& option : Options()) {
    EXPECT_TRUE(option.key.empty() || names.insert(option.key).second) << option.key;
    EXPECT_TRUE(option.env.empty() || names.insert(option.env).second) << option.env;
    EXPECT_FALSE(option.name().empty());
    EXPECT_TRUE(option.doc.ends_with('.')) << option.name();
    EXPECT_EQ(option.doc.find_first_of("|\n"), std::string_view::npos) << option.name();
  }
}

TEST(DocsText, IsTheTextOfTheDocumentation) {
  std::ifstream file(SANDGATE_SOURCE_DIR "/docs/config.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, DocsText()) << "docs/config.md is not what `sandgate config --docs` prints";
}

TEST(DocsText, SaysOfEachOptionWhatItIs) {
  const std::string text = DocsText();
  EXPECT_THAT(text, HasSubstr("| `app.port` | `SANDBOX_PORT` | `8194` | 0 to 65535 | TCP port"));
  EXPECT_THAT(text, HasSubstr("| `isolation.mode` |  | `auto` | auto, full, container, rootless |"));
  EXPECT_THAT(text, HasSubstr("| `environments` |  |  | map of maps |"));
  EXPECT_THAT(text, HasSubstr("| `package_json` | Its Node.js packages"));
}

}  // namespace
}  // namespace sandgate
