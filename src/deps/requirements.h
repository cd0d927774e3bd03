// SPDX-License-Identifier: Apache-2.0
// What the operator asks for: the files that name packages, as far as the server reads them itself. What the
// lines mean is the installer's business; here they decide whether there is anything to install, whether it
// has changed, and which line an error is about.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sandgate {

struct RequirementLine {
  std::string file;
  int number = 0;  // from 1; that of the first where one goes on behind a backslash
  std::string text;
  bool constraint = false;  // of a file named with -c: it installs nothing by itself
  bool operator==(const RequirementLine&) const = default;
};

struct Requirements {
  std::vector<RequirementLine> lines;  // without comments and blank ones
  std::vector<std::string> files;      // all that were read: the first and those it names with -r and -c
  std::string contents;                // of all files, with their names
};

// Nothing is in it where `path` is empty or there is no such file. Throws Error where one cannot be read, or
// names too many others.
Requirements ReadRequirements(const std::string& path);

// " (FILE, line N: TEXT)", printable and without passwords; empty for null. A line of package.json has no
// number.
std::string PlaceOf(const RequirementLine* line);

// The line that asks for the package called `name`, in pip's or npm's spelling; null: none does by name.
const RequirementLine* FindLine(const Requirements& requirements, std::string_view name);

// The same, of the lines that have a package installed.
const RequirementLine* FindRequest(const Requirements& requirements, std::string_view name);

// A text that differs where any of `parts` does: 32 hex digits.
std::string Fingerprint(const std::vector<std::string>& parts);

// Name, size and time of each file below `folder`, for a fingerprint; empty where there is none.
std::string Listing(const std::string& folder);

}  // namespace sandgate
