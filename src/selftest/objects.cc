// SPDX-License-Identifier: Apache-2.0
// Objects of the stage that are no files: System V shared memory, semaphore and queue, POSIX shared memory
// and queue, and a key. All may be used by everybody; where the machine refuses one to us it is missing.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/error.h"
#include "base/fd.h"
#include "selftest/canary.h"

namespace sandgate::selftest {

namespace {

constexpr std::size_t kShmBytes = 4096;
constexpr int kEverybody = 0666;
constexpr long kEverybodysKey = 0x3f3f3f3f;

struct Message {
  long type = 1;
  char text[64]{};
};

class Objects : public Canary {
 public:
  explicit Objects(const StagePlace& place)
      : mark_(place.mark), posix_name_("/sandgate-stage-" + place.suffix) {
    PlantSharedMemory();
    PlantSemaphore();
    PlantQueue();
    PlantPosixMemory();
    PlantPosixQueue();
    PlantKey();
  }

  ~Objects() override {
    if (shm_id_ >= 0) ::shmctl(shm_id_, IPC_RMID, nullptr);
    if (sem_id_ >= 0) ::semctl(sem_id_, 0, IPC_RMID);
    if (msg_id_ >= 0) ::msgctl(msg_id_, IPC_RMID, nullptr);
    if (posix_shm_) ::shm_unlink(posix_name_.c_str());
    if (posix_mq_) ::mq_unlink(posix_name_.c_str());
    if (key_id_ >= 0) ::syscall(SYS_keyctl, KEYCTL_UNLINK, key_id_, KEY_SPEC_PROCESS_KEYRING);
  }

  void Describe(boost::json::object& stage, Missing& missing) const override {
    stage["shm_key"] = shm_key_;
    stage["shm_id"] = shm_id_;
    stage["sem_id"] = sem_id_;
    stage["msg_id"] = msg_id_;
    stage["key_id"] = key_id_;
    const auto name = [this](const Fd& fd) { return fd ? boost::json::value(posix_name_) : nullptr; };
    stage["posix_shm"] = name(posix_shm_);
    stage["posix_mq"] = name(posix_mq_);
    for (const auto& [key, why] : missing_) missing[key] = why;
  }

  void Check(Damage& damage) override {
    CheckSharedMemory(damage);
    if (sem_id_ >= 0 && ::semctl(sem_id_, 0, GETVAL) != 1) damage.push_back("the semaphore was changed");
    CheckQueues(damage);
    if (posix_shm_) {
      std::string text(mark_.size(), '\0');
      if (::pread(posix_shm_.get(), text.data(), text.size(), 0) < 0 || text != mark_) {
        damage.push_back("the POSIX shared memory was changed");
      }
      struct stat status {};
      if (::fstat(posix_shm_.get(), &status) != 0 || status.st_nlink != 1 ||
          (status.st_mode & 0777) != kEverybody) {
        damage.push_back("the POSIX shared memory was removed or has another mode");
      }
    }
    if (key_id_ >= 0) {
      std::string text(mark_.size(), '\0');
      if (::syscall(SYS_keyctl, KEYCTL_READ, key_id_, text.data(), text.size()) < 0 || text != mark_) {
        damage.push_back("the key was changed");
      }
    }
  }

 private:
  void Miss(const char* key, const char* call) {
    missing_[key] = std::string(call) + ": " + ErrnoText(errno);
  }

  void PlantSharedMemory() {
    std::random_device random;
    shm_key_ = static_cast<int>(random() & 0x7ffffffe) | 1;
    shm_id_ = ::shmget(shm_key_, kShmBytes, IPC_CREAT | IPC_EXCL | kEverybody);
    void* const memory = shm_id_ < 0 ? reinterpret_cast<void*>(-1) : ::shmat(shm_id_, nullptr, 0);
    if (memory == reinterpret_cast<void*>(-1)) {
      Miss("shm_id", "shmget");
      shm_key_ = -1;
      return;
    }
    std::memcpy(memory, mark_.data(), mark_.size());
    ::shmdt(memory);
  }

  void PlantSemaphore() {
    sem_id_ = ::semget(IPC_PRIVATE, 1, IPC_CREAT | kEverybody);
    if (sem_id_ < 0) return Miss("sem_id", "semget");
    ::semctl(sem_id_, 0, SETVAL, 1);
  }

  void PlantQueue() {
    msg_id_ = ::msgget(IPC_PRIVATE, IPC_CREAT | kEverybody);
    if (msg_id_ < 0) return Miss("msg_id", "msgget");
    Message message;
    mark_.copy(message.text, sizeof(message.text) - 1);
    ::msgsnd(msg_id_, &message, sizeof(message.text), IPC_NOWAIT);
  }

  void PlantPosixMemory() {
    posix_shm_.reset(::shm_open(posix_name_.c_str(), O_RDWR | O_CREAT | O_EXCL, kEverybody));
    if (!posix_shm_) return Miss("posix_shm", "shm_open");
    ::fchmod(posix_shm_.get(), kEverybody);
    if (::pwrite(posix_shm_.get(), mark_.data(), mark_.size(), 0) < 0) Miss("posix_shm", "write");
  }

  void PlantPosixQueue() {
    mq_attr attributes{};
    attributes.mq_maxmsg = 2;
    attributes.mq_msgsize = 64;
    posix_mq_.reset(
        ::mq_open(posix_name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, kEverybody, &attributes));
    if (!posix_mq_) return Miss("posix_mq", "mq_open");
    ::fchmod(posix_mq_.get(), kEverybody);
    ::mq_send(posix_mq_.get(), mark_.data(), mark_.size(), 0);
  }

  void PlantKey() {
    key_id_ = ::syscall(SYS_add_key, "user", posix_name_.c_str() + 1, mark_.data(), mark_.size(),
                        KEY_SPEC_PROCESS_KEYRING);
    if (key_id_ < 0 || ::syscall(SYS_keyctl, KEYCTL_SETPERM, key_id_, kEverybodysKey) < 0) {
      Miss("key_id", "add_key");
      key_id_ = -1;
    }
  }

  void CheckSharedMemory(Damage& damage) const {
    if (shm_id_ < 0) return;
    void* const memory = ::shmat(shm_id_, nullptr, SHM_RDONLY);
    if (memory == reinterpret_cast<void*>(-1)) {
      damage.push_back("the shared memory is gone or closed");
      return;
    }
    if (std::memcmp(memory, mark_.data(), mark_.size()) != 0)
      damage.push_back("the shared memory was changed");
    ::shmdt(memory);
  }

  void CheckQueues(Damage& damage) const {
    msqid_ds queue{};
    if (msg_id_ >= 0 && (::msgctl(msg_id_, IPC_STAT, &queue) != 0 || queue.msg_qnum != 1)) {
      damage.push_back("the message queue was changed");
    }
    mq_attr attributes{};
    if (posix_mq_ && (::mq_getattr(posix_mq_.get(), &attributes) != 0 || attributes.mq_curmsgs != 1)) {
      damage.push_back("the POSIX message queue was changed");
    }
  }

  std::string mark_;
  std::string posix_name_;
  int shm_key_ = -1;
  int shm_id_ = -1;
  int sem_id_ = -1;
  int msg_id_ = -1;
  long key_id_ = -1;
  Fd posix_shm_;
  Fd posix_mq_;
  Missing missing_;
};

}  // namespace

std::unique_ptr<Canary> PlantObjects(const StagePlace& place) { return std::make_unique<Objects>(place); }

}  // namespace sandgate::selftest
