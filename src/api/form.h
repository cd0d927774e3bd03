// SPDX-License-Identifier: Apache-2.0
// Values that arrive as query, urlencoded form or multipart form. Only the fields that are asked for are
// kept, each with its first value. What is beyond kMaxFormFields is not read.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sandgate::api {

// Of a query and a body together, empty ones included.
inline constexpr std::size_t kMaxFormFields = 64;

class Form {
 public:
  // Keeps only these names, compared exactly.
  explicit Form(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}

  // Adds the pairs of a query or urlencoded body. Broken pairs are left out and named in error().
  void AddUrlEncoded(std::string_view text);
  // Adds the parts of a multipart body, files included.
  void AddMultipart(std::string_view body, std::string_view content_type);

  // The first value that was added under `name`, or nullptr.
  const std::string* Find(const std::string& name) const;
  // What was wrong first; empty when nothing was.
  const std::string& error() const { return error_; }

 private:
  void AddPair(std::string_view pair);
  void AddPart(std::string_view part);
  bool CountField();
  void Keep(const std::string& name, std::string value);
  void Fail(std::string message);

  std::vector<std::string> wanted_;
  std::map<std::string, std::string> values_;
  std::size_t fields_ = 0;
  std::string error_;
};

// The parameter `name` of a header such as `form-data; name="code"`; quotes and escapes removed, or "".
std::string HeaderParameter(std::string_view header, std::string_view name);

}  // namespace sandgate::api
