// SPDX-License-Identifier: Apache-2.0
// What the interpreters print when a program fails, taken apart.
#include "run/complaint.h"

#include <gtest/gtest.h>

namespace sandgate {
namespace {

constexpr std::string_view kPythonFile = R"(a warning
Traceback (most recent call last):
  File "main.py", line 7, in <module>
    load()
  File "main.py", line 3, in load
    return open("/etc/secret")
           ^^^^^^^^^^^^^^^^^^^
FileNotFoundError: [Errno 2] No such file or directory: '/etc/secret'
)";

constexpr std::string_view kPythonChain = R"(Traceback (most recent call last):
  File "/usr/lib/python3.11/socket.py", line 962, in getaddrinfo
    for res in _socket.getaddrinfo(host, port, family, type, proto, flags):
socket.gaierror: [Errno -3] Temporary failure in name resolution

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "main.py", line 2, in <module>
    urllib.request.urlopen("http://x.invalid")
urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>
)";

constexpr std::string_view kNodeFile = R"(node:fs:601
  return binding.open(
                 ^

Error: EACCES: permission denied, open '/etc/secret'
    at Object.openSync (node:fs:601:18)
    at Object.<anonymous> (/tmp/main.js:4:4)
    at Module._compile (node:internal/modules/cjs/loader:1554:14) {
  errno: -13,
  code: 'EACCES',
  syscall: 'open',
  path: '/etc/secret'
}

Node.js v20.19.0
)";

constexpr std::string_view kNodeCause = R"(node:internal/deps/undici/undici:13502
      Error.captureStackTrace(err);
            ^

TypeError: fetch failed
    at node:internal/deps/undici/undici:13502:13
    at async main (/tmp/main.js:2:1) {
  [cause]: Error: connect ECONNREFUSED 127.0.0.1:1
      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {
    errno: -111,
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port: 1
  }
}
)";

TEST(Complaint, OfPython) {
  const auto all = ReadComplaints(Language::kPython, kPythonFile);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].type, "FileNotFoundError");
  EXPECT_EQ(all[0].code, "ENOENT");
  EXPECT_EQ(all[0].path, "/etc/secret");
  EXPECT_EQ(all[0].line, 3);
  EXPECT_TRUE(all[0].Mentions("return open("));
}

TEST(Complaint, TheLatestOfAChainIsFirst) {
  const auto all = ReadComplaints(Language::kPython, kPythonChain);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].type, "urllib.error.URLError");
  EXPECT_EQ(all[1].type, "socket.gaierror");
  EXPECT_EQ(all[1].line, 2) << "of the exception around it";
}

TEST(Complaint, WithoutALineOfTheProgramHasThatOfTheOneThatItLedTo) {
  const std::string raised_again =
      std::string(kPythonChain) +
      "\nDuring handling of the above exception, another exception occurred:\n\n"
      "Traceback (most recent call last):\n  File \"main.py\", line 4, in <module>\n"
      "    raise ValueError(\"no answer\")\nValueError: no answer\n";
  const std::vector<Complaint> complaints = ReadComplaints(Language::kPython, raised_again);
  ASSERT_EQ(complaints.size(), 3U);
  EXPECT_EQ(complaints[0].line, 4);
  EXPECT_EQ(complaints[1].line, 2);
  EXPECT_EQ(complaints[2].type, "socket.gaierror");
  EXPECT_EQ(complaints[2].line, 2);
}

TEST(Complaint, OfAGroup) {
  const std::vector<Complaint> complaints = ReadComplaints(
      Language::kPython,
      "  + Exception Group Traceback (most recent call last):\n  |   File \"main.py\", line 9, in <module>\n"
      "  |     main()\n  | ExceptionGroup: x (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n"
      "    | Traceback (most recent call last):\n    |   File \"main.py\", line 3, in load\n    |     "
      "open(path)\n"
      "    | FileNotFoundError: [Errno 2] No such file or directory: '/srv/x'\n"
      "    +---------------- 2 ----------------\n    | ValueError: without a line\n"
      "    +------------------------------------\n");
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0].path, "/srv/x");
  EXPECT_EQ(complaints[0].line, 3);
  EXPECT_EQ(complaints[1].type, "ExceptionGroup");
}

