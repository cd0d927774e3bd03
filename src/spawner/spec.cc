// SPDX-License-Identifier: Apache-2.0
#include "spawner/spec.h"

#include "base/error.h"
#include "base/wire.h"

namespace sandgate {

namespace {

constexpr std::size_t kMaxStrings = 256;

void PutStrings(WireWriter& out, const std::vector<std::string>& strings) {
  out.Word(strings.size());
  for (const std::string& string : strings) out.String(string);
}

std::vector<std::string> ReadStrings(WireReader& in) {
  std::vector<std::string> strings(in.Count(kMaxStrings));
  for (std::string& string : strings) {
    const char* text = in.String();
    string = text != nullptr ? text : "";
  }
  return strings;
}

}  // namespace

std::string_view SpawnerKindName(SpawnerKind kind) {
  switch (kind) {
    case SpawnerKind::kExec:
      return "exec";
    case SpawnerKind::kPython:
      return "python";
    case SpawnerKind::kNode:
      return "node";
  }
  return "unknown";
}

std::string EncodeSpec(const SpawnerSpec& spec) {
  WireWriter out;
  out.Word(static_cast<std::uint64_t>(spec.kind));
  PutStrings(out, spec.argv);
  PutStrings(out, spec.envp);
  return out.Take() + EncodeTree(spec.tree);
}

SpawnerSpec DecodeSpec(std::span<char> packet) {
  WireReader in(packet);
  SpawnerSpec spec;
  const std::uint64_t kind = in.Word();
  if (kind > static_cast<std::uint64_t>(SpawnerKind::kNode)) throw Error("spawner: unknown kind");
  spec.kind = static_cast<SpawnerKind>(kind);
  spec.argv = ReadStrings(in);
  spec.envp = ReadStrings(in);
  if (!in.ok() || spec.argv.empty() == spec.forks_interpreter())
    throw Error("spawner: malformed spec packet");
  spec.tree = DecodeTree(in.Rest());
  return spec;
}

}  // namespace sandgate
