// SPDX-License-Identifier: Apache-2.0
// Which interpreters there are and which files they need. Asked once at start, from the interpreter
// itself, so that a run sees exactly the tree the interpreter was installed in.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sandgate {

enum class Language { kPython, kNode };

// "python3" and "nodejs", as the API calls them.
std::string_view LanguageName(Language language);
std::optional<Language> LanguageNamed(std::string_view name);

struct Interpreter {
  std::string path;                // absolute, of a real program
  std::string version;             // "3.11.2", "v20.20.2"
  std::vector<std::string> roots;  // folders outside the system's that it reads
  // Node.js: a folder with a folder node_modules, absolute; runs import packages from there. Empty: none.
  std::string packages;
  // Python: the folder of the environment that `path` lies in, and the interpreter that it was made with.
  // Only confined code may start from that folder: whoever built a package in it wrote there. Empty: none.
  std::string environment;
  std::string base;
};

// An interpreter with packages of its own, in a folder below the state directory (deps/). Whoever has a lease
// of it keeps the folder: it is removed when it has been replaced and the last lease is gone.
struct BuiltEnvironment {
  std::string id;    // of the folder; never used twice
  std::string name;  // that requests call it by; empty: the default one
  Language language;
  Interpreter interpreter;  // its paths as runs see them
};
using EnvironmentLease = std::shared_ptr<const BuiltEnvironment>;

struct InterpreterSearch {
  std::optional<Interpreter> found;
  std::string warning;  // why it is not the configured one, or why there is none; else empty
};

// The folder as an absolute path. Throws Error where it holds no folder node_modules.
std::string FindPackages(const std::string& configured);

InterpreterSearch FindInterpreter(Language language, const std::string& configured);

}  // namespace sandgate
