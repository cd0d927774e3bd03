// SPDX-License-Identifier: Apache-2.0
#include "run/environments.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>

#include "base/text.h"
#include "i18n/filled.h"
#include "run/runner.h"

namespace sandgate {

namespace asio = boost::asio;

namespace {

constexpr auto kNoError = asio::as_tuple(asio::use_awaitable);

std::string NoSuchEnvironment(const std::string& name, const std::set<std::string>& names, Locale locale) {
  if (names.empty()) {
    return Message(locale,
                   "environment: there is no environment \"{}\": the configuration of the server names none "
                   "(environments)",
                   Shown(name));
  }
  return Message(locale, "environment: there is no environment \"{}\"; there are: {}", Shown(name),
                 fmt::format("{}", fmt::join(names, ", ")));
}

std::string NotRun(Locale locale) {
  return Message(locale, "the server is stopping; the program was not run");
}

}  // namespace

std::string EnvironmentName(const EnvironmentKey& key, Locale locale) {
  return key.name.empty() ? Message(locale, "the packages of {}", LanguageName(key.language))
                          : Message(locale, "the environment {} of {}", key.name, LanguageName(key.language));
}

std::string RequirementsFile(const Config& config, const EnvironmentKey& key) {
  const bool python = key.language == Language::kPython;
  if (key.name.empty()) return python ? config.python_requirements : config.package_json;
  const auto found = std::ranges::find(config.environments, key.name, &NamedEnvironment::name);
  if (found == config.environments.end()) return "";
  return python ? found->python_requirements : found->package_json;
}

std::string RequirementsPlace(const Config& config, const EnvironmentKey& key) {
  namespace fs = std::filesystem;
  const fs::path file = RequirementsFile(config, key);
  const fs::path below = file.is_absolute() ? file.lexically_relative(config.dependencies_folder) : file;
  if (!below.empty() && *below.begin() != "..") return "dependencies/" + below.string();
  const std::string group = key.name.empty() ? "dependencies." : "environments." + key.name + ".";
  return group + (key.language == Language::kPython ? "python_requirements" : "package_json");
}

Environments::Entry& Environments::EntryOf(const EnvironmentKey& key) {
  std::unique_ptr<Entry>& entry = entries_[key];
  if (!entry) {
    entry = std::make_unique<Entry>(io_);
    entry->status.key = key;
  }
  return *entry;
}

void Environments::Begin(const EnvironmentKey& key) {
  Entry& entry = EntryOf(key);
  entry.status.building = true;
  entry.status.step.clear();
  entry.since = Clock::now();
  entry.waited_for = entry.since + patience_;
}

void Environments::Step(const EnvironmentKey& key, std::string step) {
  EntryOf(key).status.step = std::move(step);
}

void Environments::End(Entry& entry) {
  entry.status.building = false;
  entry.status.step.clear();
  entry.served = true;
  ++entry.status.builds;
  entry.ended.cancel();
}

EnvironmentLease Environments::Use(const EnvironmentKey& key, EnvironmentLease built) {
  Entry& entry = EntryOf(key);
  entry.status.problem.clear();
  std::swap(entry.status.current, built);
  End(entry);
  return built;
}

void Environments::Fail(const EnvironmentKey& key, std::string problem) {
  Entry& entry = EntryOf(key);
  entry.status.problem = std::move(problem);
  ++entry.status.failures;
  End(entry);
}

void Environments::Close() {
  closed_ = true;
  for (const auto& [key, entry] : entries_) entry->ended.cancel();
}

void Environments::Adopt(const EnvironmentKey& key, EnvironmentLease built) {
  Entry& entry = EntryOf(key);
  entry.status.current = std::move(built);
  entry.served = true;
}

EnvironmentChoice Environments::Choose(const EnvironmentKey& key) const {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return {};
  const EnvironmentStatus& status = entry->second->status;
  return {status.current, !status.current && !status.problem.empty()};
}

void Environments::RequireKnown(const std::string& name, Locale locale) const {
  if (!name.empty() && !names_.contains(name))
    throw UnknownEnvironment(NoSuchEnvironment(name, names_, locale));
}

asio::awaitable<void> Environments::Await(EnvironmentKey key, bool wait, Locale locale) {
  RequireKnown(key.name, locale);
  const bool is_new = !entries_.contains(key) && !asked_for_.contains(key);
  // The default one is known from the start where there is one.
  if (is_new && closed_ && !key.name.empty()) throw Stopping(NotRun(locale));
  asked_for_.insert(key);
  if (is_new && !closed_ && on_first_use_) on_first_use_(key);
  const auto found = entries_.find(key);
  if (found == entries_.end()) co_return;
  Entry& entry = *found->second;  // is never removed
  const auto must_wait = [&entry] { return entry.status.building && !entry.served; };
  if (wait && !closed_ && must_wait() && Clock::now() < entry.waited_for) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer patience(io_, entry.waited_for);
    co_await (entry.ended.async_wait(kNoError) || patience.async_wait(kNoError));
  }
  if (must_wait() && closed_) throw Stopping(NotRun(locale));
  if (must_wait()) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - entry.since);
    throw NotReady(
        Message(locale, "{} are being installed for the first time ({}; {} s so far); try again later",
                EnvironmentName(key, locale), TranslateFilled(locale, entry.status.step), seconds.count()));
  }
}

std::vector<EnvironmentStatus> Environments::Status() const {
  std::vector<EnvironmentStatus> all;
  for (const auto& [key, entry] : entries_) {
    EnvironmentStatus status = entry->status;
    if (status.building) {
      status.building_seconds = std::chrono::duration<double>(Clock::now() - entry->since).count();
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace sandgate
