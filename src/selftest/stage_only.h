// SPDX-License-Identifier: Apache-2.0
// The stage without a server, for the controls that show that attacks work where nothing stops them.
#pragma once

#include <string>

namespace sandgate::selftest {

// Plants the stage and obeys lines of stdin, each answered by one line of JSON on stdout, until stdin ends:
//   list            the attacks: name, language, network, and how each is run outside
//   program NAME    the program of that attack for this stage
//   look            what has been changed
//   replant         a new stage, with nothing changed
// `python` is the interpreter of the peer; empty: there is none.
void ServeStage(const std::string& python);

}  // namespace sandgate::selftest
