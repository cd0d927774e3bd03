// SPDX-License-Identifier: Apache-2.0
// Whether a program wanted to write to the file that an exception is about, by the words of its traceback:
// the frame nearest to where it happened that says so, for a line further out often deals with another file
// as well.
#pragma once
#include "run/complaint.h"

namespace sandgate {

// False too where nothing tells.
bool IsWriteAttempt(const Complaint& complaint);

}  // namespace sandgate
