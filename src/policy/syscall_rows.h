// SPDX-License-Identifier: Apache-2.0
// Where the rows of the system call table come from: one function per syscalls_*.cc. For
// syscall_table.cc only; everybody else looks calls up with FindSyscall (syscall_table.h).
#pragma once
#include <span>

#include "policy/syscall_table.h"

namespace sandgate {

std::span<const Syscall> FileSyscalls();
std::span<const Syscall> ProcessSyscalls();
std::span<const Syscall> SystemSyscalls();

}  // namespace sandgate
