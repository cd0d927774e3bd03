// SPDX-License-Identifier: Apache-2.0
// Runs a classic BPF seccomp program in this process, as the kernel would on a system call. Used by tests
// only: they ask an exported filter for its verdicts without loading it, without a child and without root.
#pragma once
#include <linux/seccomp.h>

#include <cstdint>
#include <string_view>

namespace sandgate {

// `program` is the bytes of an array of struct sock_filter. Returns its SECCOMP_RET_* value. Throws Error
// for a program that the kernel would not load: unknown instruction, jump or read out of bounds.
std::uint32_t RunBpf(std::string_view program, const seccomp_data& data);

}  // namespace sandgate