// The number of the line is what a program has printed: it must not have the server read megabytes for each
// exception.
TEST(Complaint, AStatementFarIntoAProgramIsNotLookedFor) {
  const std::string program = std::string(100 * 1024, '\n') + "open(path)\n";
  const auto at = [&](int line) {
    const std::string text = "Traceback (most recent call last):\n  File \"main.py\", line " +
                             std::to_string(line) + ", in <module>\nValueError: x\n";
    return ReadComplaints(Language::kPython, text, program).at(0).statement;
  };
  EXPECT_EQ(at(100 * 1024 + 1), "");
  EXPECT_EQ(at(2000000000), "");
}

TEST(Complaint, OfAFinaliserDoesNotCount) {
  const std::string text = std::string(kPythonFile) +
                           "Exception ignored in: <function Reader.__del__ at 0x7f>\n" +
                           "Traceback (most recent call last):\n  File \"main.py\", line 5, in __del__\n" +
                           "AttributeError: 'Reader' object has no attribute 'f'\n";
  const std::vector<Complaint> complaints = ReadComplaints(Language::kPython, text);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].type, "FileNotFoundError");
}

TEST(Complaint, OfNode) {
  const auto all = ReadComplaints(Language::kNode, kNodeFile);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].code, "EACCES");
  EXPECT_EQ(all[0].syscall, "open");
  EXPECT_EQ(all[0].path, "/etc/secret");
  EXPECT_EQ(all[0].line, 4);
}

TEST(Complaint, TheCauseOfANodeErrorIsFirst) {
  const auto all = ReadComplaints(Language::kNode, kNodeCause);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].code, "ECONNREFUSED");
  EXPECT_EQ(all[0].line, 2);
}

TEST(Complaint, WhatLedToTheNextIsToldFromWhatWasOnlyPrinted) {
  EXPECT_TRUE(ReadComplaints(Language::kPython, kPythonChain)[1].led_on);
  EXPECT_FALSE(
      ReadComplaints(Language::kPython, std::string(kPythonFile) + std::string(kPythonFile))[1].led_on);
  EXPECT_TRUE(ReadComplaints(Language::kNode, kNodeCause)[1].led_on);
  EXPECT_FALSE(
      ReadComplaints(Language::kNode, "Error: logged\n    at x (/main.js:1:1)\n" + std::string(kNodeFile))[1]
          .led_on);
}

TEST(Complaint, OfAShell) {
  const auto all =
      ReadComplaints(Language::kPython,
                     "/bin/sh: 1: ffmpeg: not found\nTraceback (most recent call last):\n"
                     "  File \"main.py\", line 1, in <module>\n    run()\n"
                     "subprocess.CalledProcessError: Command 'ffmpeg' returned non-zero exit status 127.\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].path, "ffmpeg");
  EXPECT_EQ(all[0].code, "ENOENT");
}

// Each exception costs its own text only, whatever stands before the first.
TEST(Complaint, ManyNodeErrorsDoNotRepeatWhatIsBeforeThem) {
  std::string text;
  while (text.size() < 40'000) text += "a line of the program\n";
  for (int i = 0; i < 2'000; ++i) text += "Error: x\n";
  const auto all = ReadComplaints(Language::kNode, text);
  EXPECT_EQ(all.size(), 16U);
  std::size_t bytes = 0;
  for (const Complaint& complaint : all) bytes += complaint.frames.size();
  EXPECT_LT(bytes, text.size());
}

TEST(Complaint, OfManyTheLatestAreKept) {
  std::string python;
  for (int i = 0; i < 40; ++i)
    python += "Traceback (most recent call last):\nE" + std::to_string(i) + ": x\n";
  const auto all = ReadComplaints(Language::kPython, python);
  ASSERT_EQ(all.size(), 16U);
  EXPECT_EQ(all.front().type, "E39");
  EXPECT_EQ(all.back().type, "E24");
}

TEST(Complaint, OfTextThatIsNone) {
  EXPECT_TRUE(ReadComplaints(Language::kPython, "").empty());
  EXPECT_TRUE(ReadComplaints(Language::kPython, "Traceback is a word\nValueError: x\n").empty());
  const auto cut = ReadComplaints(Language::kPython, "Traceback (most recent call last):\n");
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].type, "");
  EXPECT_TRUE(ReadComplaints(Language::kNode, std::string(1 << 20, '\'')).empty());
}

}  // namespace
}  // namespace sandgate
