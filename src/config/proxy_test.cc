// SPDX-License-Identifier: Apache-2.0
// Which proxy variables user code gets.
#include "config/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sandgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Config WithProxies() {
  Config config;
  config.enable_network = true;
  config.http_proxy = "http://h:1";
  config.https_proxy = "http://s:2";
  config.no_proxy = "localhost";
  return config;
}

TEST(ProxyVariables, ComeInBothCases) {
  EXPECT_THAT(ProxyVariables(WithProxies()),
              ElementsAre(Pair("HTTP_PROXY", "http://h:1"), Pair("http_proxy", "http://h:1"),
                          Pair("HTTPS_PROXY", "http://s:2"), Pair("https_proxy", "http://s:2"),
                          Pair("NO_PROXY", "localhost"), Pair("no_proxy", "localhost")));
}

TEST(ProxyVariables, Socks5TakesThePlaceOfBothOthers) {
  Config config = WithProxies();
  config.socks5_proxy = "socks5://x:3";
  EXPECT_THAT(ProxyVariables(config),
              ElementsAre(Pair("HTTP_PROXY", "socks5://x:3"), Pair("http_proxy", "socks5://x:3"),
                          Pair("HTTPS_PROXY", "socks5://x:3"), Pair("https_proxy", "socks5://x:3"),
                          Pair("ALL_PROXY", "socks5://x:3"), Pair("all_proxy", "socks5://x:3"),
                          Pair("NO_PROXY", "localhost"), Pair("no_proxy", "localhost")));
}

TEST(ProxyVariables, AreEmptyWithoutNetworkOrProxies) {
  Config config = WithProxies();
  config.enable_network = false;
  EXPECT_THAT(ProxyVariables(config), IsEmpty());
  Config none;
  none.enable_network = true;
  EXPECT_THAT(ProxyVariables(none), IsEmpty());
}

}  // namespace
}  // namespace sandgate
