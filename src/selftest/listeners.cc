// SPDX-License-Identifier: Apache-2.0
// Sockets of the stage that tell the mark to whoever reaches them: abstract and named Unix ones, TCP and UDP
// on loopback. A thread serves them; each contact is counted.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "selftest/canary.h"

namespace sandgate::selftest {

namespace {

struct Listener {
  const char* key;   // of STAGE
  const char* what;  // in words
  int type;          // SOCK_STREAM, SOCK_DGRAM
  Fd socket;
  int contacts = 0;
};

Fd Bind(int type, const sockaddr* address, socklen_t length) {
  Fd socket(::socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Check(socket.get(), "socket");
  Check(::bind(socket.get(), address, length), "bind");
  if (type == SOCK_STREAM) Check(::listen(socket.get(), 64), "listen");
  return socket;
}

// A name that begins with a zero byte is abstract.
Fd BindUnix(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof(address.sun_path)) throw Error("socket name too long: " + name);
  std::memcpy(address.sun_path, name.data(), name.size());
  const std::size_t length = offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '\0' ? 0 : 1);
  return Bind(SOCK_STREAM, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
}

Fd BindLoopback(int type) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return Bind(type, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

std::uint16_t PortOf(const Fd& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  Check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

class Listeners : public Canary {
 public:
  explicit Listeners(const StagePlace& place)
      : mark_(place.mark),
        abstract_name_("sandgate-stage-" + place.suffix),
        unix_path_(place.folder + "/secret/socket"),
        stop_(Check(::eventfd(0, EFD_CLOEXEC), "eventfd")),
        all_{{{"abstract_name", "the abstract socket", SOCK_STREAM, BindUnix('\0' + abstract_name_)},
              {"unix_path", "the named socket", SOCK_STREAM, BindUnix(unix_path_)},
              {"tcp_port", "the TCP port", SOCK_STREAM, BindLoopback(SOCK_STREAM)},
              {"udp_port", "the UDP port", SOCK_DGRAM, BindLoopback(SOCK_DGRAM)}}} {
    Check(::chmod(unix_path_.c_str(), 0666), "chmod " + unix_path_);
    server_ = std::thread([this] { ServeUntilStopped(); });
  }

  ~Listeners() override {
    ::eventfd_write(stop_.get(), 1);
    server_.join();
  }

  void Describe(boost::json::object& stage, Missing&) const override {
    stage["abstract_name"] = abstract_name_;
    stage["unix_path"] = unix_path_;
    stage["tcp_port"] = PortOf(all_[2].socket);
    stage["udp_port"] = PortOf(all_[3].socket);
  }

  void Check(Damage& damage) override {
    const std::lock_guard lock(mutex_);
    for (Listener& listener : all_) {
      Serve(listener);  // what the thread has not come to
      if (listener.contacts > 0) damage.push_back(std::string(listener.what) + " was reached");
    }
  }

 private:
  static int Check(int result, const char* what) { return sandgate::Check(result, what); }
  static int Check(int result, const std::string& what) { return sandgate::Check(result, what); }

  void Serve(Listener& listener) {
    const std::string answer = "mark: " + mark_ + "\n";
    if (listener.type == SOCK_STREAM) {
      for (;;) {
        const Fd peer(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!peer) return;
        ++listener.contacts;
        ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        ::shutdown(peer.get(), SHUT_WR);
      }
    }
    sockaddr_storage from{};
    socklen_t length = sizeof(from);
    char byte = 0;
    while (::recvfrom(listener.socket.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &length) >= 0) {
      ++listener.contacts;
      ::sendto(listener.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&from), length);
      length = sizeof(from);
    }
  }

  void ServeUntilStopped() {
    std::array<pollfd, 5> waited{};
    for (std::size_t i = 0; i < all_.size(); ++i) waited[i] = {all_[i].socket.get(), POLLIN, 0};
    waited.back() = {stop_.get(), POLLIN, 0};
    for (;;) {
      if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) return;
      if (waited.back().revents != 0) return;
      const std::lock_guard lock(mutex_);
      for (Listener& listener : all_) Serve(listener);
    }
  }

  std::string mark_;
  std::string abstract_name_;
  std::string unix_path_;
  Fd stop_;
  std::mutex mutex_;  // of all_
  std::array<Listener, 4> all_;
  std::thread server_;
};

}  // namespace

std::unique_ptr<Canary> PlantListeners(const StagePlace& place) { return std::make_unique<Listeners>(place); }

}  // namespace sandgate::selftest
