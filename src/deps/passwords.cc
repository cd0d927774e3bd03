// SPDX-License-Identifier: Apache-2.0
#include "deps/passwords.h"

#include <algorithm>

namespace sandgate {

namespace {

constexpr std::string_view kEndsOfWord = " \t\r\n\f\v'\"";
constexpr std::string_view kEndsOfAuthority = "/ \t\r\n\f\v'\"";

// Whether a URL's authority is no host and port, as a password with a slash in it was written into the URL as
// it is: "user:pa" of https://user:pa/ss@host.
bool IsCutPassword(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) return false;
  const std::size_t host = authority.starts_with('[') ? std::min(authority.find(']'), authority.size()) : 0;
  const std::size_t colon = authority.find(':', host);
  if (colon == std::string_view::npos) return false;
  const std::string_view port = authority.substr(colon + 1);
  return port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

// By hand: std::regex needs stack for each character, and installers write lines of any length.
std::string WithoutPasswords(std::string_view text) {
  std::string plain;
  std::size_t done = 0;
  for (std::size_t begin = text.find("://"); begin != std::string::npos; begin = text.find("://", begin)) {
    begin += 3;
    std::size_t end = std::min(text.find_first_of(kEndsOfAuthority, begin), text.size());
    if (IsCutPassword(text.substr(begin, end - begin)))
      end = std::min(text.find_first_of(kEndsOfWord, end), text.size());
    const std::size_t at = text.substr(begin, end - begin).rfind('@');
    if (at != std::string_view::npos) {
      plain.append(text.substr(done, begin - done)).append("***");
      done = begin + at;
    }
    begin = end;
  }
  return plain.append(text.substr(done));
}

}  // namespace sandgate
