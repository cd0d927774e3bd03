// SPDX-License-Identifier: Apache-2.0
// The verbs of the program, one file each. Each adds itself to the command line; its action runs while
// the line is parsed, sets `status` to the exit status and throws Error where it cannot work.
#pragma once
#include <CLI/CLI.hpp>

namespace sandgate {

void AddServeCommand(CLI::App& app, int& status);    // serve.cc: the server
void AddRunCommand(CLI::App& app, int& status);      // run_command.cc: one program from a file
void AddExplainCommand(CLI::App& app, int& status);  // explain_command.cc: what a program is refused, and why
void AddTraceCommand(CLI::App& app, int& status);    // trace_command.cc: what one program needs
void AddProfileCommand(CLI::App& app, int& status);  // profile_command.cc: named additions to the policy
void AddDoctorCommand(CLI::App& app, int& status);   // doctor.cc: what isolation is in force, and why
void AddLintCommand(CLI::App& app, int& status);     // lint_command.cc: what a configuration gives away
void AddSyscallsCommand(CLI::App& app, int& status);  // syscalls_command.cc: the reference of system calls
void AddSelftestCommand(CLI::App& app, int& status);  // selftest_command.cc: attacks on this deployment

}  // namespace sandgate
