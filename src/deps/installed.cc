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

bool InstalledPackages::IsLatest(const State& state, const EnvironmentKey& key, const Refreshing& one) {
  const auto latest = state.refreshing.find(key);
  return latest != state.refreshing.end() && latest->second == one;
}

asio::awaitable<Packages> InstalledPackages::List(EnvironmentKey key, Locale locale) {
  const std::shared_ptr<State> state = state_;
  while (!state->known.contains(key) && state->refreshing.contains(key)) {
    const auto done = state->refreshing.at(key);
    co_await done->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const auto known = state->known.find(key);
  if (known != state->known.end()) co_return known->second;
  co_return co_await Refresh(std::move(key), locale);
}

void InstalledPackages::Forget(Language language) {
  const auto is_of_it = [language](const auto& one) { return one.first.language == language; };
  std::erase_if(state_->known, is_of_it);
  std::erase_if(state_->refreshing, is_of_it);
}

asio::awaitable<Packages> InstalledPackages::Refresh(EnvironmentKey key, Locale locale) {
  const auto executor = co_await asio::this_coro::executor;
  const Refreshing done =
      std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const std::shared_ptr<State> state = state_;
  state->refreshing[key] = done;
  // Wakes those who wait, also when the run fails.
  const std::shared_ptr<void> wake(nullptr, [state, key, done](void*) {
    if (IsLatest(*state, key, done)) state->refreshing.erase(key);
    done->cancel();
  });
  RunRequest request;
  request.language = key.language;
  request.environment = key.name;
  request.locale = locale;
  request.code = key.language == Language::kPython ? embedded::kListPackagesPy : embedded::kListPackagesJs;
  request.start = Start::kCold;  // an interpreter that was warmed earlier may not see what is new
  request.run_id = RandomHex(16);
  const RunResult result = co_await runner_.Run(request);
  if (result.outcome != Outcome::kOk) throw Error("list installed packages: " + result.error);
  Packages packages = ParsePackages(result.stdout_bytes);
  if (IsLatest(*state, key, done)) state->known.insert_or_assign(key, packages);
  co_return packages;
}

}  // namespace sandgate
