// SPDX-License-Identifier: Apache-2.0
// The proxy variables that user code finds in its environment.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"

namespace sandgate {

// Names and values, each name in upper and in lower case, as programs look for either. A SOCKS5 proxy
// takes the place of both others and is told as ALL_PROXY too. Empty when the network is off.
std::vector<std::pair<std::string, std::string>> ProxyVariables(const Config& config);

}  // namespace sandgate
