// SPDX-License-Identifier: Apache-2.0
#include "deps/installed.h"

#include <embedded/deps.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "base/error.h"
#include "base/text.h"

namespace sandgate {

namespace asio = boost::asio;
namespace json = boost::json;

Packages ParsePackages(const std::string& text) {
  try {
    const json::value list = json::parse(text);
    Packages packages;
    for (const json::value& row : list.as_array()) {
      const json::array& pair = row.as_array();
      packages.emplace_back(pair.at(0).as_string(), pair.at(1).as_string());
    }
    return packages;
  } catch (const std::exception& error) {
    throw Error(std::string("list of installed packages: ") + error.what());
  }
}

asio::awaitable<Packages> InstalledPackages::List(Language language) {
  const auto refreshing = state_->refreshing.find(language);
  if (!state_->known.contains(language) && refreshing != state_->refreshing.end()) {
    const auto done = refreshing->second;
    co_await done->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const auto known = state_->known.find(language);
  if (known != state_->known.end()) co_return known->second;
  co_return co_await Refresh(language);
}

asio::awaitable<Packages> InstalledPackages::Refresh(Language language) {
  const auto executor = co_await asio::this_coro::executor;
  const auto done = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const std::shared_ptr<State> state = state_;
  state->refreshing[language] = done;
  // Wakes those who wait, also when the run fails.
  const std::shared_ptr<void> wake(nullptr, [state, language, done](void*) {
    if (state->refreshing[language] == done) state->refreshing.erase(language);
    done->cancel();
  });
  RunRequest request;
  request.language = language;
  request.code = language == Language::kPython ? embedded::kListPackagesPy : embedded::kListPackagesJs;
  request.start = Start::kCold;  // an interpreter that was warmed earlier may not see what is new
  request.run_id = RandomHex(16);
  const RunResult result = co_await runner_.Run(request);
  if (result.outcome != Outcome::kOk) throw Error("list installed packages: " + result.error);
  Packages packages = ParsePackages(result.stdout_bytes);
  state_->known.insert_or_assign(language, packages);
  co_return packages;
}

}  // namespace sandgate
