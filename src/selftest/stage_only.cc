// SPDX-License-Identifier: Apache-2.0
#include "selftest/stage_only.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "selftest/attack.h"
#include "selftest/peer.h"
#include "selftest/stage.h"

namespace sandgate::selftest {

namespace json = boost::json;

namespace {

constexpr auto kMoment = std::chrono::milliseconds(10);
constexpr int kPeerMoments = 1000;

// In the place of the server's port: answers every request as a successful run would be.
class OpenApi {
 public:
  explicit OpenApi(std::string mark) : mark_(std::move(mark)) {
    listener_.reset(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const place = reinterpret_cast<sockaddr*>(&address);
    Check(::bind(listener_.get(), place, length), "bind");
    Check(::listen(listener_.get(), 16), "listen");
    Check(::getsockname(listener_.get(), place, &length), "getsockname");
    port_ = ntohs(address.sin_port);
    server_ = std::thread([this] { Serve(); });
  }
  ~OpenApi() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // ends accept
    server_.join();
  }
  OpenApi(const OpenApi&) = delete;
  OpenApi& operator=(const OpenApi&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void Serve() const {
    for (;;) {
      const Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      const timeval patience{2, 0};
      ::setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
      std::array<char, 65536> request{};
      if (::recv(peer.get(), request.data(), request.size(), 0) <= 0) continue;
      const std::string body = json::serialize(json::object{
          {"code", 0}, {"message", "success"}, {"data", {{"stdout", mark_ + "\n"}, {"error", ""}}}});
      const std::string answer =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
          "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body;
      ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      ::shutdown(peer.get(), SHUT_WR);
    }
  }

  std::string mark_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::thread server_;
};

// The peer as an ordinary process of an interpreter.
class PlainPeer {
 public:
  PlainPeer(std::string python, const Stage& stage) {
    PeerProgram program = MakePeerProgram(stage.mark());
    const std::string folder = stage.folder() + "/peer";
    Check(::mkdir(folder.c_str(), 0700), "mkdir " + folder);
    std::string option = "-c";
    const std::array<char*, 4> arguments{python.data(), option.data(), program.code.data(), nullptr};
    const std::array<char*, 1> environment{nullptr};
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int error =
        ::posix_spawn(&pid_, python.c_str(), &actions, nullptr, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) ThrowErrno("start " + python, error);
    for (int i = 0; i < kPeerMoments && !found_; ++i) {
      std::this_thread::sleep_for(kMoment);
      found_ = FindPeer(program.name, folder);
    }
  }
  ~PlainPeer() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  PlainPeer(const PlainPeer&) = delete;
  PlainPeer& operator=(const PlainPeer&) = delete;

  json::value Describe() const { return found_.value_or(nullptr); }

 private:
  pid_t pid_ = -1;
  std::optional<json::value> found_;
};

const char* OutsideName(Outside outside) {
  switch (outside) {
    case Outside::kAsRoot:
      return "as root";
    case Outside::kAsNobody:
      return "as nobody";
    case Outside::kNever:
      return "never";
  }
  return "";
}

class Control {
 public:
  explicit Control(std::string python) : python_(std::move(python)), attacks_(AllAttacks()) { Replant(); }

  json::value Obey(const std::string& line) {
    constexpr std::string_view kProgram = "program ";
    if (line == "list") return List();
    if (line == "look") {
      const Damage damage = stage_->Look();
      return json::array(damage.begin(), damage.end());
    }
    if (line == "replant") {
      Replant();
      return nullptr;
    }
    if (line.starts_with(kProgram)) return Program(line.substr(kProgram.size()));
    throw Error("stage: no command \"" + line + "\"");
  }

 private:
  void Replant() {
    peer_.reset();
    api_.reset();
    stage_.reset();
    stage_.emplace(mark_);
    api_.emplace(mark_);
    if (!python_.empty()) peer_.emplace(python_, *stage_);
  }

  json::array List() const {
    json::array list;
    for (const Attack& attack : attacks_) {
      list.push_back(json::object{{"name", attack.name},
                                  {"language", LanguageName(attack.language)},
                                  {"limits", json::array(attack.limits.begin(), attack.limits.end())},
                                  {"outside", OutsideName(attack.outside)},
                                  {"never", attack.never}});
    }
    return list;
  }

  json::value Program(const std::string& name) const {
    json::object stage = stage_->Describe();
    AddServerFacts(stage, {api_->port(), static_cast<int>(::getpid()), {static_cast<int>(::getpid())}});
    stage["outside"] = true;
    if (peer_) stage["peer"] = peer_->Describe();
    for (const Attack& attack : attacks_) {
      if (attack.name == name) return json::string(ProgramOf(attack, json::serialize(stage)));
    }
    throw Error("stage: no attack " + name);
  }

  std::string python_;
  std::vector<Attack> attacks_;
  std::string mark_ = MakeMark();
  std::optional<Stage> stage_;
  std::optional<OpenApi> api_;
  std::optional<PlainPeer> peer_;
};

}  // namespace

void ServeStage(const std::string& python) {
  Control control(python);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << json::serialize(control.Obey(line)) << std::endl;
  }
}

}  // namespace sandgate::selftest
