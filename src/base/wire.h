// SPDX-License-Identifier: Apache-2.0
// Packets between the server and its spawners: 64-bit words and strings (a word with the length, the
// bytes, a NUL). Both ends are the same build on the same machine, so words are in native order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sandgate {

class WireWriter {
 public:
  void Word(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void String(std::string_view text) {
    Word(text.size());
    out_.append(text);
    out_ += '\0';
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what a WireWriter wrote. Allocates nothing; strings point into the packet. After the first
// malformed item everything reads as 0 or null and ok() is false.
class WireReader {
 public:
  explicit WireReader(std::span<char> bytes) : bytes_(bytes) {}

  std::uint64_t Word() {
    std::uint64_t value = 0;
    if (bytes_.size() < sizeof value) return Fail();
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_ = bytes_.subspan(sizeof value);
    return value;
  }
  char* String() {
    const std::uint64_t size = Word();
    if (!ok_ || size >= bytes_.size() || bytes_[size] != '\0') {
      Fail();
      return nullptr;
    }
    char* text = bytes_.data();
    bytes_ = bytes_.subspan(size + 1);
    return text;
  }
  // Null for the empty string too.
  const char* OptionalString() {
    const char* text = String();
    return text != nullptr && *text != '\0' ? text : nullptr;
  }
  // A word that must not be over `max`.
  std::size_t Count(std::size_t max) {
    const std::uint64_t count = Word();
    return count <= max ? count : Fail();
  }
  std::span<char> Rest() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  std::uint64_t Fail() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }

  std::span<char> bytes_;
  bool ok_ = true;
};

}  // namespace sandgate
