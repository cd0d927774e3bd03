// SPDX-License-Identifier: Apache-2.0
// What an interpreter said when a program failed: the exceptions in its stderr, taken apart.
//
// A program can print such text itself, so it only informs: nothing is decided from it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/interpreter.h"

namespace sandgate {

// One exception with its traceback.
struct Complaint {
  std::string type;         // "FileNotFoundError", "Error"
  std::string message;      // its first line, without the type
  std::string code;         // the name of its error number ("ENOENT") or Node's code; empty where it has none
  std::string syscall;      // as Node names it: "open", "spawn ffmpeg"
  std::string path;         // the file it is about
  std::string target;       // the second file, of what copies, renames or links
  std::string frames;       // the traceback, as printed
  int line = 0;             // of the user's program, where the traceback goes through it
  std::string statement;    // what begins in that line, of which a traceback may show a part or nothing
  bool is_ignored = false;  // by the interpreter, as that of a finaliser
  bool led_on = false;  // to the one that was printed after it; else it was dealt with before that came up

  bool Says(std::string_view text) const;      // in the message
  bool Mentions(std::string_view text) const;  // in the traceback
};

// Those at the end of `text`, the latest first. `program` is what the user wrote.
std::vector<Complaint> ReadComplaints(Language language, std::string_view text,
                                      std::string_view program = {});

}  // namespace sandgate
