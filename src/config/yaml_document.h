// SPDX-License-Identifier: Apache-2.0
// A YAML file of ours holds one document: what stands in another would look as if it were in force.
#pragma once
#include <yaml-cpp/yaml.h>

#include <string>

namespace sandgate {

// The document of `text`; a null node where there is none. Documents without content may follow it. Throws
// YAML::ParserException, its mark at the place, for what is not YAML and for a second document.
YAML::Node ParseDocument(const std::string& text);

}  // namespace sandgate
