// SPDX-License-Identifier: Apache-2.0
// Walks the table of options once for the list of values in force and once for the documentation.
#include "config/effective.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/environments.h"
#include "config/keys.h"
#include "config/options.h"
#include "config/values.h"

namespace sandgate {

namespace {

constexpr std::string_view kIntroduction =
    R"(<!-- Made by `sandgate config --docs`; a test compares the two. Change src/config/options.cc instead. -->
# Configuration

sandgate reads one YAML file, `conf/config.yaml` unless `--config` names another, and the environment.
The environment wins over the file, the file over the defaults. `conf/config.yaml` may be missing, a file that `--config` names may not.
`sandgate config --effective` prints every value in force and where it comes from.

- A value that is empty, in the file or in the environment, counts as not given. The exception is the key:
  an empty `app.key` or `API_KEY` is refused.
- A value that is not what its option expects stops the start. All such values are told at once, each with
  its place. A bad value in the file is only a warning where the environment gives a good one.
- An unknown key in the file is a warning.
- Sizes are bytes, or a number with K, M or G (also KiB, KB and so on), which are powers of 1024.
- Booleans in the environment are `true`, `false`, `1`, `0`, `t` or `f`; the file takes YAML's `yes`, `no`,
  `on` and `off` too.
- Lists are YAML lists, or one text with commas, which is also the form in the environment.
- `allowed_syscalls` adds to the built-in policy and never takes from it. An entry that is neither a number nor
  the name of a system call is left out, with a warning that names it and its place; `sandgate lint` calls it an
  error.

)";

constexpr std::string_view kKeysIntroduction = R"(
## Fields of keys

```yaml
keys:
  - name: team-a
    key: a-long-random-text
    max_workers: 2
    max_requests: 10
    limits: {memory_mb: 256, wall_seconds: 5}
```

Keys that wait for a worker take turns. An entry with a field that is not in this table stops the start, and so do two
names or keys alike, and a limit above that of its option: a key can only lower it. A limit may be 16 MiB where its
option takes such a size. There is no form of this in the environment.

)";

constexpr std::string_view kEnvironmentsIntroduction = R"(
## Fields of environments

```yaml
environments:
  data: {python_requirements: data-requirements.txt}
  web: {package_json: web/package.json}
```

A request asks for one with the field `environment`. Relative paths are looked for in `dependencies.folder`. An
environment is built when it is first asked for; a field that is not in this table stops the start.

)";

std::string Code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

std::string Range(const Option& option) {
  if (option.kind == Kind::kSize) return fmt::format("{} to {}", SizeText(option.min), SizeText(option.max));
  return fmt::format("{} to {}", option.min, option.max);
}

std::string Values(const Option& option) {
  switch (option.kind) {
    case Kind::kBool:
      return "boolean";
    case Kind::kWhole:
      return Range(option);
    case Kind::kSize:
      return "size, " + Range(option);
    case Kind::kText:
      return "text";
    case Kind::kAddress:
      return "IP address";
    case Kind::kUrl:
    case Kind::kProxy:
      return "URL";
    case Kind::kSecret:
      return "text, not empty";
    case Kind::kOptionalSecret:
      return "text";
    case Kind::kChoice:
      return fmt::format("{}", fmt::join(SplitList(option.choices, ','), ", "));
    case Kind::kDuration:
      return "duration, such as 30m or 1h30m";
    case Kind::kTexts:
      return "list";
    case Kind::kPaths:
      return "list of absolute paths";
    case Kind::kChoices:
      return fmt::format("list of {}", fmt::join(SplitList(option.choices, ','), ", "));
    case Kind::kSyscalls:
      return "list of numbers or names";
    case Kind::kKeys:
      return "list of maps";
    case Kind::kEnvironments:
      return "map of maps";
  }
  return "";
}

std::string DocsRow(const Option& option) {
  return fmt::format("| {} | {} | {} | {} | {} |\n", Code(option.key), Code(option.env),
                     Code(option.fallback), Values(option), option.doc);
}

}  // namespace

std::string EffectiveText(const LoadedConfig& loaded) {
  std::size_t width = 0;
  for (const Option& option : Options()) width = std::max(width, option.name().size());
  std::string text =
      fmt::format("# configuration file: {}{}\n", loaded.path, loaded.file_found ? "" : " (missing)");
  for (std::size_t i = 0; i < Options().size(); ++i) {
    const Option& option = Options()[i];
    const std::string value = ValueText(option, loaded.config);
    text += fmt::format("{:<{}}  {}  [{}]\n", option.name(), width, value.empty() ? "(empty)" : value,
                        loaded.sources.at(i).Text());
  }
  return text;
}

std::string DocsText() {
  std::string text(kIntroduction);
  text += "| key | environment | default | values | meaning |\n|---|---|---|---|---|\n";
  for (const Option& option : Options()) text += DocsRow(option);
  return text + std::string(kKeysIntroduction) + KeyFieldsDocs() + std::string(kEnvironmentsIntroduction) +
         EnvironmentFieldsDocs();
}

}  // namespace sandgate
