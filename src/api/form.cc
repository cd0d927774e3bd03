// SPDX-License-Identifier: Apache-2.0
// See form.h. Messages are in the words that clients of this API know from its first implementation.
#include "api/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace sandgate::api {

namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Unescaped {
  std::string text;
  std::string error;
};

Unescaped Unescape(std::string_view escaped) {
  Unescaped result;
  result.text.reserve(escaped.size());
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      result.text += escaped[i] == '+' ? ' ' : escaped[i];
      continue;
    }
    const bool whole = i + 2 < escaped.size();
    const int high = whole ? HexValue(escaped[i + 1]) : -1;
    const int low = whole ? HexValue(escaped[i + 2]) : -1;
    if (high < 0 || low < 0) {
      result.error = fmt::format("invalid URL escape \"{}\"", escaped.substr(i, 3));
      return result;
    }
    result.text += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return result;
}

// A quoted string with its escapes removed, or a token up to ';'.
std::string ParameterValue(std::string_view text) {
  if (!text.starts_with('"')) return std::string(Trim(text.substr(0, text.find(';'))));
  std::string value;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return value;
}

// Where the parameter after the one that `text` begins with begins.
std::size_t NextParameter(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == ';' && !quoted)
      return i + 1;
  }
  return text.size();
}

// Cuts `text` at the first `mark`; what is before it, or nothing when it is not there.
std::optional<std::string_view> CutAt(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return before;
}

}  // namespace

std::string HeaderParameter(std::string_view header, std::string_view name) {
  header.remove_prefix(NextParameter(header));
  while (!header.empty()) {
    const std::size_t next = NextParameter(header);
    const std::string_view parameter = header.substr(0, next);
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && EqualsIgnoreCase(Trim(parameter.substr(0, equals)), name)) {
      return ParameterValue(Trim(parameter.substr(equals + 1)));
    }
    header.remove_prefix(next);
  }
  return "";
}

const std::string* Form::Find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void Form::Keep(const std::string& name, std::string value) {
  if (std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end()) {
    values_.emplace(name, std::move(value));
  }
}

void Form::Fail(std::string message) {
  if (error_.empty()) error_ = std::move(message);
}

// False when there have been as many as a form may have.
bool Form::CountField() {
  if (++fields_ <= kMaxFormFields) return true;
  Fail(fmt::format("form: more than {} fields", kMaxFormFields));
  return false;
}

void Form::AddUrlEncoded(std::string_view text) {
  while (!text.empty()) {
    if (!CountField()) return;
    const std::size_t end = std::min(text.find('&'), text.size());
    if (end > 0) AddPair(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Form::AddPair(std::string_view pair) {
  if (pair.find(';') != std::string_view::npos) return Fail("invalid semicolon separator in query");
  const std::size_t equals = std::min(pair.find('='), pair.size());
  Unescaped name = Unescape(pair.substr(0, equals));
  if (!name.error.empty()) return Fail(std::move(name.error));
  Unescaped value = Unescape(pair.substr(std::min(equals + 1, pair.size())));
  if (!value.error.empty()) return Fail(std::move(value.error));
  Keep(name.text, std::move(value.text));
}

void Form::AddMultipart(std::string_view body, std::string_view content_type) {
  const std::string boundary = HeaderParameter(content_type, "boundary");
  if (boundary.empty()) return Fail("no multipart boundary param in Content-Type");
  const std::string delimiter = "--" + boundary;
  const std::string next_delimiter = "\r\n" + delimiter;
  if (!body.starts_with(delimiter) && !CutAt(body, "\r\n" + delimiter))
    return Fail("multipart: NextPart: EOF");
  if (body.starts_with(delimiter)) body.remove_prefix(delimiter.size());
  while (!body.starts_with("--")) {
    if (!CutAt(body, "\r\n")) return Fail("multipart: NextPart: EOF");
    const auto part = CutAt(body, next_delimiter);
    if (!part) return Fail("unexpected EOF");
    if (!CountField()) return;
    AddPart(*part);
  }
}

void Form::AddPart(std::string_view part) {
  std::string name;
  while (!part.starts_with("\r\n")) {
    const auto line = CutAt(part, "\r\n");
    if (!line) return Fail("multipart: malformed header of a part");
    const std::size_t colon = std::min(line->find(':'), line->size());
    if (EqualsIgnoreCase(Trim(line->substr(0, colon)), "Content-Disposition")) {
      name = HeaderParameter(line->substr(std::min(colon + 1, line->size())), "name");
    }
  }
  Keep(name, std::string(part.substr(2)));
}

}  // namespace sandgate::api
