// SPDX-License-Identifier: Apache-2.0
// Removes what runs leave on disk: it moves out of their reach at once, so that the worker and its uid are
// free, and is removed on a thread, a little of each at a time. Where much waits for it, a run that adds to
// it keeps its worker until there is room: disk is not filled faster than it is emptied.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "obs/log.h"

namespace sandgate {

struct CleanerOptions {
  std::string trash;        // a directory that no run can enter, in the same file system as theirs
  std::size_t backlog = 1;  // so many directories may wait before a run has to
  std::chrono::milliseconds retry_pause = std::chrono::seconds(5);
};

class Cleaner {
 public:
  Cleaner(boost::asio::io_context& io, CleanerOptions options, const Logger& log);

  // For a directory whose processes are gone. Returns when no run can reach it and there is room in the
  // backlog, or it has been removed. What cannot be removed is tried again later. Must not be cancelled.
  boost::asio::awaitable<void> Remove(std::string path);
  // Nothing is removed any more when it returns, nor later, and nobody waits for it.
  boost::asio::awaitable<void> Close();

 private:
  struct Item;
  using Items = std::deque<std::shared_ptr<Item>>;

  std::shared_ptr<Item> MoveAside(const std::string& path);
  void Start();
  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> WorkOn(std::shared_ptr<Item> item);
  std::shared_ptr<Item> Next();
  void RetryLater(std::shared_ptr<Item> item, const char* error);

  boost::asio::io_context& io_;
  CleanerOptions options_;
  const Logger& log_;
  Items fresh_;  // not looked at yet: most are removed at once
  Items begun_;  // larger ones, the first of them until it is removed
  Items failed_;
  std::size_t waiting_ = 0;  // in fresh_ and begun_, or worked on
  bool working_ = false;
  bool closing_ = false;
  boost::asio::steady_timer changed_;  // cancelled when an item is done or has failed
  boost::asio::steady_timer retry_;
  std::optional<boost::asio::thread_pool> pool_;  // from the first run on
};

}  // namespace sandgate
