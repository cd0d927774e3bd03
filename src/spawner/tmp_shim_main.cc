// SPDX-License-Identifier: Apache-2.0
// libsandgate-tmp.so: preloaded (LD_PRELOAD) into interpreters where no private /tmp can be mounted.
//
// Programs write to /tmp by name. In a container without the right to mount, /tmp is shared by every
// run, and Landlock refuses it. This library maps a literal /tmp or /tmp/... in the C library's file
// functions to the run's own scratch directory, $TMPDIR. It also stands in for the account of the run's uid
// and for a root tree without cgroups, which runs have where mounts can be made. It is a convenience, not a
// boundary: going around it leads to the refusal, never to somebody else's files. It depends on libc only.
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utime.h>

namespace {

constexpr size_t kMaxPath = 4096;

// The server's own directory may lie in /tmp: /tmp/NAME/..., with the scratch directory in it.
bool IsInOurFolder(const char* path, const char* scratch) {
  const char* second = strchr(scratch + 1, '/');
  const char* end = second != nullptr ? strchr(second + 1, '/') : nullptr;
  const size_t length = end != nullptr ? static_cast<size_t>(end - scratch) : strlen(scratch);
  return strncmp(path, scratch, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

// Libraries look there for the limits of their process, and do without where there is nothing. Landlock lets
// no run read it, and DuckDB ends where there is a file that it may not read.
bool TellsOfCgroups(const char* path) { return strcmp(path, "/proc/self/cgroup") == 0; }

struct Mapped {
  char buffer[kMaxPath];
  // `path`, or the buffer with the path in the scratch directory. Too long a path is left as it is.
  const char* operator()(const char* path) {
    // The headers declare most paths as not null, and the compiler would leave out the test for it. But it
    // may be: the runtime of Rust asks statx(2) for EFAULT.
    asm("" : "+r"(path));
    if (path == nullptr) return path;
    if (TellsOfCgroups(path)) return "/nonexistent";
    if (strncmp(path, "/tmp", 4) != 0 || (path[4] != '\0' && path[4] != '/')) return path;
    const char* scratch = getenv("TMPDIR");
    if (scratch == nullptr || *scratch != '/' || strcmp(scratch, "/tmp") == 0) return path;
    if (IsInOurFolder(path, scratch)) return path;
    const size_t prefix = strlen(scratch);
    const size_t rest = strlen(path + 4);
    if (prefix + rest >= kMaxPath) return path;
    memcpy(buffer, scratch, prefix);
    memcpy(buffer + prefix, path + 4, rest + 1);
    return buffer;
  }
};

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool TakesMode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// A socket address with its path mapped; `storage` holds it when it had to change.
const sockaddr* MapAddress(const sockaddr* address, socklen_t& length, sockaddr_un& storage) {
  constexpr socklen_t kPathOffset = offsetof(sockaddr_un, sun_path);
  if (address == nullptr || address->sa_family != AF_UNIX || length <= kPathOffset ||
      length > sizeof storage) {
    return address;
  }
  char path[sizeof storage.sun_path + 1] = {};
  memcpy(path, reinterpret_cast<const char*>(address) + kPathOffset, length - kPathOffset);
  Mapped map;
  const char* mapped = map(path);
  if (path[0] != '/' || mapped == path || strlen(mapped) >= sizeof storage.sun_path) return address;
  storage.sun_family = AF_UNIX;
  strcpy(storage.sun_path, mapped);
  length = static_cast<socklen_t>(kPathOffset + strlen(mapped) + 1);
  return reinterpret_cast<const sockaddr*>(&storage);
}

}  // namespace

#define SHIM extern "C" __attribute__((visibility("default")))
#define NEXT(name) static const auto kNext = Next<decltype(name)>(#name)

#define SHIM_PATH(type, name, parameters, arguments) \
  SHIM type name parameters {                        \
    NEXT(name);                                      \
    Mapped map;                                      \
    return kNext arguments;                          \
  }
#define SHIM_TWO_PATHS(type, name, parameters, arguments) \
  SHIM type name parameters {                             \
    NEXT(name);                                           \
    Mapped map;                                           \
    Mapped map2;                                          \
    return kNext arguments;                               \
  }

#define SHIM_OPEN(name)                                                   \
  SHIM int name(const char* path, int flags, ...) {                       \
    static const auto kNext = Next<int(const char*, int, mode_t)>(#name); \
    mode_t mode = 0;                                                      \
    if (TakesMode(flags)) {                                               \
      va_list list;                                                       \
      va_start(list, flags);                                              \
      mode = va_arg(list, mode_t);                                        \
      va_end(list);                                                       \
    }                                                                     \
    Mapped map;                                                           \
    return kNext(map(path), flags, mode);                                 \
  }
#define SHIM_OPENAT(name)                                                      \
  SHIM int name(int directory, const char* path, int flags, ...) {             \
    static const auto kNext = Next<int(int, const char*, int, mode_t)>(#name); \
    mode_t mode = 0;                                                           \
    if (TakesMode(flags)) {                                                    \
      va_list list;                                                            \
      va_start(list, flags);                                                   \
      mode = va_arg(list, mode_t);                                             \
      va_end(list);                                                            \
    }                                                                          \
    Mapped map;                                                                \
    return kNext(directory, map(path), flags, mode);                           \
  }

SHIM_OPEN(open)
SHIM_OPEN(open64)
SHIM_OPENAT(openat)
SHIM_OPENAT(openat64)
SHIM_PATH(FILE*, fopen, (const char* path, const char* mode), (map(path), mode))
SHIM_PATH(FILE*, fopen64, (const char* path, const char* mode), (map(path), mode))
SHIM_PATH(int, stat, (const char* path, struct stat* out) noexcept, (map(path), out))
SHIM_PATH(int, stat64, (const char* path, struct stat64* out) noexcept, (map(path), out))
SHIM_PATH(int, lstat, (const char* path, struct stat* out) noexcept, (map(path), out))
SHIM_PATH(int, lstat64, (const char* path, struct stat64* out) noexcept, (map(path), out))
SHIM_PATH(int, fstatat, (int dir, const char* path, struct stat* out, int flags) noexcept,
          (dir, map(path), out, flags))
SHIM_PATH(int, fstatat64, (int dir, const char* path, struct stat64* out, int flags) noexcept,
          (dir, map(path), out, flags))
SHIM_PATH(int, statx, (int dir, const char* path, int flags, unsigned mask, struct statx* out) noexcept,
          (dir, map(path), flags, mask, out))
// What programs call that were built against a glibc before 2.33, as most wheels are; no header has them any
// more.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
int __xstat(int version, const char* path, struct stat* out) noexcept;
int __xstat64(int version, const char* path, struct stat64* out) noexcept;
int __lxstat(int version, const char* path, struct stat* out) noexcept;
int __lxstat64(int version, const char* path, struct stat64* out) noexcept;
int __fxstatat(int version, int dir, const char* path, struct stat* out, int flags) noexcept;
int __fxstatat64(int version, int dir, const char* path, struct stat64* out, int flags) noexcept;
}
SHIM_PATH(int, __xstat, (int version, const char* path, struct stat* out) noexcept, (version, map(path), out))
SHIM_PATH(int, __xstat64, (int version, const char* path, struct stat64* out) noexcept,
          (version, map(path), out))
SHIM_PATH(int, __lxstat, (int version, const char* path, struct stat* out) noexcept,
          (version, map(path), out))
SHIM_PATH(int, __lxstat64, (int version, const char* path, struct stat64* out) noexcept,
          (version, map(path), out))
SHIM_PATH(int, __fxstatat, (int version, int dir, const char* path, struct stat* out, int flags) noexcept,
          (version, dir, map(path), out, flags))
SHIM_PATH(int, __fxstatat64, (int version, int dir, const char* path, struct stat64* out, int flags) noexcept,
          (version, dir, map(path), out, flags))
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
SHIM_PATH(int, statfs, (const char* path, struct statfs* out) noexcept, (map(path), out))
SHIM_PATH(int, statfs64, (const char* path, struct statfs64* out) noexcept, (map(path), out))
SHIM_PATH(int, statvfs, (const char* path, struct statvfs* out) noexcept, (map(path), out))
SHIM_PATH(int, statvfs64, (const char* path, struct statvfs64* out) noexcept, (map(path), out))
SHIM_PATH(int, access, (const char* path, int mode) noexcept, (map(path), mode))
SHIM_PATH(int, faccessat, (int dir, const char* path, int mode, int flags) noexcept,
          (dir, map(path), mode, flags))
SHIM_PATH(int, mkdir, (const char* path, mode_t mode) noexcept, (map(path), mode))
SHIM_PATH(int, mkdirat, (int dir, const char* path, mode_t mode) noexcept, (dir, map(path), mode))
SHIM_PATH(int, mkfifo, (const char* path, mode_t mode) noexcept, (map(path), mode))
SHIM_PATH(int, rmdir, (const char* path) noexcept, (map(path)))
SHIM_PATH(int, unlink, (const char* path) noexcept, (map(path)))
SHIM_PATH(int, unlinkat, (int dir, const char* path, int flags) noexcept, (dir, map(path), flags))
SHIM_PATH(int, remove, (const char* path) noexcept, (map(path)))
SHIM_PATH(int, chdir, (const char* path) noexcept, (map(path)))
SHIM_PATH(int, chmod, (const char* path, mode_t mode) noexcept, (map(path), mode))
SHIM_PATH(int, fchmodat, (int dir, const char* path, mode_t mode, int flags) noexcept,
          (dir, map(path), mode, flags))
SHIM_PATH(int, truncate, (const char* path, off_t size) noexcept, (map(path), size))
SHIM_PATH(int, truncate64, (const char* path, off64_t size) noexcept, (map(path), size))
SHIM_PATH(int, utimensat, (int dir, const char* path, const struct timespec times[2], int flags) noexcept,
          (dir, map(path), times, flags))
SHIM_PATH(int, utimes, (const char* path, const struct timeval times[2]) noexcept, (map(path), times))
SHIM_PATH(DIR*, opendir, (const char* path), (map(path)))
SHIM_PATH(int, scandir,
          (const char* path, dirent*** out, int (*filter)(const dirent*),
           int (*compare)(const dirent**, const dirent**)),
          (map(path), out, filter, compare))
SHIM_PATH(int, scandir64,
          (const char* path, dirent64*** out, int (*filter)(const dirent64*),
           int (*compare)(const dirent64**, const dirent64**)),
          (map(path), out, filter, compare))
SHIM_PATH(ssize_t, readlink, (const char* path, char* out, size_t size) noexcept, (map(path), out, size))
SHIM_PATH(ssize_t, readlinkat, (int dir, const char* path, char* out, size_t size) noexcept,
          (dir, map(path), out, size))
SHIM_PATH(char*, realpath, (const char* path, char* out) noexcept, (map(path), out))
SHIM_TWO_PATHS(int, rename, (const char* from, const char* to) noexcept, (map(from), map2(to)))
SHIM_TWO_PATHS(int, renameat, (int dir, const char* from, int dir2, const char* to) noexcept,
               (dir, map(from), dir2, map2(to)))
SHIM_TWO_PATHS(int, renameat2, (int dir, const char* from, int dir2, const char* to, unsigned flags) noexcept,
               (dir, map(from), dir2, map2(to), flags))
SHIM_TWO_PATHS(int, link, (const char* from, const char* to) noexcept, (map(from), map2(to)))
SHIM_TWO_PATHS(int, linkat, (int dir, const char* from, int dir2, const char* to, int flags) noexcept,
               (dir, map(from), dir2, map2(to), flags))
SHIM_TWO_PATHS(int, symlink, (const char* text, const char* path) noexcept, (map(text), map2(path)))
SHIM_TWO_PATHS(int, symlinkat, (const char* text, int dir, const char* path) noexcept,
               (map(text), dir, map2(path)))

// The templates are changed in place (XXXXXX), so the caller's string must get the last six characters.
#define SHIM_TEMPLATE(type, name, failed)                                  \
  SHIM type name(char* pattern) {                                          \
    NEXT(name);                                                            \
    Mapped map;                                                            \
    char* mapped = const_cast<char*>(map(pattern));                        \
    type result = kNext(mapped);                                           \
    if (mapped == pattern || result == (failed)) return result;            \
    memcpy(pattern + strlen(pattern) - 6, mapped + strlen(mapped) - 6, 6); \
    return result;                                                         \
  }
SHIM_TEMPLATE(int, mkstemp, -1)
SHIM_TEMPLATE(int, mkstemp64, -1)

SHIM char* mkdtemp(char* pattern) noexcept {
  NEXT(mkdtemp);
  Mapped map;
  char* mapped = const_cast<char*>(map(pattern));
  if (kNext(mapped) == nullptr) return nullptr;
  if (mapped != pattern) memcpy(pattern + strlen(pattern) - 6, mapped + strlen(mapped) - 6, 6);
  return pattern;
}

SHIM int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  NEXT(bind);
  sockaddr_un storage;
  const sockaddr* mapped = MapAddress(address, length, storage);
  return kNext(fd, mapped, length);
}

SHIM int connect(int fd, const sockaddr* address, socklen_t length) {
  NEXT(connect);
  sockaddr_un storage;
  const sockaddr* mapped = MapAddress(address, length, storage);
  return kNext(fd, mapped, length);
}

// Node's libuv calls statx(2) through syscall(3).
SHIM long syscall(long number, ...) noexcept {
  static const auto kNext = Next<long(long, long, long, long, long, long, long)>("syscall");
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  Mapped map;
  if (number == SYS_statx) a[1] = reinterpret_cast<long>(map(reinterpret_cast<const char*>(a[1])));
  return kNext(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// The run's uid is no account of the machine.

namespace {

char account_name[] = "sandbox";
char nothing[] = "";
char no_password[] = "x";
char shell[] = "/usr/sbin/nologin";

bool IsOurs(uid_t uid) { return uid == getuid() && getenv("TMPDIR") != nullptr; }

void Describe(passwd& account) {
  account = {account_name, no_password, getuid(), getgid(), nothing, getenv("TMPDIR"), shell};
}

}  // namespace

SHIM int getpwuid_r(uid_t uid, passwd* account, char* buffer, size_t size, passwd** found) {
  NEXT(getpwuid_r);
  if (!IsOurs(uid)) return kNext(uid, account, buffer, size, found);
  Describe(*account);
  *found = account;
  return 0;
}

SHIM passwd* getpwuid(uid_t uid) {
  NEXT(getpwuid);
  static passwd account;
  if (!IsOurs(uid)) return kNext(uid);
  Describe(account);
  return &account;
}

// Named shared memory and semaphores. libc keeps them in /dev/shm and opens them there by itself, where
// nothing above is asked; here they are files in the scratch directory, as they are in /tmp in a mount
// namespace.

namespace {

struct SharedPath {
  char text[kMaxPath];
  // "/name" as PREFIXname in the scratch directory; false, with errno set, for what is not such a name.
  bool Set(const char* prefix, const char* name) {
    while (*name == '/') ++name;
    const char* scratch = getenv("TMPDIR");
    if (scratch == nullptr || *name == '\0' || strchr(name, '/') != nullptr) {
      errno = EINVAL;
      return false;
    }
    if (snprintf(text, sizeof text, "%s/%s%s", scratch, prefix, name) < static_cast<int>(sizeof text))
      return true;
    errno = ENAMETOOLONG;
    return false;
  }
};

sem_t* MapSemaphore(int fd) {
  void* memory = mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? SEM_FAILED : static_cast<sem_t*>(memory);
}

// A file that holds a new semaphore, made under another name first: nobody finds it half written.
sem_t* CreateSemaphore(const char* path, mode_t mode, unsigned value) {
  SharedPath fresh;
  if (!fresh.Set("sem.", "XXXXXX")) return SEM_FAILED;
  const int fd = mkstemp(fresh.text);
  if (fd < 0) return SEM_FAILED;
  sem_t initial;
  sem_t* semaphore = SEM_FAILED;
  if (sem_init(&initial, 1, value) == 0 && write(fd, &initial, sizeof initial) == sizeof initial &&
      fchmod(fd, mode) == 0) {
    semaphore = MapSemaphore(fd);
  }
  if (semaphore != SEM_FAILED && link(fresh.text, path) != 0) {
    const int error = errno;
    munmap(semaphore, sizeof(sem_t));
    errno = error;
    semaphore = SEM_FAILED;
  }
  const int error = errno;
  unlink(fresh.text);
  close(fd);
  errno = error;
  return semaphore;
}

sem_t* OpenSemaphore(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return SEM_FAILED;
  sem_t* semaphore = MapSemaphore(fd);
  close(fd);
  return semaphore;
}

}  // namespace

SHIM int shm_open(const char* name, int flags, mode_t mode) {
  SharedPath path;
  if (!path.Set("", name)) return -1;
  return open(path.text, flags | O_CLOEXEC | O_NOFOLLOW, mode);
}

SHIM int shm_unlink(const char* name) {
  SharedPath path;
  return path.Set("", name) ? unlink(path.text) : -1;
}

SHIM sem_t* sem_open(const char* name, int flags, ...) noexcept {
  SharedPath path;
  if (!path.Set("sem.", name)) return SEM_FAILED;
  if ((flags & O_EXCL) == 0) {
    sem_t* found = OpenSemaphore(path.text);
    if (found != SEM_FAILED || (flags & O_CREAT) == 0 || errno != ENOENT) return found;
  }
  va_list list;
  va_start(list, flags);
  const mode_t mode = va_arg(list, mode_t);
  const unsigned value = va_arg(list, unsigned);
  va_end(list);
  sem_t* made = CreateSemaphore(path.text, mode, value);
  // Somebody else of the run was faster.
  if (made == SEM_FAILED && errno == EEXIST && (flags & O_EXCL) == 0) return OpenSemaphore(path.text);
  return made;
}

SHIM int sem_close(sem_t* semaphore) noexcept { return munmap(semaphore, sizeof(sem_t)); }

SHIM int sem_unlink(const char* name) noexcept {
  SharedPath path;
  return path.Set("sem.", name) ? unlink(path.text) : -1;
}
