// SPDX-License-Identifier: Apache-2.0
// Which key a request was sent with.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "http/server.h"

namespace sandgate::api {

// 0 for `first`, i + 1 for more[i]. An empty key is nobody's. All are compared, each in constant time: how
// long it takes tells neither whether one matched nor which.
std::optional<std::size_t> MatchKey(std::string_view sent, std::string_view first,
                                    const std::vector<ApiKey>& more);

// The key in X-Api-Key or, where there is none, in "Authorization: Bearer ...", the only header that
// Prometheus and the like can be told to send.
std::string_view OperatorsKey(const http::Request& request);

}  // namespace sandgate::api
