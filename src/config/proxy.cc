// SPDX-License-Identifier: Apache-2.0
// From the proxy settings to environment variables for user code. Called when the environment of a run is
// prepared.
#include "config/proxy.h"

#include <string_view>

#include "base/text.h"

namespace sandgate {

std::vector<std::pair<std::string, std::string>> ProxyVariables(const Config& config) {
  std::vector<std::pair<std::string, std::string>> variables;
  if (!config.enable_network) return variables;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    variables.emplace_back(name, value);
    variables.emplace_back(ToLower(name), value);
  };
  const std::string& socks5 = config.socks5_proxy;
  add("HTTP_PROXY", socks5.empty() ? config.http_proxy : socks5);
  add("HTTPS_PROXY", socks5.empty() ? config.https_proxy : socks5);
  add("ALL_PROXY", socks5);
  add("NO_PROXY", config.no_proxy);
  return variables;
}

}  // namespace sandgate
