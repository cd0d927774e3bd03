// SPDX-License-Identifier: Apache-2.0
#include "config/environments.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

std::vector<NamedEnvironment> environments;

std::string Expected(std::string_view path, const RawValue& value) {
  const auto bad = AssignEnvironment(path, value, environments);
  return bad ? bad->expected : "";
}

TEST(AssignEnvironment, TakesEachFieldOfEachName) {
  environments.clear();
  EXPECT_EQ(Expected("data.python_requirements", RawValue::Text("a.txt")), "");
  EXPECT_EQ(Expected("web.package_json", RawValue::Text("b.json")), "");
  EXPECT_EQ(Expected("data.package_json", RawValue::Text("c.json")), "");
  EXPECT_EQ(
      EnvironmentsYaml(environments),
      "{data: {python_requirements: \"a.txt\", package_json: \"c.json\"}, web: {package_json: \"b.json\"}}");
}

TEST(AssignEnvironment, RefusesWhatIsNoNameNoFieldAndNoFile) {
  environments.clear();
  EXPECT_NE(Expected("Data.python_requirements", RawValue::Text("a")).find("the name of an environment"),
            std::string::npos);
  EXPECT_NE(Expected("data.requirements", RawValue::Text("a")).find("there are python_requirements"),
            std::string::npos);
  EXPECT_NE(Expected("data", RawValue::Text("a")).find("a field of the environment data"), std::string::npos);
  EXPECT_NE(Expected("data.package_json", RawValue::Text(" ")).find("the path of a file"), std::string::npos);
  EXPECT_TRUE(environments.empty());
}

TEST(AssignEnvironment, ShowsABadNameWhole) {
  environments.clear();
  const auto bad = AssignEnvironment("../x.package_json", RawValue::Text("a"), environments);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->shown, "\"../x\"");
}

TEST(PlaceDependencies, LooksBesideTheFolderConf) {
  Config config;
  config.python_requirements = "python-requirements.txt";
  config.environments = {{"data", "/elsewhere/a.txt", "web/package.json"}};
  PlaceDependencies("/srv/none/conf/config.yaml", config);
  EXPECT_EQ(config.dependencies_folder, "/srv/none/dependencies");
  EXPECT_EQ(config.python_requirements, "/srv/none/dependencies/python-requirements.txt");
  EXPECT_EQ(config.environments[0].python_requirements, "/elsewhere/a.txt");
  EXPECT_EQ(config.environments[0].package_json, "/srv/none/dependencies/web/package.json");
}

TEST(PlaceDependencies, OrWhereItIsTold) {
  Config config;
  config.dependencies_folder = "../packages";
  PlaceDependencies("/srv/none/conf/config.yaml", config);
  EXPECT_EQ(config.dependencies_folder, "/srv/none/packages");
}

TEST(IsForInstallers, KnowsTheirSettingsAndNoTargets) {
  EXPECT_TRUE(IsForInstallers("PIP_INDEX_URL"));
  EXPECT_TRUE(IsForInstallers("npm_config_registry"));
  EXPECT_TRUE(IsForInstallers("SSL_CERT_FILE"));
  EXPECT_FALSE(IsForInstallers("PIP_TARGET"));
  EXPECT_FALSE(IsForInstallers("API_KEY"));
}

}  // namespace
}  // namespace sandgate
