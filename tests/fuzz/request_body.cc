// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request for a run: the first line is the method, the second the Content-Type, the third the
// target, the rest the body. Either an error, or fields that can be used.
#include "api/bind.h"
#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sandgate;
  std::string_view text = fuzz::Text(data, size);
  http::Request request;
  request.method = std::string(fuzz::TakeLine(text));
  request.headers.emplace_back("content-type", std::string(fuzz::TakeLine(text)));
  request.target = std::string(fuzz::TakeLine(text));
  request.body = std::string(text);
  const api::Binding run = api::BindRun(request);
  const bool usable = !run.fields.language.empty() && !run.fields.code.empty();
  fuzz::Check(usable || !run.error.empty(), "language and code are there, or the error says what is wrong");
  // Each byte that is not UTF-8 becomes U+FFFD, three bytes.
  fuzz::Check(run.fields.code.size() <= 3 * size, "nothing grows further");
  const api::Binding environment = api::BindEnvironment(request);
  fuzz::Check(environment.fields.code.empty(), "only language and environment are read");
  return 0;
}
