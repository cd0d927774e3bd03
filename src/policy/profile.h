// SPDX-License-Identifier: Apache-2.0
// Profiles: named additions to the policy, one file FOLDER/NAME.yaml each, in the format of policies/*.yaml
// with the form `allow` only. The operator writes them, or `sandgate trace --save` does. Whether a rule may
// be added is checked when a policy is made with it (profile_check.h). Server and command line.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace sandgate {

// The policy without a profile, where a name is asked for; no file can have that name.
inline constexpr std::string_view kNoProfile = "default";

struct Profile {
  std::string name;
  std::vector<Rule> rules;
};

// True for [a-z0-9][a-z0-9._-]{0,63}, but not for kNoProfile.
bool IsProfileName(std::string_view name);

// Where the file of a profile lies; the name must be one.
std::string ProfilePath(const std::string& folder, const std::string& name);

// Nothing when there is no such file. Throws Error for a file that is no profile, naming file and rule.
std::optional<Profile> ReadProfile(const std::string& folder, const std::string& name);

// The names of the files in `folder`, sorted; none where there is no such folder.
std::vector<std::string> ProfileNames(const std::string& folder);

// Rules of both, each once, in an order that depends on nothing else; a rule that another covers is left
// out. Of two that are alike the first keeps its reason.
std::vector<Rule> MergeRules(const std::vector<Rule>& first, const std::vector<Rule>& second);

// Writes the file, with its folder, so that a reader sees the old one or the whole new one. Throws Error.
void WriteProfile(const std::string& folder, const Profile& profile);

}  // namespace sandgate
