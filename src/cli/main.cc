// SPDX-License-Identifier: Apache-2.0
// sandgate: runs untrusted Python and Node.js programs, each alone in a jail. The verbs are the program.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/config_command.h"

namespace {

constexpr int kUsage = 2;  // exit status for a command line that cannot be understood

}  // namespace

int main(int argc, char** argv) {
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  } catch (const sandgate::Error& error) {
    std::fprintf(stderr, "sandgate: %s\n", error.what());
    return 1;
  }
  return status;
}
