// SPDX-License-Identifier: Apache-2.0
// The causes that diagnose.cc tries, by what they are about. Each looks at one exception and answers
// nothing where it is about something else.
#pragma once
#include <optional>

#include "policy/explain.h"
#include "run/complaint.h"
#include "run/diagnose.h"

namespace sandgate::causes {

using Cause = std::optional<Denial>;

Cause InstallerCall(const Complaint& complaint, const RunFacts& facts);  // of pip, say, by the program
Cause Module(const Complaint& complaint, const RunFacts& facts);         // not installed
Cause Library(const Complaint& complaint, const RunFacts& facts);        // a shared library that is not there
Cause Limit(const Complaint& complaint, const RunFacts& facts);          // rlimits and the scratch's size
Cause Network(const Complaint& complaint, const RunFacts& facts);        // names, addresses, proxies
Cause Identity(const Complaint& complaint, const RunFacts& facts);       // users and their rights
Cause Program(const Complaint& complaint, const RunFacts& facts);        // a program that is not there
Cause File(const Complaint& complaint, const RunFacts& facts);           // outside of what a run sees

// The limit that the interpreter names only by dying.
Denial OutOfMemory(const Complaint& complaint, const RunFacts& facts);
Denial FileTooLarge(const Complaint& complaint, const RunFacts& facts);

// Of the server's read_only_paths: allows `path`, or says why it cannot be. `absent` is the reason for a
// path that the server does not have.
void AllowPath(Denial& denial, const std::string& path, std::string_view absent, const RunFacts& facts);
// Where programs may write, and what each run has of its own; `path` is absolute and normal.
bool IsOwn(const std::string& path, const RunFacts& facts);
bool IsCovered(const std::string& path, const std::vector<std::string>& folders);

// A denial without `why` and `fix`.
struct Subject {
  std::string_view layer;
  std::string object;
  std::string_view headline;
  std::string tried;
};
Denial About(Subject subject, const Complaint& complaint);

// Fills in a denial that cannot be allowed; both texts are English and get translated.
Denial Never(Denial denial, std::string_view why, std::string_view reason, Locale locale);

}  // namespace sandgate::causes
