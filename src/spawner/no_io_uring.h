// SPDX-License-Identifier: Apache-2.0
// Takes io_uring away from this process and all that come from it.
#pragma once

namespace sandgate {

// From now on io_uring_setup(2) answers ENOSYS; libraries then do without. For a fork server: libuv keeps
// such rings, and they would be shared, memory and all, with each child. Throws Error.
void ForbidIoUring();

}  // namespace sandgate
