// SPDX-License-Identifier: Apache-2.0
// One function per kind of argument that is more than a number; everything read from the program is bounded
// by kMaxString, kMaxArgv or the size of a socket address.
#include "policy/decode.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/characters.h"
#include "policy/constants.h"

namespace sandgate {

namespace {

constexpr std::string_view kUnread = "…";
constexpr std::size_t kMaxString = 256;
constexpr std::size_t kMaxArgv = 4;

// Up to `limit` bytes before the first NUL. Reads page by page: the next page may not be readable.
std::optional<std::string> ReadString(const MemoryReader& read, std::uint64_t address, std::size_t limit) {
  constexpr std::uint64_t kPage = 4096;
  std::string text;
  while (address != 0 && read && text.size() < limit) {
    const std::size_t room = limit - text.size();
    const std::size_t wanted = std::min<std::size_t>(room, kPage - address % kPage);
    const std::optional<std::string> chunk = read(address, wanted);
    if (!chunk || chunk->empty() || chunk->size() > wanted) break;
    const std::size_t end = chunk->find('\0');
    text.append(*chunk, 0, end);
    if (end != std::string::npos) return text;
    address += chunk->size();
  }
  if (text.empty()) return std::nullopt;
  return text;
}

std::string StringText(const MemoryReader& read, std::uint64_t address) {
  if (address == 0) return "NULL";
  const std::optional<std::string> text = ReadString(read, address, kMaxString + 1);
  if (!text) return std::string(kUnread);
  if (text->size() <= kMaxString) return Quote(*text);
  return Quote(text->substr(0, kMaxString)) + std::string(kUnread);
}

std::string ArgvText(const MemoryReader& read, std::uint64_t address) {
  if (address == 0) return "NULL";
  std::vector<std::string> words;
  for (std::size_t i = 0; i <= kMaxArgv; ++i) {
    std::uint64_t pointer = 0;
    const std::optional<std::string> bytes =
        read ? read(address + i * sizeof pointer, sizeof pointer) : std::nullopt;
    if (!bytes || bytes->size() != sizeof pointer) {
      words.emplace_back(kUnread);
      break;
    }
    std::memcpy(&pointer, bytes->data(), sizeof pointer);
    if (pointer == 0) break;
    words.push_back(i == kMaxArgv ? std::string(kUnread) : StringText(read, pointer));
  }
  if (words.size() == 1 && words.front() == kUnread) return std::string(kUnread);
  return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string UnixText(std::string_view path) {
  if (path.empty()) return "unnamed AF_UNIX";
  if (path.front() == '\0') return Quote("@" + std::string(path.substr(1)));
  return Quote(path.substr(0, path.find('\0')));
}

template <typename Address>
std::optional<Address> As(std::string_view bytes) {
  Address address{};
  if (bytes.size() < sizeof address) return std::nullopt;
  std::memcpy(&address, bytes.data(), sizeof address);
  return address;
}

std::string SockaddrText(const MemoryReader& read, std::uint64_t address, std::uint32_t length) {
  if (address == 0) return "NULL";
  const std::size_t size = std::min<std::size_t>(length, sizeof(sockaddr_storage));
  const std::optional<std::string> bytes = read && size > 0 ? read(address, size) : std::nullopt;
  if (!bytes || bytes->size() < sizeof(sa_family_t)) return std::string(kUnread);
  sa_family_t family = 0;
  std::memcpy(&family, bytes->data(), sizeof family);
  char text[INET6_ADDRSTRLEN] = "";
  if (const auto in = As<sockaddr_in>(*bytes); family == AF_INET && in) {
    ::inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(in->sin_port));
  }
  if (const auto in6 = As<sockaddr_in6>(*bytes); family == AF_INET6 && in6) {
    ::inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(in6->sin6_port));
  }
  if (family == AF_UNIX) return UnixText(std::string_view(*bytes).substr(sizeof family));
  return FormatConstant(ArgKind::kDomain, family);
}

std::string ProtocolText(std::uint64_t domain, std::uint64_t protocol) {
  const auto family = static_cast<std::uint32_t>(domain);
  const bool ip = family == AF_INET || family == AF_INET6;
  return FormatConstant(ip ? ArgKind::kProtocol : ArgKind::kUint, protocol);
}

std::string DirfdText(std::uint64_t value) {
  const auto fd = static_cast<std::int32_t>(value);
  return fd == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", fd);
}

std::string ArgumentText(const Argument& argument, const RefusedCall& call, std::size_t index,
                         const MemoryReader& read) {
  const std::uint64_t value = call.args[index];
  switch (argument.kind) {
    case ArgKind::kInt:
    case ArgKind::kFd:
    case ArgKind::kPid:
    case ArgKind::kId:
      return fmt::format("{}", static_cast<std::int32_t>(value));
    case ArgKind::kUint:
      return fmt::format("{}", static_cast<std::uint32_t>(value));
    case ArgKind::kLong:
      return fmt::format("{}", static_cast<std::int64_t>(value));
    case ArgKind::kSize:
      return fmt::format("{}", value);
    case ArgKind::kHex:
      return fmt::format("{:#x}", value);
    case ArgKind::kAddress:
      return value == 0 ? "NULL" : std::string(kUnread);
    case ArgKind::kPath:
    case ArgKind::kString:
      return StringText(read, value);
    case ArgKind::kArgv:
      return ArgvText(read, value);
    case ArgKind::kSockaddr:
      return SockaddrText(read, value, static_cast<std::uint32_t>(call.args[index + 1]));
    case ArgKind::kDirfd:
      return DirfdText(value);
    case ArgKind::kMode:
      return fmt::format("{:#o}", value & 0xffff);
    case ArgKind::kProtocol:
      return ProtocolText(call.args[0], value);
    default:
      return FormatConstant(argument.kind, value);
  }
}

bool NamesTheObject(ArgKind kind) { return kind == ArgKind::kPath || kind == ArgKind::kSockaddr; }

}  // namespace

std::string Quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t length = Utf8Length(text);
    const char c = text.front();
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out += "\\n";
    } else if (length == 0 || ControlLength(text) > 0 || IsInvisible(text.substr(0, length))) {
      length = std::max<std::size_t>(length, 1);
      for (const char byte : text.substr(0, length)) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

DecodedCall DecodeArguments(const RefusedCall& call, const MemoryReader& read) {
  DecodedCall decoded;
  const Syscall* syscall = FindSyscall(call.number);
  if (call.arch != NativeArch() || syscall == nullptr) return decoded;
  const std::vector<Argument> arguments = Arguments(*syscall);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    texts.push_back(ArgumentText(arguments[i], call, i, read));
    const bool readable = texts.back() != kUnread && texts.back() != "NULL";
    if (decoded.object.empty() && readable && NamesTheObject(arguments[i].kind))
      decoded.object = texts.back();
  }
  // Several pointers in a row say no more than one.
  texts.erase(std::unique(texts.begin(), texts.end(),
                          [](const auto& a, const auto& b) { return a == kUnread && b == kUnread; }),
              texts.end());
  decoded.args = fmt::format("{}", fmt::join(texts, ", "));
  return decoded;
}

}  // namespace sandgate
