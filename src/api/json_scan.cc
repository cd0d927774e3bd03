// SPDX-License-Identifier: Apache-2.0
// See json_scan.h. Step() takes one byte in the current state. A number has no end of its own, so the byte
// after it is given to the state that follows a value. Most bytes stand in strings and mean nothing: those
// are skipped without a step.
#include "api/json_scan.h"

#include <fmt/format.h>

#include <vector>

namespace sandgate::api {

namespace {

enum class State {
  kValue,       // a value must begin
  kValueOrEnd,  // after '[': a value or ']'
  kKey,         // after ',' in an object
  kKeyOrEnd,    // after '{'
  kInString,
  kEscape,
  kHex,
  kMinus,
  kZero,
  kDigits,
  kDot,
  kFraction,
  kExponent,      // after 'e'
  kExponentSign,  // after 'e+' or 'e-'
  kExponentDigits,
  kLiteral,
  kAfterValue,
};

// Where a value stands, innermost last.
enum class Place { kObjectKey, kObjectValue, kArrayValue };

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool IsPlainInString(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// The byte as a quoted character of a Go program.
std::string QuoteByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\'':
      return "'\\''";
    case '\\':
      return "'\\\\'";
    case '\a':
      return "'\\a'";
    case '\b':
      return "'\\b'";
    case '\f':
      return "'\\f'";
    case '\n':
      return "'\\n'";
    case '\r':
      return "'\\r'";
    case '\t':
      return "'\\t'";
    case '\v':
      return "'\\v'";
    default:
      break;
  }
  if (byte < 0x20 || byte == 0x7f) return fmt::format("'\\x{:02x}'", byte);
  if (byte < 0x7f) return fmt::format("'{}'", c);
  if (byte <= 0xa0 || byte == 0xad) return fmt::format("'\\u{:04x}'", byte);
  return fmt::format("'{}{}'", static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f)));
}

class Scanner {
 public:
  JsonExtent Scan(std::string_view text);

 private:
  enum class Result { kMore, kDone, kError };

  Result Step(char c);
  Result BeginValue(char c);
  Result BeginKey(char c);
  Result InString(char c);
  Result InNumber(char c);
  Result InLiteral(char c);
  Result AfterValue(char c);
  Result AfterKey(char c);
  Result Close();
  Result Open(char c, Place place, State next);
  Result EndOfValue(char c);
  Result Go(State next) {
    state_ = next;
    return Result::kMore;
  }
  Result Fail(char c, std::string_view context) {
    error_ = fmt::format("invalid character {} {}", QuoteByte(c), context);
    return Result::kError;
  }

  State state_ = State::kValue;
  std::vector<Place> places_;
  std::string_view literal_;    // being read
  std::size_t literal_at_ = 0;  // the next character of it
  int hex_digits_ = 0;
  bool ended_before_ = false;  // the value ended before the byte of the last step
  std::string error_;
};

JsonExtent Scanner::Scan(std::string_view text) {
  JsonExtent extent;
  while (extent.begin < text.size() && IsSpace(text[extent.begin])) ++extent.begin;
  extent.end = text.size();
  if (extent.begin == text.size()) {
    extent.error = "EOF";
    return extent;
  }
  for (std::size_t i = extent.begin; i < text.size(); ++i) {
    if (state_ == State::kInString && IsPlainInString(text[i])) continue;
    const Result result = Step(text[i]);
    if (result == Result::kMore) continue;
    extent.error = std::move(error_);
    extent.end = ended_before_ ? i : i + 1;
    return extent;
  }
  if (Step(' ') != Result::kDone) extent.error = "unexpected EOF";
  return extent;
}

Scanner::Result Scanner::Step(char c) {
  switch (state_) {
    case State::kInString:
    case State::kEscape:
    case State::kHex:
      return InString(c);
    case State::kLiteral:
      return InLiteral(c);
    case State::kValue:
    case State::kValueOrEnd:
      return BeginValue(c);
    case State::kKey:
    case State::kKeyOrEnd:
      return BeginKey(c);
    case State::kAfterValue:
      return AfterValue(c);
    default:
      return InNumber(c);
  }
}

Scanner::Result Scanner::BeginValue(char c) {
  if (IsSpace(c)) return Result::kMore;
  if (c == ']' && state_ == State::kValueOrEnd) return Close();
  literal_at_ = 1;
  switch (c) {
    case '{':
      return Open(c, Place::kObjectKey, State::kKeyOrEnd);
    case '[':
      return Open(c, Place::kArrayValue, State::kValueOrEnd);
    case '"':
      return Go(State::kInString);
    case '-':
      return Go(State::kMinus);
    case '0':
      return Go(State::kZero);
    case 't':
      literal_ = "true";
      return Go(State::kLiteral);
    case 'f':
      literal_ = "false";
      return Go(State::kLiteral);
    case 'n':
      literal_ = "null";
      return Go(State::kLiteral);
    default:
      break;
  }
  if (IsDigit(c)) return Go(State::kDigits);
  return Fail(c, "looking for beginning of value");
}

