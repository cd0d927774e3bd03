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

bool InstalledPackages::IsLatest(const State& state, Language language, const Refreshing& one) {
  const auto latest = state.refreshing.find(language);
  return latest != state.refreshing.end() && latest->second == one;
}

asio::awaitable<Packages> InstalledPackages::List(Language language) {
  const std::shared_ptr<State> state = state_;
  while (!state->known.contains(language) && state->refreshing.contains(language)) {
    const auto done = state->refreshing.at(language);
    co_await done->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const auto known = state->known.find(language);
  if (known != state->known.end()) co_return known->second;
  co_return co_await Refresh(language);
}

void InstalledPackages::Forget(Language language) {
  state_->known.erase(language);
  state_->refreshing.erase(language);
}

asio::awaitable<Packages> InstalledPackages::Refresh(Language language) {
  const auto executor = co_await asio::this_coro::executor;
  const Refreshing done =
      std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const std::shared_ptr<State> state = state_;
  state->refreshing[language] = done;
  // Wakes those who wait, also when the run fails.
  const std::shared_ptr<void> wake(nullptr, [state, language, done](void*) {
    if (IsLatest(*state, language, done)) state->refreshing.erase(language);
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
  if (IsLatest(*state, language, done)) state->known.insert_or_assign(language, packages);
  co_return packages;
}

}  // namespace sandgate
