// SPDX-License-Identifier: Apache-2.0
// Which access to a file a traceback tells of.
#include "run/write_attempt.h"

#include <gtest/gtest.h>

#include <string>

namespace sandgate {
namespace {

// Of an exception about /srv/x that the line 3 of a Python program, with further frames, leads to.
bool Writes(const std::string& program) {
  const std::string text =
      "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    " + program +
      "\nFileNotFoundError: [Errno 2] No such file or directory: '/srv/x'\n";
  return IsWriteAttempt(ReadComplaints(Language::kPython, text).at(0));
}

// The frame nearest to the failure that tells, and what is underlined of its line, not any word of the
// program.
TEST(WriteAttempt, IsToldByTheNearestFrameThatTells) {
  const char* const reads[] = {
      "shutil.copy('/srv/x', '/tmp/out.csv')\n  File \"/usr/lib/python3.11/shutil.py\", line 256, in "
      "copyfile\n"
      "    with open(src, 'rb') as fsrc:\n         ^^^^^^^^^^^^^^^",
      "with open('/srv/x') as f, open('/tmp/out.csv', 'w') as g:",
      "with open(source) as f, open('/tmp/out.csv', 'w') as g:\n         ^^^^^^^^^^^^",
      "Path('/tmp/out').write_text(Path('/srv/x').read_text())\n  File \"/usr/lib/python3.11/pathlib.py\", "
      "line 1058, "
      "in read_text\n    with self.open(mode='r', encoding=encoding) as f:\n         ^^^^^^^^^^^^^",
      "open('/srv/x', encoding='windows-1252')",
      "open(path, encoding='ascii', newline='')",
      "open(os.path.join('/srv', 'a.txt'))",
      "zipfile.ZipFile('/srv/x')",
      "read_or_init(p)\n  File \"main.py\", line 2, in makedirs\n    return json.load(open(p))",
      "Frame(load(path)).rename(columns=names)\n  File \"main.py\", line 2, in load\n    return open(path)",
  };
  for (const char* program : reads) EXPECT_FALSE(Writes(program)) << program;
  const char* const writes[] = {
      "shutil.copy('/tmp/in', target)\n  File \"/usr/lib/python3.11/shutil.py\", line 258, in copyfile\n"
      "    with open(dst, 'wb') as fdst:",
      "with open('/tmp/in') as f, open('/srv/x', 'w') as g:",
      "Path('/srv/x').write_text('a')\n  File \"/usr/lib/python3.11/pathlib.py\", line 1078, in write_text\n"
      "    with self.open(mode='w', encoding=encoding) as f:",
      "frame.to_csv(path)\n  File \"/usr/lib/pandas/io/common.py\", line 873, in get_handle\n"
      "    handle = open(handle, ioargs.mode, encoding=ioargs.encoding)",
      "open(os.path.join('/srv', 'x'), 'w')",
      "open(out(), mode='a+', encoding='utf-8')",
      "Path('/srv/x').with_suffix('').open('w')",
      "os.open('/srv/x', os.O_WRONLY | os.O_CREAT)",
      "zipfile.ZipFile('/srv/x', 'w')",
      "out.open('w', encoding='utf-8')",
      "open(path, 'a' if more else 'w')",
      "shelve.open('/srv/x')",
      "load_cache(path)\n  File \"main.py\", line 2, in load_cache\n    f = open(path, 'a+')",
      "tarfile.open('/srv/x', 'w:gz')\n  File \"/usr/lib/python3.11/tarfile.py\", line 1855, in gzopen\n"
      "    fileobj = GzipFile(name, mode + 'b', compresslevel, fileobj)\n  File "
      "\"/usr/lib/python3.11/gzip.py\", line 174, "
      "in __init__\n    fileobj = self.myfileobj = builtins.open(filename, mode or 'rb')",
      "logging.FileHandler('/srv/x')\n  File \"/usr/lib/python3.11/logging/__init__.py\", line 1181, in "
      "__init__\n"
      "    StreamHandler.__init__(self, self._open())",
      "os.makedirs(path)\n  File \"<frozen os>\", line 225, in makedirs",
      "shutil.move(path, '/tmp/x')",
  };
  for (const char* program : writes) EXPECT_TRUE(Writes(program)) << program;
}

}  // namespace
}  // namespace sandgate
