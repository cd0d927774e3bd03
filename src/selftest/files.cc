// SPDX-License-Identifier: Apache-2.0
// Files of the stage: a secret everybody may read, one of the operator's, one everybody may write, a fifo,
// and a set-user-id program. Their contents, owners, modes and times are looked at after each attack.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"
#include "selftest/canary.h"

namespace sandgate::selftest {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHarmlessProgram = "/usr/bin/id";

struct Seen {
  struct stat status {};
  std::string content;
  std::vector<std::string> names;  // of a folder
};

// Whatever the umask is.
void SetMode(const std::string& path, mode_t mode) { Check(::chmod(path.c_str(), mode), "chmod " + path); }

std::optional<Seen> Look(const std::string& path) {
  Seen seen;
  if (::lstat(path.c_str(), &seen.status) != 0) return std::nullopt;
  std::error_code ignored;
  if (S_ISREG(seen.status.st_mode)) seen.content = sys::ReadFile(path).value_or("");
  if (S_ISDIR(seen.status.st_mode)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path, ignored)) {
      seen.names.push_back(entry.path().filename());
    }
    std::sort(seen.names.begin(), seen.names.end());
  }
  return seen;
}

bool SameTime(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

// The change of times comes last: whatever else changes, changes them too.
std::string Difference(const Seen& before, const Seen& now) {
  const struct stat& a = before.status;
  const struct stat& b = now.status;
  if (before.content != now.content) return "content";
  if (before.names != now.names) return "entries";
  if (a.st_ino != b.st_ino) return "identity";
  if (a.st_mode != b.st_mode) return "mode";
  if (a.st_uid != b.st_uid || a.st_gid != b.st_gid) return "owner";
  if (a.st_nlink != b.st_nlink) return "number of links";
  if (!SameTime(a.st_mtim, b.st_mtim)) return "time of the last write";
  if (!SameTime(a.st_ctim, b.st_ctim)) return "time of the last change";
  return "";
}

class Files : public Canary {
 public:
  explicit Files(const StagePlace& place)
      : secret_dir_(place.folder + "/secret"),
        writable_dir_(place.folder + "/open"),
        secret_file_(secret_dir_ + "/secret.txt"),
        closed_file_(secret_dir_ + "/closed.txt"),
        writable_file_(writable_dir_ + "/writable.txt"),
        fifo_(writable_dir_ + "/fifo"),
        setuid_program_(writable_dir_ + "/setuid-id") {
    Write(secret_file_, "secret: " + place.mark + "\n", 0644);
    Write(closed_file_, "closed: " + place.mark + "\n", 0600);
    Write(writable_file_, "writable: " + place.mark + "\n", 0666);
    sandgate::Check(::mkfifo(fifo_.c_str(), 0600), "mkfifo " + fifo_);
    SetMode(fifo_, 0666);
    reader_.reset(sandgate::Check(::open(fifo_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC), "open " + fifo_));
    CopySetuidProgram();
    SetMode(writable_dir_, 0777);
    Remember();
  }

  void Describe(boost::json::object& stage, Missing& missing) const override {
    stage["secret_dir"] = secret_dir_;
    stage["secret_file"] = secret_file_;
    stage["closed_file"] = closed_file_;
    stage["writable_dir"] = writable_dir_;
    stage["writable_file"] = writable_file_;
    stage["fifo"] = fifo_;
    stage["setuid_program"] = why_no_setuid_.empty() ? setuid_program_ : "";
    if (!why_no_setuid_.empty()) missing["setuid_program"] = why_no_setuid_;
  }

  void Check(Damage& damage) override {
    for (const auto& [path, before] : planted_) {
      const std::optional<Seen> now = Look(path);
      const std::string changed = now ? Difference(before, *now) : "";
      if (!now) damage.push_back(path + " is gone");
      if (!changed.empty()) damage.push_back(path + " was changed: " + changed);
    }
    char byte = 0;
    if (::read(reader_.get(), &byte, 1) == 1) damage.push_back("something was written to " + fifo_);
  }

 private:
  static void Write(const std::string& path, const std::string& text, mode_t mode) {
    sys::WriteFile(path, text);
    SetMode(path, mode);
  }

  void CopySetuidProgram() {
    struct statvfs mounted {};
    if (::geteuid() != 0) {
      why_no_setuid_ = "the server is not root";
      return;
    }
    if (::statvfs(writable_dir_.c_str(), &mounted) == 0 && (mounted.f_flag & ST_NOSUID) != 0) {
      why_no_setuid_ = writable_dir_ + " is mounted nosuid";
      return;
    }
    std::error_code error;
    const fs::path program = fs::canonical(kHarmlessProgram, error);
    if (program.filename() != fs::path(kHarmlessProgram).filename()) {  // a program of many names does more
      why_no_setuid_ = std::string(kHarmlessProgram) + " is no program of its own";
      return;
    }
    fs::copy_file(program, setuid_program_, error);
    if (error || ::chmod(setuid_program_.c_str(), 04755) != 0) {
      why_no_setuid_ = std::string(kHarmlessProgram) + " cannot be copied";
    }
  }

  void Remember() {
    for (const std::string& path :
         {secret_dir_, writable_dir_, secret_file_, closed_file_, writable_file_, fifo_, setuid_program_}) {
      if (std::optional<Seen> seen = Look(path)) planted_.emplace(path, std::move(*seen));
    }
  }

  std::string secret_dir_;
  std::string writable_dir_;
  std::string secret_file_;
  std::string closed_file_;
  std::string writable_file_;
  std::string fifo_;
  std::string setuid_program_;
  std::string why_no_setuid_;
  Fd reader_;  // of the fifo: it must not block whoever gets at it
  std::map<std::string, Seen> planted_;
};

}  // namespace

std::unique_ptr<Canary> PlantFiles(const StagePlace& place) { return std::make_unique<Files>(place); }

}  // namespace sandgate::selftest
