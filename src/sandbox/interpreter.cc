// SPDX-License-Identifier: Apache-2.0
#include "sandbox/interpreter.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>

#include "base/error.h"
#include "base/sys.h"
#include "base/text.h"

namespace sandgate {

namespace {

constexpr int kAnswerSeconds = 20;

// Version, own path, then every folder the interpreter would import from, one a line.
constexpr const char* kAskPython =
    "import sys\n"
    "assert sys.version_info >= (3, 8)\n"
    "print('%d.%d.%d' % sys.version_info[:3])\n"
    "print(sys.executable)\n"
    "for p in [sys.prefix, sys.base_prefix, sys.exec_prefix] + sys.path:\n"
    "    if p: print(p)\n";

constexpr const char* kAskNode =
    "const v = process.versions.node.split('.').map(Number);\n"
    "if (v[0] < 18) process.exit(1);\n"
    "console.log(process.version);\n"
    "console.log(process.execPath);\n"
    "for (const p of require('module').globalPaths) console.log(p);\n";

const std::vector<std::string>& Places(Language language) {
  static const std::vector<std::string> kPython = {"/opt/python/bin/python3", "/usr/local/bin/python3",
                                                   "/usr/bin/python3", "/bin/python3"};
  static const std::vector<std::string> kNode = {"/opt/node/bin/node", "/usr/local/bin/node", "/usr/bin/node",
                                                 "/usr/bin/nodejs", "/bin/node"};
  return language == Language::kPython ? kPython : kNode;
}

std::string RealPath(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  std::string real = resolved != nullptr ? resolved : path;
  ::free(resolved);
  return real;
}

// The folder an installation lives in: above bin/.
std::string InstallationRoot(const std::string& program) {
  const std::string real = RealPath(program);
  const std::size_t bin = real.rfind("/bin/");
  return bin == std::string::npos || bin == 0 ? "" : real.substr(0, bin);
}

std::optional<Interpreter> Ask(Language language, const std::string& path) {
  const bool python = language == Language::kPython;
  const auto answer = sys::Capture({path, python ? "-c" : "-e", python ? kAskPython : kAskNode},
                                   {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}, kAnswerSeconds);
  if (!answer) return std::nullopt;
  const std::vector<std::string> lines = SplitList(*answer, '\n');
  if (lines.size() < 2 || lines[1].empty() || lines[1][0] != '/') return std::nullopt;
  Interpreter interpreter;
  interpreter.version = lines[0];
  interpreter.path = lines[1];
  interpreter.roots.assign(lines.begin() + 2, lines.end());
  interpreter.roots.push_back(InstallationRoot(interpreter.path));
  return interpreter;
}

}  // namespace

std::string_view LanguageName(Language language) {
  return language == Language::kPython ? "python3" : "nodejs";
}

std::optional<Language> LanguageNamed(std::string_view name) {
  for (const Language language : {Language::kPython, Language::kNode}) {
    if (LanguageName(language) == name) return language;
  }
  return std::nullopt;
}

InterpreterSearch FindInterpreter(Language language, const std::string& configured) {
  const bool python = language == Language::kPython;
  const char* key = python ? "python_path" : "nodejs_path";
  if (auto found = Ask(language, configured)) return {std::move(found), ""};
  for (const std::string& place : Places(language)) {
    if (place == configured) continue;
    if (auto found = Ask(language, place)) {
      std::string warning = fmt::format("{}: {} is not a working interpreter; using {} ({})", key, configured,
                                        found->path, found->version);
      return {std::move(found), std::move(warning)};
    }
  }
  return {std::nullopt, fmt::format("{}: no working {} at {} nor in the usual places; {} runs will fail", key,
                                    python ? "CPython 3.8 or newer" : "Node.js 18 or newer", configured,
                                    LanguageName(language))};
}

std::string FindPackages(const std::string& configured) {
  const std::filesystem::path modules =
      std::filesystem::absolute(configured + "/node_modules").lexically_normal();
  std::error_code ignored;
  if (std::filesystem::is_directory(modules, ignored)) return modules.parent_path();
  throw Error(fmt::format("nodejs_packages: there is no folder {}", modules.string()));
}

}  // namespace sandgate
