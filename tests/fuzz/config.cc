// SPDX-License-Identifier: Apache-2.0
// Any bytes as configuration: the file, and after a NUL byte lines NAME=VALUE as the environment. Either an
// Error, or values that can be shown; allowed_syscalls is read further as the policy does.
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "check.h"
#include "config/effective.h"
#include "config/load.h"
#include "config/proxy.h"
#include "policy/allowed_list.h"

namespace {

using namespace sandgate;

// The path of a file that holds `text`.
std::string FileWith(std::string_view text) {
  static const Fd kFile(::memfd_create("config", MFD_CLOEXEC));
  fuzz::Check(::ftruncate(kFile.get(), 0) == 0, "the file is emptied");
  const ssize_t written = ::pwrite(kFile.get(), text.data(), text.size(), 0);
  fuzz::Check(written == static_cast<ssize_t>(text.size()), "the file is written");
  return "/proc/self/fd/" + std::to_string(kFile.get());
}

Environment EnvironmentOf(std::string_view lines) {
  Environment environment;
  while (!lines.empty()) {
    const std::string_view line = fuzz::TakeLine(lines);
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return environment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view variables = text.substr(std::min(end + 1, text.size()));
  try {
    const LoadedConfig loaded = Load(FileWith(text.substr(0, end)), EnvironmentOf(variables));
    fuzz::Check(loaded.sources.size() == Options().size(), "each option has a source");
    const std::string shown = EffectiveText(loaded);
    const std::string& key = loaded.config.key;
    const bool secret = key.size() >= 16 && loaded.SourceOf("app.key").origin != Origin::kDefault;
    fuzz::Check(!secret || shown.find(key) == std::string::npos, "a key is not shown");
    for (const ApiKey& one : loaded.config.keys) {
      fuzz::Check(!one.name.empty() && !one.key.empty(), "an entry of keys is whole");
    }
    ProxyVariables(loaded.config);
    ReadAllowedList(loaded.config.allowed_syscalls);
  } catch (const Error&) {
    // Told to the operator.
  }
  return 0;
}
