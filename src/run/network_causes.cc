// SPDX-License-Identifier: Apache-2.0
// The network of a run that has it: names without an address, addresses where nobody answers, proxies that
// say no. The sandbox lets these through, and says so.
#include <regex>
#include <string>

#include "run/causes.h"

namespace sandgate::causes {

namespace {

struct Failure {
  std::string_view codes;  // separated by blanks
  std::string_view object;
  std::string_view headline;
  std::string_view tried;
  std::string_view why;
  std::string_view reason;
};

constexpr Failure kLookup{"EAI_AGAIN ENOTFOUND",
                          "name resolution",
                          "name resolution failed",
                          "look up the address of a host",
                          "the sandbox lets name lookups through, but no address was found",
                          "the name, or the name server of the machine, has to be mended"};
constexpr Failure kProxy{"",
                         "proxy",
                         "proxy refused",
                         "connect through the proxy",
                         "the proxy of the configuration did not let the connection through",
                         "the proxy decides (proxy.* in conf/config.yaml)"};
constexpr Failure kConnections[] = {
    {"ECONNREFUSED", "connection refused", "connection refused", "connect to a server",
     "the sandbox lets connections through, but nobody listens at that address",
     "the server has to be started, or the address be mended"},
    {"ENETUNREACH EHOSTUNREACH ETIMEDOUT", "unreachable", "host unreachable", "connect to a server",
     "the sandbox lets connections through, but the machine has no way to that address",
     "the machine's own network decides"},
};

bool Has(std::string_view codes, std::string_view code) {
  return !code.empty() && codes.find(code) != std::string_view::npos;
}

// The host that the message names, for the words only.
std::string HostIn(const Complaint& complaint) {
  static const std::regex kHost(
      R"((?:getaddrinfo [A-Z_]+ |connect [A-Z]+ |host=')((?:[A-Za-z0-9.-]|:(?=[0-9a-f]))+))");
  std::smatch match;
  return std::regex_search(complaint.message, match, kHost) ? match[1].str() : "";
}

Denial Failed(const Failure& failure, const Complaint& complaint, const RunFacts& facts) {
  std::string tried(Translate(facts.locale, failure.tried));
  if (const std::string host = HostIn(complaint); !host.empty()) tried += " (" + host + ")";
  Denial denial =
      About({"network", std::string(failure.object), failure.headline, std::move(tried)}, complaint);
  return Never(std::move(denial), failure.why, failure.reason, facts.locale);
}

// Without the network every such failure is ours.
Denial SwitchedOff(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About(
      {"network", "enable_network", "operation not permitted", Message(facts.locale, "use the network")},
      complaint);
  denial.why =
      Sentence(Message(facts.locale,
                       "the network is switched off for this run, in the configuration or in the request"),
               facts.locale);
  denial.fix = "enable_network: true";
  denial.fix_in = facts.config.enable_network ? fix_in::kRequest : fix_in::kBoth;
  return denial;
}

const Failure* Find(const Complaint& complaint) {
  if (complaint.Says("Tunnel connection failed") || complaint.type.ends_with("ProxyError")) return &kProxy;
  const bool lookup = complaint.type.ends_with("gaierror") || complaint.type.ends_with("NameResolutionError");
  if (lookup || Has(kLookup.codes, complaint.code)) return &kLookup;
  for (const Failure& failure : kConnections) {
    if (Has(failure.codes, complaint.code)) return &failure;
  }
  return nullptr;
}

}  // namespace

Cause Network(const Complaint& complaint, const RunFacts& facts) {
  const Failure* failure = Find(complaint);
  if (failure == nullptr) return std::nullopt;
  return facts.network ? Failed(*failure, complaint, facts) : SwitchedOff(complaint, facts);
}

}  // namespace sandgate::causes
