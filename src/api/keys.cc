// SPDX-License-Identifier: Apache-2.0
#include "api/keys.h"

#include "base/text.h"
#include "config/keys.h"

namespace sandgate::api {

std::optional<std::size_t> MatchKey(std::string_view sent, std::string_view first,
                                    const std::vector<ApiKey>& more) {
  // At most one is equal to it, so that the sum is its number.
  std::size_t match = !first.empty() && ConstantTimeEqual(sent, first) ? 1 : 0;
  if (sent.size() <= kMaxKeyBytes) {
    for (std::size_t i = 0; i < more.size(); ++i) {
      match += static_cast<std::size_t>(ConstantTimeEqual(sent, more[i].key)) * (i + 2);
    }
  }
  if (sent.empty() || match == 0) return std::nullopt;
  return match - 1;
}

std::string_view OperatorsKey(const http::Request& request) {
  constexpr std::string_view kBearer = "bearer ";
  const std::string_view key = request.header("X-Api-Key");
  const std::string_view authorization = request.header("Authorization");
  if (!key.empty() || authorization.size() < kBearer.size()) return key;
  if (ToLower(authorization.substr(0, kBearer.size())) != kBearer) return key;
  return Trim(authorization.substr(kBearer.size()));
}

}  // namespace sandgate::api
