// SPDX-License-Identifier: Apache-2.0
// Look-up of constants in both directions. The tables themselves are in constant_tables.cc.
#include "policy/constants.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "policy/constant_tables.h"

namespace sandgate {

namespace {

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> FindConstant(std::string_view name) {
  for (const ConstantTable& table : ConstantTables()) {
    for (const Constant& constant : table.rows) {
      if (constant.name == name) return constant.value;
    }
  }
  return std::nullopt;
}

const ConstantTable* TableOf(ArgKind kind) {
  for (const ConstantTable& table : ConstantTables()) {
    if (table.kind == kind) return &table;
  }
  return nullptr;
}

std::string FormatFlags(const ConstantTable& table, std::uint64_t value) {
  std::string out;
  const auto append = [&out](std::string_view name) { out.append(out.empty() ? "" : "|").append(name); };
  // The enumerated part (access mode, map type, socket type) first: it may be 0 and still has a name.
  if (const std::uint64_t part = value & table.enumerated; table.enumerated != 0) {
    for (const Constant& constant : table.rows) {
      if ((constant.value & ~table.enumerated) != 0 || constant.value != part) continue;
      append(constant.name);
      value &= ~table.enumerated;
      break;
    }
  }
  for (const Constant& constant : table.rows) {
    const std::uint64_t bits = constant.value & ~table.enumerated;
    if (bits == 0 || bits != constant.value || (value & bits) != bits) continue;
    append(constant.name);
    value &= ~bits;
  }
  if (value != 0) append(fmt::format("{:#x}", value));
  return out.empty() ? "0" : out;
}

}  // namespace

std::span<const Constant> ConstantsOf(ArgKind kind) {
  const ConstantTable* table = TableOf(kind);
  return table == nullptr ? std::span<const Constant>() : table->rows;
}

std::optional<std::uint64_t> ParseValue(std::string_view text) {
  std::uint64_t value = 0;
  const std::vector<std::string> parts = SplitList(text, '|');
  if (parts.empty()) return std::nullopt;
  for (const std::string& part : parts) {
    std::optional<std::uint64_t> known = ParseNumber(part);
    if (!known) known = FindConstant(part);
    if (!known) return std::nullopt;
    value |= *known;
  }
  return value;
}

std::string FormatConstant(ArgKind kind, std::uint64_t value) {
  value &= SignificantBits(kind);
  const ConstantTable* table = TableOf(kind);
  if (table == nullptr) return fmt::format("{}", value);
  if (table->shape == ConstantShape::kFlags) return FormatFlags(*table, value);
  for (const Constant& constant : table->rows) {
    if (constant.value == value) return std::string(constant.name);
  }
  return value < 4096 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

}  // namespace sandgate
