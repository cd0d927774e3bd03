// SPDX-License-Identifier: Apache-2.0
// What can be told of an absolute path by its words; without "..", unless it is said.
#pragma once
#include <string>
#include <string_view>

namespace sandgate {

// Whether it is `folder`, or lies in it.
bool IsWithin(std::string_view path, std::string_view folder);

// Whether it shows or steers the machine: processes, devices, the kernel, sockets of services.
bool IsOfTheMachine(std::string_view path);

// The same of a path as somebody has written it, and of what it leads to here by symbolic links.
bool LeadsToTheMachine(const std::string& path);

// Whether it is a folder that holds much of a machine: never to be shown as a whole.
bool IsBroad(std::string_view path);

}  // namespace sandgate
