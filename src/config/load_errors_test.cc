// SPDX-License-Identifier: Apache-2.0
// Configurations that must not start, and the words in which that is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "config/load_test_support.h"

namespace sandgate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(LoadErrors, NameKeyValueSourceAndWhatIsExpected) {
  EXPECT_EQ(LoadError("", {{"MAX_WORKERS", "abc"}}),
            R"(MAX_WORKERS: "abc" (from environment MAX_WORKERS) is not a whole number from 1 to 1024)");
  EXPECT_EQ(LoadError("# x\nmax_workers: 0\n"),
            R"(max_workers: "0" (from FILE:2) is not a whole number from 1 to 1024)");
}

struct BadCase {
  const char* yaml;
  const char* expected;
};

TEST(LoadErrors, RefuseEveryBadValue) {
  const BadCase cases[] = {
      {"worker_timeout: 0", "from 1 to 86400"},
      {"worker_timeout: 86401", "from 1 to 86400"},
      {"worker_timeout: 1.5", "\"1.5\""},
      {"max_workers: 1025", "from 1 to 1024"},
      {"max_requests: 100001", "from 1 to 100000"},
      {"max_requests: [1]", "a list"},
      {"max_requests: {a: 1}", "max_requests: a mapping"},
      {"max_requests: {}", "max_requests: a mapping"},
      {"app: {port: 65536}", "from 0 to 65535"},
      {"app: {port: -1}", "from 0 to 65535"},
      {"app: {debug: maybe}", "true or false"},
      {"app: 5", "app: the value (from FILE:1) is not a group"},
      {"enable_network: 2", "true or false"},
      {"python_deps_update_interval: 30", "a duration such as 30m"},
      {"isolation: {mode: Full}", "one of auto, full, container, rootless"},
      {"isolation: {uid_base: 0}", "from 1000 to"},
      {"limits: {stdout_bytes: 0}", "a size from 1 to 1GiB"},
      {"limits: {stdout_bytes: 8X}", "\"8X\""},
      {"limits: {memory_mb: 0}", "from 16 to"},
      {"proxy: {http: 'http://'}",
       "proxy.http: \"http://\" (from FILE:1) is not a proxy such as http://proxy:3128"},
      {"proxy: {https: 'ftp://proxy:21'}", "\"ftp://proxy:21\" (from FILE:1) is not a proxy"},
      {"proxy: {socks5: 'socks5://u:secret@h:99999'}",
       "\"socks5://u:***@h:99999\" (from FILE:1) is not a proxy"},
      {"proxy: {http: 'my proxy'}", "\"my proxy\" (from FILE:1) is not a proxy"},
      {"python_pip_mirror_url: mirror.example/simple",
       "python_pip_mirror_url: the value (from FILE:1) is not an address that begins with http://"},
      {"npm_registry: ftp://mirror", "is not an address that begins with http://"},
      {"npm_registry: 'http://my mirror'", "is not an address"},
      {"npm_registry: 'http://'", "is not an address"},
      {"read_only_paths: [data]", "\"data\" (from FILE:1) is not a list of absolute paths"},
      {"read_only_paths: [/usr, /]", "\"/\" (from FILE:1) is not a list of absolute paths below / (which"},
      {"read_only_paths: [/usr/../.]", "\"/usr/../.\" (from FILE:1) is not a list of absolute paths below /"},
      {"read_only_paths: //", "\"//\" (from FILE:1) is not a list of absolute paths below /"},
      {"python_path: \"/a\\nb\"", "one line of text"},
      {"isolation: {require: [full, pid-ns]}",
       "isolation.require: \"pid-ns\" (from FILE:1) is not a list of some of full, container, rootless, "},
      {"max_workers: 4\nmax_workers: 5\n",
       "max_workers: given twice, at FILE:1 and FILE:2; keep one of them"},
      {"limits:\n  file_mb: 4\nlimits.file_mb: 8\n",
       "limits.file_mb: given twice, at FILE:2 and FILE:3; keep one of them"},
  };
  for (const auto& [yaml, expected] : cases) EXPECT_THAT(LoadError(yaml), HasSubstr(expected)) << yaml;
}

TEST(LoadErrors, AreAllToldAtOnceOneALine) {
  EXPECT_EQ(LoadError("worker_timeout: x\n", {{"SANDBOX_PORT", "http"}, {"ENABLE_NETWORK", "yes"}}),
            "SANDBOX_PORT: \"http\" (from environment SANDBOX_PORT) is not a whole number from 0 to 65535\n"
            "worker_timeout: \"x\" (from FILE:1) is not a whole number from 1 to 86400\n"
            "ENABLE_NETWORK: \"yes\" (from environment ENABLE_NETWORK) is not true or false");
}

