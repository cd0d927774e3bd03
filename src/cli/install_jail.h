// SPDX-License-Identifier: Apache-2.0
// The jail of installers (deps/build.h): an engine of its own, made for one installation, whose runs have one
// folder that they may write, the network, and limits of their own; everything else is as for every run.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>

#include "cli/engine.h"
#include "deps/build.h"

namespace sandgate {

// Throws Error where there can be none. All that it is given outlives it.
std::unique_ptr<InstallJail> OpenJailForInstallers(boost::asio::io_context& io, Engine& server,
                                                   const Config& config, Logger& log, InstallPlace place);

}  // namespace sandgate
