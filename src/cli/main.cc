// SPDX-License-Identifier: Apache-2.0
// sandgate: runs untrusted Python and Node.js programs, each alone in a jail. The verbs are the program.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/config_command.h"
#include "cli/tell.h"

namespace {

constexpr int kUsage = 2;  // exit status for a command line that cannot be understood

// 1 of these two means that something was found; what could not be done is 2.
bool FindsWithOne(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return !parsed.empty() && (parsed[0]->get_name() == "explain" || parsed[0]->get_name() == "lint");
}

// What was printed may still lie in a buffer: a full disk is noticed here. The server's log is no result.
int Finish(const CLI::App& app, int status) {
  if (app.got_subcommand("serve") && app.get_subcommand("serve")->count("--help") == 0) return status;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  sandgate::TellFailure("standard output could not be written");
  if (FindsWithOne(app)) return 2;
  return status == 0 ? 1 : status;
}

// CLI11 says of a verb that it does not know only that one is missing.
bool IsUnknownVerb(const CLI::App& app, const std::string& word) {
  const auto is_meant = [&word](const CLI::App* verb) { return verb->get_name() == word; };
  return !word.empty() && !word.starts_with('-') && app.get_subcommands(is_meant).empty();
}

// What is opened later must not be taken for them. Nobody misses the log of a server on stdout; that a result
// cannot be written is an error.
void FillStandardDescriptors(bool is_server) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1)
      ::open("/dev/null", is_server ? O_RDWR : O_RDONLY);  // the lowest that is free
  }
}

}  // namespace

int main(int argc, char** argv) {
  FillStandardDescriptors(argc > 1 && std::string_view(argv[1]) == "serve");
  CLI::App app(
      "Runs untrusted Python and Node.js programs, each alone in a jail that explains its refusals.");
  app.name("sandgate");
  app.set_version_flag("--version", SANDGATE_VERSION);
  app.require_subcommand(1);
  int status = 0;
  sandgate::AddServeCommand(app, status);
  sandgate::AddRunCommand(app, status);
  sandgate::AddExplainCommand(app, status);
  sandgate::AddTraceCommand(app, status);
  sandgate::AddProfileCommand(app, status);
  sandgate::AddDoctorCommand(app, status);
  sandgate::AddConfigCommand(app);
  sandgate::AddLintCommand(app, status);
  sandgate::AddSyscallsCommand(app, status);
  sandgate::AddSelftestCommand(app, status);
  if (argc > 1 && IsUnknownVerb(app, argv[1])) {
    sandgate::TellFailure(std::string("there is no command \"") + argv[1] + "\"; sandgate --help lists them");
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Finish(app, app.exit(error) == 0 ? 0 : kUsage);
  } catch (const sandgate::Error& error) {
    sandgate::TellFailure(error.what());
    return 1;
  }
  return Finish(app, status);
}