Scanner::Result Scanner::BeginKey(char c) {
  if (IsSpace(c)) return Result::kMore;
  if (c == '}' && state_ == State::kKeyOrEnd) return Close();
  if (c == '"') return Go(State::kInString);
  return Fail(c, "looking for beginning of object key string");
}

Scanner::Result Scanner::InString(char c) {
  if (state_ == State::kHex) {
    if (!IsHexDigit(c)) return Fail(c, "in \\u hexadecimal character escape");
    return --hex_digits_ > 0 ? Result::kMore : Go(State::kInString);
  }
  if (state_ == State::kEscape) {
    if (c == 'u') {
      hex_digits_ = 4;
      return Go(State::kHex);
    }
    if (std::string_view("bfnrt\\/\"").find(c) == std::string_view::npos) {
      return Fail(c, "in string escape code");
    }
    return Go(State::kInString);
  }
  if (c == '"') {
    state_ = State::kAfterValue;
    return places_.empty() ? Result::kDone : Result::kMore;
  }
  if (c == '\\') return Go(State::kEscape);
  if (static_cast<unsigned char>(c) < 0x20) return Fail(c, "in string literal");
  return Result::kMore;
}

Scanner::Result Scanner::InNumber(char c) {
  const bool exponent = c == 'e' || c == 'E';
  switch (state_) {
    case State::kMinus:
      if (c == '0') return Go(State::kZero);
      return IsDigit(c) ? Go(State::kDigits) : Fail(c, "in numeric literal");
    case State::kDot:
      return IsDigit(c) ? Go(State::kFraction) : Fail(c, "after decimal point in numeric literal");
    case State::kExponent:
      if (c == '+' || c == '-') return Go(State::kExponentSign);
      [[fallthrough]];
    case State::kExponentSign:
      return IsDigit(c) ? Go(State::kExponentDigits) : Fail(c, "in exponent of numeric literal");
    case State::kZero:
      if (c == '.') return Go(State::kDot);
      return exponent ? Go(State::kExponent) : EndOfValue(c);
    case State::kDigits:
      if (c == '.') return Go(State::kDot);
      [[fallthrough]];
    case State::kFraction:
      if (exponent) return Go(State::kExponent);
      [[fallthrough]];
    default:
      return IsDigit(c) ? Result::kMore : EndOfValue(c);
  }
}

Scanner::Result Scanner::InLiteral(char c) {
  if (c != literal_[literal_at_]) {
    return Fail(c, fmt::format("in literal {} (expecting '{}')", literal_, literal_[literal_at_]));
  }
  if (++literal_at_ < literal_.size()) return Result::kMore;
  state_ = State::kAfterValue;
  return places_.empty() ? Result::kDone : Result::kMore;
}

// `c` is the first byte behind a number.
Scanner::Result Scanner::EndOfValue(char c) {
  state_ = State::kAfterValue;
  if (!places_.empty()) return AfterValue(c);
  ended_before_ = true;
  return Result::kDone;
}

Scanner::Result Scanner::AfterValue(char c) {
  if (IsSpace(c)) return Result::kMore;
  switch (places_.back()) {
    case Place::kObjectKey:
      return AfterKey(c);
    case Place::kObjectValue:
      if (c == '}') return Close();
      if (c != ',') return Fail(c, "after object key:value pair");
      places_.back() = Place::kObjectKey;
      return Go(State::kKey);
    default:
      if (c == ']') return Close();
      return c == ',' ? Go(State::kValue) : Fail(c, "after array element");
  }
}

Scanner::Result Scanner::AfterKey(char c) {
  if (c != ':') return Fail(c, "after object key");
  places_.back() = Place::kObjectValue;
  return Go(State::kValue);
}

Scanner::Result Scanner::Open(char c, Place place, State next) {
  places_.push_back(place);
  return places_.size() <= kMaxJsonDepth ? Go(next) : Fail(c, "exceeded max depth");
}

Scanner::Result Scanner::Close() {
  places_.pop_back();
  state_ = State::kAfterValue;
  return places_.empty() ? Result::kDone : Result::kMore;
}

}  // namespace

JsonExtent ScanJson(std::string_view text) { return Scanner().Scan(text); }

}  // namespace sandgate::api
