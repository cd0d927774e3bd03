// SPDX-License-Identifier: Apache-2.0
// From a request's body, form or query to the fields that the API knows. What is missing or of the wrong
// type is told in the words that clients of this API know from its first implementation.
#pragma once
#include <string>

#include "http/server.h"

namespace sandgate::api {

struct Fields {
  std::string language;
  std::string code;  // any bytes, NUL included
  std::string preload;
  std::string profile;
  std::string environment;
  std::string limits;  // JSON text, empty where there is none; limits.h reads it
  bool enable_network = false;
};

struct Binding {
  Fields fields;
  std::string error;        // empty: `fields` can be used
  bool exact_json = false;  // Content-Type is exactly application/json
};

// The fields of a run; language and code are required and not empty.
Binding BindRun(const http::Request& request);
// Only `language` and `environment` are read, and both may be missing.
Binding BindEnvironment(const http::Request& request);

}  // namespace sandgate::api
