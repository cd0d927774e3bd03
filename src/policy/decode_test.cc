// SPDX-License-Identifier: Apache-2.0
// Arguments as text, from a small memory that the test lays out.
#include "policy/decode.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <map>

#include "policy/policy_test_support.h"

namespace sandgate {
namespace {

// Memory of a program: readable pieces, nothing between them.
class Memory {
 public:
  std::uint64_t Put(std::string bytes) {
    const std::uint64_t address = next_;
    next_ += 0x100000;
    pieces_[address] = std::move(bytes);
    return address;
  }
  void PutAt(std::uint64_t address, std::string bytes) { pieces_[address] = std::move(bytes); }
  template <typename Value>
  std::uint64_t PutValue(const Value& value) {
    return Put(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  }
  MemoryReader Reader() const {
    return [this](std::uint64_t address, std::size_t size) -> std::optional<std::string> {
      const auto next = pieces_.upper_bound(address);
      if (next == pieces_.begin()) return std::nullopt;
      const auto& [start, bytes] = *std::prev(next);
      if (address - start >= bytes.size()) return std::nullopt;
      return bytes.substr(address - start, size);
    };
  }

 private:
  std::uint64_t next_ = 0x10000;
  std::map<std::uint64_t, std::string> pieces_;
};

DecodedCall Decode(const char* name, std::initializer_list<std::uint64_t> args,
                   const MemoryReader& read = {}) {
  return DecodeArguments(Call(name, args), read);
}

std::string Text(const char* bytes) { return std::string(bytes) + '\0'; }

constexpr auto kCwd = static_cast<std::uint64_t>(AT_FDCWD);

TEST(Decode, PathsAndFlags) {
  Memory memory;
  const std::uint64_t path = memory.Put(Text("/etc/passwd"));
  const DecodedCall call = Decode("openat", {kCwd, path, O_RDWR | O_CREAT, 0644}, memory.Reader());
  EXPECT_EQ(call.args, "AT_FDCWD, \"/etc/passwd\", O_RDWR|O_CREAT, 0644");
  EXPECT_EQ(call.object, "\"/etc/passwd\"");
}

TEST(Decode, WhatCannotBeReadIsLeftOut) {
  EXPECT_EQ(Decode("execve", {0x1234, 0x5678, 0x9abc}).args, "…");
  EXPECT_EQ(Decode("chroot", {0x1234}, Memory().Reader()).args, "…");
  EXPECT_EQ(Decode("chroot", {0}, Memory().Reader()).args, "NULL");
  EXPECT_EQ(Decode("chroot", {0x1234}).object, "");
}

TEST(Decode, ProgramsWithTheirArguments) {
  Memory memory;
  const std::uint64_t path = memory.Put(Text("/bin/sh"));
  std::vector<std::uint64_t> words = {memory.Put(Text("sh")), memory.Put(Text("-c")), 0};
  const std::uint64_t argv =
      memory.Put(std::string(reinterpret_cast<const char*>(words.data()), words.size() * 8));
  EXPECT_EQ(Decode("execve", {path, argv, 0x99}, memory.Reader()).args, "\"/bin/sh\", [\"sh\", \"-c\"], …");
}

TEST(Decode, EndlessArgumentsAreCut) {
  Memory memory;
  const std::uint64_t path = memory.Put(Text("x"));
  const std::vector<std::uint64_t> words(1000, path);
  const std::uint64_t argv =
      memory.Put(std::string(reinterpret_cast<const char*>(words.data()), words.size() * 8));
  EXPECT_EQ(Decode("execve", {path, argv, 0}, memory.Reader()).args,
            "\"x\", [\"x\", \"x\", \"x\", \"x\", …], NULL");
}

TEST(Decode, LongStringsAreCut) {
  Memory memory;
  const std::uint64_t path = memory.Put(std::string(5000, 'a'));
  EXPECT_EQ(Decode("chroot", {path}, memory.Reader()).args, '"' + std::string(256, 'a') + "\"…");
}

TEST(Decode, AStringMayEndWhereMemoryEnds) {
  Memory memory;
  memory.PutAt(0x7ffd, "ab" + std::string(1, '\0'));
  EXPECT_EQ(Decode("chroot", {0x7ffd}, memory.Reader()).args, "\"ab\"");
}

TEST(Decode, SocketsByName) {
  EXPECT_EQ(Decode("socket", {AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0}).args,
            "AF_VSOCK, SOCK_STREAM|SOCK_CLOEXEC, 0");
  EXPECT_EQ(Decode("socket", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}).args, "AF_INET, SOCK_DGRAM, IPPROTO_UDP");
  EXPECT_EQ(Decode("socket", {AF_NETLINK, SOCK_RAW, 6}).args, "AF_NETLINK, SOCK_RAW, 6");
}

TEST(Decode, SocketAddresses) {
  Memory memory;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(443);
  in.sin_addr.s_addr = htonl(0x01020304);
  const std::uint64_t v4 = memory.PutValue(in);
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(53);
  in6.sin6_addr = in6addr_loopback;
  const std::uint64_t v6 = memory.PutValue(in6);
  sockaddr_un un{AF_UNIX, "/run/x"};
  const std::uint64_t path = memory.PutValue(un);
  EXPECT_EQ(Decode("connect", {3, v4, sizeof in}, memory.Reader()).args, "3, 1.2.3.4:443, 16");
  EXPECT_EQ(Decode("connect", {3, v6, sizeof in6}, memory.Reader()).object, "[::1]:53");
  EXPECT_EQ(Decode("connect", {3, path, sizeof un}, memory.Reader()).object, "\"/run/x\"");
  EXPECT_EQ(Decode("connect", {3, v4, 4}, memory.Reader()).object, "AF_INET") << "cut short";
  EXPECT_EQ(Decode("connect", {3, v4, 0}, memory.Reader()).args, "3, …, 0");
}

TEST(Decode, NegativeNumbersAreShownAsSuch) {
  EXPECT_EQ(Decode("kill", {static_cast<std::uint64_t>(-1), 9}).args, "-1, SIGKILL");
  EXPECT_EQ(Decode("kill", {0xffffffff, 9}).args, "-1, SIGKILL");
}

TEST(Quote, EscapesWhatATerminalObeys) {
  EXPECT_EQ(Quote("\x1b[2J\x7f"), R"("\x1b[2J\x7f")");
  EXPECT_EQ(Quote("\xc2\x9b"
                  "2J"),
            R"("\xc2\x9b2J")")
      << "U+009B, the one-character form of ESC [";
  EXPECT_EQ(Quote("\xc2\xa0"), "\"\xc2\xa0\"");
}

TEST(Quote, EscapesWhatWouldHideOrReorderWords) {
  EXPECT_EQ(Quote("\u202e)x\u2066"), R"("\xe2\x80\xae)x\xe2\x81\xa6")");
  EXPECT_EQ(Quote("\u200b\u2028\ufeff\u061c"), R"("\xe2\x80\x8b\xe2\x80\xa8\xef\xbb\xbf\xd8\x9c")");
  EXPECT_EQ(Quote("\U000e0041"), R"("\xf3\xa0\x81\x81")") << "a tag";
  EXPECT_EQ(Quote("\u2010\u2070…"), "\"\u2010\u2070…\"");
}

TEST(Quote, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(Quote("a\"b\\c\nd\x01"), R"("a\"b\\c\nd\x01")");
  EXPECT_EQ(Quote("日本 é"), "\"日本 é\"");
  EXPECT_EQ(Quote("\xff\xe6\x97"), R"("\xff\xe6\x97")");
  EXPECT_EQ(Quote("\xc0\x80"), R"("\xc0\x80")") << "an overlong NUL";
  EXPECT_EQ(Quote("\xe0\x80\x80"), R"("\xe0\x80\x80")") << "a longer one";
  EXPECT_EQ(Quote("\xed\xa0\x80"), R"("\xed\xa0\x80")") << "a surrogate";
  EXPECT_EQ(Quote("\xf4\x90\x80\x80"), R"("\xf4\x90\x80\x80")") << "beyond Unicode";
}

}  // namespace
}  // namespace sandgate
