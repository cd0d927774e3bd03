// SPDX-License-Identifier: Apache-2.0
// The tables behind constants.cc: one per kind of argument. For constants.cc and its test only.
#pragma once
#include <span>

#include "policy/constants.h"

namespace sandgate {

enum class ConstantShape { kOneOf, kFlags };

struct ConstantTable {
  ArgKind kind;
  ConstantShape shape;
  std::span<const Constant> rows;
  // Of flags: the bits that hold a number and not flags, such as the type in a socket's type argument.
  std::uint64_t enumerated = 0;
};

std::span<const ConstantTable> ConstantTables();

}  // namespace sandgate