// yaml-cpp makes a cycle of a mapping or a list that names itself.
TEST(LoadErrors, RefuseMappingsWithoutEnd) {
  EXPECT_THAT(LoadError("a: &x {b: *x}\n"),
              HasSubstr("FILE:1:4: mappings are nested deeper than any setting"));
}

TEST(LoadErrors, RefuseAnEmptyKey) {
  for (const char* yaml : {"app: {key: ''}", "app: {key: }", "app: {key: ' '}"}) {
    EXPECT_THAT(LoadError(yaml), HasSubstr("app.key: an empty value (from FILE:1) is not a usable key"))
        << yaml;
  }
  EXPECT_THAT(LoadError("app:\n  key:\nmax_workers: 4\n"), HasSubstr("(from FILE:2)"))
      << "the line of its name";
  EXPECT_THAT(LoadError("app: {key: good}", {{"API_KEY", ""}}),
              HasSubstr("API_KEY: an empty value (from environment API_KEY) is not a usable key"));
}

TEST(LoadErrors, NeverShowASecret) {
  EXPECT_THAT(LoadError("", {{"API_KEY", "s3cret\n"}}),
              AllOf(HasSubstr("API_KEY"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(LoadError("", {{"HTTP_PROXY", "http://u:s3cret@h\nx"}}),
              AllOf(HasSubstr("HTTP_PROXY"), Not(HasSubstr("s3cret"))));
}

TEST(LoadErrors, CutLongValues) {
  EXPECT_LT(LoadError("max_workers: " + std::string(10000, '9')).size(), 300u);
}

TEST(LoadErrors, NameLineAndColumnOfWhatIsNotYaml) {
  EXPECT_THAT(LoadError("max_workers: 4\napp: [1,\n"),
              testing::MatchesRegex("FILE:[0-9]+:[0-9]+: not one YAML document: .+"));
  EXPECT_THAT(LoadError("a: b: c\n"), HasSubstr("FILE:1:5: not one YAML document: "));
  EXPECT_THAT(LoadError("app:\n \tport: 1\n"),
              testing::MatchesRegex("FILE:2:[0-9]+: not one YAML document: .+ begins with a tab.+"));
  EXPECT_THAT(LoadError("- 1\n- 2\n"), HasSubstr("FILE:1:1: not a mapping"));
  EXPECT_THAT(LoadError("just a text"), HasSubstr("not a mapping"));
}

TEST(LoadErrors, RefuseASecondDocument) {
  EXPECT_THAT(LoadError("---\nmax_workers: 4\n---\nenable_network: false\n"),
              HasSubstr("FILE:3:1: not one YAML document: a second document begins here; remove the `---`"));
  EXPECT_THAT(LoadError("a: 1\n---\n---\n- b\n"), HasSubstr("FILE:3:1: not one YAML document"));
  EXPECT_THAT(LoadError("a: 1\n--- b\n"), HasSubstr("a second document"));
  EXPECT_THAT(LoadError("a: &x 1\n--- *x\n"), HasSubstr("not one YAML document"));
  EXPECT_EQ(LoadText("---\nmax_workers: 4\n---\n...\n").config.max_workers, 4);
}

TEST(LoadErrors, EndWhereNoDocumentCanBegin) {
  EXPECT_THAT(LoadError(","), HasSubstr("FILE:1:1: not one YAML document: nothing can begin like this"));
  EXPECT_THAT(LoadError("a: 1\n---\n, b\n"), HasSubstr("nothing can begin like this"));
}

// `path`'s Error when the configuration is loaded from it, with its errno.
std::pair<std::string, int> ErrorOf(const std::string& path) {
  try {
    Load(path, {});
  } catch (const Error& error) {
    return {error.what(), error.errno_value()};
  }
  return {};
}

TEST(LoadErrors, RefuseAFileThatIsNamedAndDoesNotExist) {
  EXPECT_EQ(ErrorOf("/nonexistent/config.yaml").first,
            "configuration file /nonexistent/config.yaml does not exist");
}

TEST(LoadErrors, RefuseAFolderInPlaceOfTheFile) {
  const auto [message, errno_value] = ErrorOf("/");
  EXPECT_EQ(errno_value, EISDIR);
  EXPECT_THAT(message, AllOf(HasSubstr("configuration file /:"), HasSubstr("Docker makes a folder")));
}

TEST(LoadErrors, RefuseAnUnreadableFile) {
  const ConfigFile file("max_workers: 4");
  ASSERT_EQ(::chmod(file.path().c_str(), 0), 0);
  const uid_t user = ::geteuid();
  ASSERT_EQ(::seteuid(user == 0 ? 65534 : user), 0);  // root may read everything
  const auto [message, errno_value] = ErrorOf(file.path());
  ASSERT_EQ(::seteuid(user), 0);
  EXPECT_EQ(errno_value, EACCES);
  EXPECT_THAT(message, AllOf(HasSubstr(file.path()), HasSubstr("EACCES")));
}

}  // namespace
}  // namespace sandgate
