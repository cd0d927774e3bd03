// SPDX-License-Identifier: Apache-2.0
// What can be told of an absolute path, without "..", by its words alone.
#pragma once
#include <string_view>

namespace sandgate {

// Whether it is `folder`, or lies in it.
bool IsWithin(std::string_view path, std::string_view folder);

// Whether it shows or steers the machine: processes, devices, the kernel, sockets of services.
bool IsOfTheMachine(std::string_view path);

}  // namespace sandgate
