// SPDX-License-Identifier: Apache-2.0
// A run is a user of its own without any rights over others: what the kernel refuses for that reason, and
// accounts that no file names.
#include <string>

#include "run/causes.h"

namespace sandgate::causes {

namespace {

struct Right {
  std::string_view mark;  // in the traceback, in Node's `syscall` or in the message
  std::string_view layer;
  std::string_view object;
  std::string_view tried;
  std::string_view why;
  std::string_view reason;
};

constexpr Right kRights[] = {
    {"chown", "identity", "chown", "give a file to another user",
     "a run has one user and owns its files as that one", "a run has no rights over other users"},
    {"chmod", "identity", "chmod", "change the permissions of a file", "only the owner of a file may do that",
     "a run has no rights over other users"},
    {"kill", "identity", "kill", "signal another process", "signals stay within the run",
     "a run has no rights over other processes"},
    {"connect", "landlock", "abstract socket", "connect to a socket of another program",
     "sockets of programs outside the run are closed to it", "a run talks to nobody on the machine"},
    {"nice", "identity", "priority", "raise a priority", "priorities can be lowered, not raised",
     "the machine is shared by all runs"},
    {"riority", "identity", "priority", "raise a priority", "priorities can be lowered, not raised",
     "the machine is shared by all runs"},
};
constexpr Right kAnyRight{"",
                          "identity",
                          "privilege",
                          "do what only an administrator may",
                          "the kernel refuses it to a program without privileges",
                          "a run has no privileges"};

Denial NoRight(const Right& right, const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About({right.layer, std::string(right.object), "operation not permitted",
                         std::string(Translate(facts.locale, right.tried))},
                        complaint);
  return Never(std::move(denial), right.why, right.reason, facts.locale);
}

Denial NoAccount(const Complaint& complaint, const RunFacts& facts) {
  Denial denial = About({"identity", "account", "no account for this user",
                         Message(facts.locale, "look up an account by its id or name")},
                        complaint);
  return Never(std::move(denial), "a run has a user id of its own, which no account of the machine has",
               "the user's name is in the environment as USER, its folder as HOME", facts.locale);
}

bool IsAccount(const Complaint& complaint) {
  for (const char* call : {"getpwuid()", "getpwnam()", "getgrgid()", "getgrnam()", "uv_os_get_passwd"}) {
    if (complaint.Says(call)) return true;
  }
  return false;
}

bool IsPriority(const Complaint& complaint) {
  return complaint.Says("uv_os_setpriority") ||
         (complaint.code == "EACCES" && complaint.Mentions("priority("));
}

}  // namespace

Cause Identity(const Complaint& complaint, const RunFacts& facts) {
  if (IsAccount(complaint)) return NoAccount(complaint, facts);
  if (complaint.code != "EPERM" && !IsPriority(complaint)) return std::nullopt;
  for (const Right& right : kRights) {
    if (complaint.Mentions(right.mark) || complaint.Says(right.mark) ||
        complaint.syscall.find(right.mark) != std::string::npos) {
      return NoRight(right, complaint, facts);
    }
  }
  return NoRight(kAnyRight, complaint, facts);
}

}  // namespace sandgate::causes
