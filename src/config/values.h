// SPDX-License-Identifier: Apache-2.0
// Texts to values and back: the syntaxes that configuration values are written in. Pure functions,
// nothing for a text that does not follow the syntax. Used by assign.cc and by whoever needs the length
// of a duration that Config holds as text.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandgate {

// Exactly the texts that Go's strconv.ParseBool takes: 1 t T TRUE true True, 0 f F FALSE false False.
std::optional<bool> ParseGoBool(std::string_view text);

// YAML's words (true, yes, on, y and their opposites, in lower, upper or title case) and all of the above.
std::optional<bool> ParseYamlBool(std::string_view text);

// A decimal number, with a minus sign or none, that fits.
std::optional<std::int64_t> ParseWhole(std::string_view text);

// Bytes: "1048576", "512k", "8M", "8MB", "8 MiB", "1G". K, M and G are powers of 1024, in any case.
std::optional<std::int64_t> ParseSize(std::string_view text);
// The shortest text for which ParseSize gives `bytes`: "8MiB", "1000".
std::string SizeText(std::int64_t bytes);

// Go's time.ParseDuration: "300ms", "1.5h", "1h30m", "0"; not negative.
std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text);

// True for a number without a sign or a word of [a-z0-9_]. Whether such a call exists is not known here.
bool LooksLikeSyscall(std::string_view text);

// True for [SCHEME://][USER:PASSWORD@]HOST[:PORT][/...] with a scheme that clients know for proxies. Whether
// the host exists is not known here.
bool LooksLikeProxy(std::string_view text);

// True for an address that begins as those of package indexes do: with http://, https:// or file://.
bool LooksLikeIndex(std::string_view text);

}  // namespace sandgate
