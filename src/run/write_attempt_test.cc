// SPDX-License-Identifier: Apache-2.0
// Which access to a file a traceback tells of.
#include "run/write_attempt.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sandgate {
namespace {

// A further frame of a traceback, and what is underlined of its line.
std::string In(const std::string& file, const std::string& function, const std::string& line,
               const std::string& marks = "") {
  const std::string shown = marks.empty() ? "" : "\n    " + marks;
  return fmt::format("\n  File \"{}\", line 2, in {}\n    {}{}", file, function, line, shown);
}

// Of an exception about /srv/x that the line 3 of a Python program, with further frames, leads to.
bool Writes(const std::string& program) {
  const std::string text =
      "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    " + program +
      "\nFileNotFoundError: [Errno 2] No such file or directory: '/srv/x'\n";
  return IsWriteAttempt(ReadComplaints(Language::kPython, text).at(0));
}

// Not any word of the program: a line further out often deals with another file as well.
TEST(WriteAttempt, IsToldByTheNearestFrameThatTells) {
  const std::vector<std::string> reads{
      "shutil.copy('/srv/x', '/tmp/out')" +
          In("shutil.py", "copyfile", "with open(src, 'rb') as fsrc:", "     ^^^^^^^^^^^^^^^"),
      "with open('/srv/x') as f, open('/tmp/out.csv', 'w') as g:",
      "with open(source) as f, open('/tmp/out.csv', 'w') as g:\n         ^^^^^^^^^^^^",
      "Path('/tmp/out').write_text(Path('/srv/x').read_text())" +
          In("pathlib.py", "read_text", "with self.open(mode='r', encoding=encoding) as f:"),
      "open('/srv/x', encoding='windows-1252')",
      "open(path, encoding='ascii', newline='')",
      "open(os.path.join('/srv', 'a.txt'))",
      "zipfile.ZipFile('/srv/x')",
      "read_or_init(path)" + In("main.py", "makedirs_and_list", "return json.load(open(path))"),
      "Frame(load(path)).rename(columns=names)" + In("main.py", "load", "return open(path)"),
  };
  for (const std::string& program : reads) EXPECT_FALSE(Writes(program)) << program;
  const std::vector<std::string> writes{
      "shutil.copy('/tmp/in', target)" + In("shutil.py", "copyfile", "with open(dst, 'wb') as fdst:"),
      "with open('/tmp/in') as f, open('/srv/x', 'w') as g:",
      "Path('/srv/x').write_text('a')" + In("pathlib.py", "write_text", "with self.open(mode='w') as f:"),
      "frame.to_csv(path)" + In("common.py", "get_handle", "handle = open(handle, ioargs.mode)"),
      "open(os.path.join('/srv', 'x'), 'w')",
      "open(out(), mode='a+', encoding='utf-8')",
      "Path('/srv/x').with_suffix('').open('w')",
      "os.open('/srv/x', os.O_WRONLY | os.O_CREAT)",
      "zipfile.ZipFile('/srv/x', 'w')",
      "out.open('w', encoding='utf-8')",
      "open(path, 'a' if more else 'w')",
      "shelve.open('/srv/x')",
      "load_cache(path)" + In("main.py", "load_cache", "f = open(path, 'a+')"),
      "tarfile.open('/srv/x', 'w:gz')" + In("tarfile.py", "gzopen", "fileobj = GzipFile(name, mode + 'b')") +
          In("gzip.py", "__init__", "fileobj = builtins.open(filename, mode or 'rb')"),
      "logging.FileHandler('/srv/x')" +
          In("__init__.py", "__init__", "StreamHandler.__init__(self, self._open())"),
      "os.makedirs(path)" + In("<frozen os>", "makedirs", "mkdir(name, mode)"),
      "shutil.move(path, '/tmp/x')",
  };
  for (const std::string& program : writes) EXPECT_TRUE(Writes(program)) << program;
}

}  // namespace
}  // namespace sandgate
