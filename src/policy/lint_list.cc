// SPDX-License-Identifier: Apache-2.0
// The list of allowed_syscalls. Each entry is resolved on the architecture that it was written for, compared
// with its comment, and weighed: what would it add to the built-in policy, and what would that give away?
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "config/values.h"
#include "policy/lint_listing.h"
#include "policy/lint_parts.h"

namespace sandgate::lint {

namespace {

// What a comment says that its number is, or null: the first word, where it stands alone or before a
// separator, and is the name of a call. Other comments are prose.
const Syscall* NamedByComment(std::string_view line) {
  const std::size_t hash = line.find('#');
  if (hash == std::string_view::npos) return nullptr;
  const std::string_view comment = Trim(line.substr(hash + 1));
  const std::size_t end =
      std::min(comment.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), comment.size());
  const std::string_view rest = Trim(comment.substr(end));
  constexpr std::string_view kSeparators = "-:,;(=/";
  const bool ascii_word = !rest.empty() && static_cast<unsigned char>(rest.front()) < 0x80 &&
                          kSeparators.find(rest.front()) == std::string_view::npos;
  return ascii_word ? nullptr : FindSyscall(comment.substr(0, end));
}

class ListChecker {
 public:
  ListChecker(const LintInput& input, const Checked& checked, Reporter& reporter)
      : input_(input), checked_(checked), reporter_(reporter), listing_(checked.config) {
    if (checked.list_place.line > 0) lines_ = SplitLines(input.text);
  }

  std::vector<std::string> Run() {
    if (checked_.list.shape == RawValue::Shape::kText) {
      for (const std::string& part : SplitList(checked_.list.text, ',')) AddEntry(part, checked_.list.line);
    }
    for (const RawValue& item : checked_.list.items) {
      if (item.shape != RawValue::Shape::kText) {
        Report(Severity::kError, "bad-value", item.line,
               Message(locale(), "an entry is neither a number nor a name"));
      } else {
        AddEntry(std::string(Trim(item.text)), item.line);
      }
    }
    FlushMissing();
    CheckComments();
    CheckLength();
    for (const Entry& entry : entries_) Weigh(entry);
    FlushRedundant();
    if (!MeansAll()) return kept_;
    ReportAll();
    return {};
  }

 private:
  struct Entry {
    const Syscall* call = nullptr;
    int line = 0;
  };
  // Entries one after the other, of numbers one after the other, which no call has.
  struct Missing {
    std::int64_t first;
    std::int64_t last;
    int line;
    int last_line;
  };

  static std::vector<std::string> SplitLines(const std::string& text);

  void AddEntry(const std::string& text, int line);
  void AddNumber(const std::string& text, int line);
  void AddMissing(std::int64_t number, int line);
  void FlushMissing();
  void AddCall(const Syscall* call, int line);
  void CheckComments();
  void CheckLength();
  void CheckComment(const Entry& entry, const Syscall& named);
  void Weigh(const Entry& entry);
  void WeighHazard(const Entry& entry, const Effect& effect);
  void FlushRedundant();
  bool MeansAll() const;
  void ReportAll();
  void ReportHoles();
  void ReportYoungCalls();

  Locale locale() const { return reporter_.locale(); }
  std::string_view architecture() const { return ArchitectureName(input_.architecture); }
  Place PlaceOf(int line) const {
    return {checked_.list_place.source, checked_.list_place.line > 0 ? line : 0};
  }
  void Report(Severity severity, const char* rule, int line, std::string text) {
    reporter_.Add(severity, rule, PlaceOf(line), std::move(text));
  }
  void ReportCall(Severity severity, const char* rule, const Entry& entry, std::string text) {
    reporter_.AddCalls(severity, rule, PlaceOf(entry.line),
                       {std::move(text), {std::string(entry.call->name)}});
  }
  // " (it is N on ARCHITECTURE)" of a call, or nothing where it does not exist there.
  std::string NumberText(const Syscall& call) const;

  const LintInput& input_;
  const Checked& checked_;
  Reporter& reporter_;
  Listing listing_;
  std::vector<std::string> lines_;
  std::vector<Entry> entries_;
  std::map<int, int> entries_on_line_;
  std::map<const Syscall*, int> first_line_;
  std::optional<Missing> missing_;
  std::vector<Entry> redundant_;  // consecutive entries, reported as one
  std::vector<std::string> kept_;
};

std::vector<std::string> ListChecker::SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string ListChecker::NumberText(const Syscall& call) const {
  const int number = SyscallNumber(call, input_.architecture);
  return number < 0 ? Message(locale(), "{}, which {} does not have", call.name, architecture())
                    : Message(locale(), "{}, which is {}", call.name, number);
}

void ListChecker::AddEntry(const std::string& text, int line) {
  if (text.empty()) return;
  ++entries_on_line_[line];
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) return AddNumber(text, line);
  if (const Syscall* call = FindSyscall(text)) {
    if (SyscallNumber(*call, input_.architecture) >= 0) return AddCall(call, line);
    Report(Severity::kWarning, "not-here", line,
           Message(locale(), "{} does not exist on {}; the entry is ignored", text, architecture()));
  } else if (text.find_first_not_of("0123456789-. ") == std::string::npos) {
    Report(Severity::kError, "range", line,
           Message(locale(), "{} is not one number; ranges are not understood, and are not needed", text));
  } else {
    Report(Severity::kError, "unknown-name", line,
           Message(locale(), "\"{}\" is neither a number nor the name of a system call", text));
  }
}

void ListChecker::AddNumber(const std::string& text, int line) {
  std::int64_t number = INT64_MAX;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (const Syscall* call = FindSyscall(number, input_.architecture)) return AddCall(call, line);
  const std::size_t index = static_cast<std::size_t>(line) - 1;
  const Syscall* named = line > 0 && index < lines_.size() ? NamedByComment(lines_[index]) : nullptr;
  if (named == nullptr) return AddMissing(number, line);
  Report(Severity::kWarning, "no-such-number", line,
         Message(locale(), "no system call has the number {} on {}; the comment says {}", text,
                 architecture(), NumberText(*named)));
}

void ListChecker::AddMissing(std::int64_t number, int line) {
  if (missing_ && missing_->last + 1 == number) {
    missing_->last = number;
    missing_->last_line = line;
    return;
  }
  FlushMissing();
  missing_ = {number, number, line, line};
}

void ListChecker::FlushMissing() {
  if (!missing_) return;
  const Missing missing = *std::exchange(missing_, std::nullopt);
  Place place = PlaceOf(missing.line);
  if (place.line > 0) place.last_line = missing.last_line;
  reporter_.Add(
      Severity::kWarning, "no-such-number", place,
      missing.first == missing.last
          ? Message(locale(), "no system call has the number {} on {}; the entry is ignored", missing.first,
                    architecture())
          : Message(locale(), "no system calls have the numbers {} to {} on {}; the entries are ignored",
                    missing.first, missing.last, architecture()));
}

void ListChecker::AddCall(const Syscall* call, int line) {
  const auto [first, is_new] = first_line_.emplace(call, line);
  if (!is_new) {
    Report(Severity::kNote, "twice", line,
           first->second > 0
               ? Message(locale(), "{} is listed twice, first in line {}", call->name, first->second)
               : Message(locale(), "{} is listed twice", call->name));
    return;
  }
  entries_.push_back({call, line});
}

void ListChecker::CheckComments() {
  int wrong = 0;
  int right_elsewhere = 0;
  const Architecture other =
      input_.architecture == Architecture::kAmd64 ? Architecture::kAarch64 : Architecture::kAmd64;
  for (const Entry& entry : entries_) {
    const std::size_t index = static_cast<std::size_t>(entry.line) - 1;
    if (entry.line == 0 || index >= lines_.size() || entries_on_line_[entry.line] != 1) continue;
    const Syscall* named = NamedByComment(lines_[index]);
    if (named == nullptr || named == entry.call) continue;
    CheckComment(entry, *named);
    ++wrong;
    if (SyscallNumber(*named, other) == SyscallNumber(*entry.call, input_.architecture)) ++right_elsewhere;
  }
  constexpr int kEnough = 3;
  if (right_elsewhere < kEnough || right_elsewhere * 2 <= wrong) return;
  Report(Severity::kWarning, "other-architecture", checked_.list_place.line,
         Message(locale(),
                 "the comments fit {}: the list was written for that architecture; check it with --arch {}",
                 ArchitectureName(other), ArchitectureName(other)));
}

void ListChecker::CheckComment(const Entry& entry, const Syscall& named) {
  ReportCall(Severity::kWarning, "wrong-comment", entry,
             Message(locale(), "{} is {} on {}; the comment says {}",
                     SyscallNumber(*entry.call, input_.architecture), entry.call->name, architecture(),
                     NumberText(named)));
}

// The server that we replace turns each entry into eight bytes of a filter and reads 4096 of them.
void ListChecker::CheckLength() {
  constexpr int kMostEntries = 500;
  int count = 0;
  for (const auto& [line, entries] : entries_on_line_) count += entries;
  if (count <= kMostEntries) return;
  Report(Severity::kWarning, "too-long", checked_.list_place.line,
         Message(locale(),
                 "the list has {} entries: with more than {} dify-sandbox cannot load its filter, and up to "
                 "version 0.2.14 code then ran without one. sandgate takes any number",
                 count, kMostEntries));
}

void ListChecker::Weigh(const Entry& entry) {
  const Effect effect = listing_.EffectOf(*entry.call);
  if (effect.kind != Effect::Kind::kRedundant) FlushRedundant();
  const std::string_view name = entry.call->name;
  const std::string_view why = Translate(locale(), effect.why);
  switch (effect.kind) {
    case Effect::Kind::kRedundant:
      redundant_.push_back(entry);
      break;
    case Effect::Kind::kHazard:
      WeighHazard(entry, effect);
      break;
    case Effect::Kind::kAdds:
      ReportCall(Severity::kNote, "adds", entry,
                 Message(locale(), "{} is refused by default ({}); the entry allows it", name, why));
      kept_.emplace_back(name);
      break;
    case Effect::Kind::kAddsMore:
      ReportCall(
          Severity::kNote, "adds", entry,
          Message(locale(), "{} is allowed by default with some arguments only ({}); the entry allows more",
                  name, why));
      kept_.emplace_back(name);
      break;
    case Effect::Kind::kNothing:
      ReportCall(Severity::kNote, "no-use", entry,
                 Message(locale(), "listing {} changes nothing: {}", name, why));
      break;
  }
}

void ListChecker::WeighHazard(const Entry& entry, const Effect& effect) {
  const std::string_view name = entry.call->name;
  const std::string_view does = Translate(locale(), entry.call->does);
  const std::string_view why = Translate(locale(), effect.why);
  if (!checked_.config.allow_hazardous_syscalls) {
    ReportCall(
        Severity::kWarning, "hazard", entry,
        Message(locale(), "{} is hazardous and stays refused. An attacker could {}: {}", name, does, why));
    return;
  }
  ReportCall(
      Severity::kError, "hazard", entry,
      Message(locale(), "{} is hazardous, and allow_hazardous_syscalls allows it. An attacker can {}: {}",
              name, does, why));
  kept_.emplace_back(name);
}

void ListChecker::FlushRedundant() {
  if (redundant_.empty()) return;
  std::vector<std::string> names;
  for (const Entry& entry : redundant_) names.emplace_back(entry.call->name);
  Place place = PlaceOf(redundant_.front().line);
  if (place.line > 0) place.last_line = redundant_.back().line;
  reporter_.AddCalls(Severity::kNote, "redundant", place,
                     {Message(locale(), "allowed by default, so that no entry is needed: {}",
                              fmt::format("{}", fmt::join(names, ", "))),
                      names});
  redundant_.clear();
}

// Two thirds of the calls below the numbers that all architectures share.
bool ListChecker::MeansAll() const {
  std::size_t listed = 0;
  std::size_t all = 0;
  for (int number = 0; number < kFirstShared; ++number) {
    const Syscall* call = FindSyscall(number, input_.architecture);
    if (call == nullptr) continue;
    ++all;
    if (first_line_.contains(call)) ++listed;
  }
  return listed * 3 >= all * 2;
}

void ListChecker::ReportAll() {
  const std::string count = std::to_string(first_line_.size());
  Report(
      Severity::kWarning, "all", checked_.list_place.line,
      Message(locale(),
              "the list names nearly every system call ({}), which switches the filter off where it is taken "
              "literally. sandgate's built-in policy is complete: nothing needs to be listed",
              count));
  ReportHoles();
  ReportYoungCalls();
}

// Calls that programs need, below the shared numbers, that the list forgot.
void ListChecker::ReportHoles() {
  int line = checked_.list_place.line;
  for (int number = 0; number < kFirstShared; ++number) {
    const Syscall* call = FindSyscall(number, input_.architecture);
    if (call == nullptr) continue;
    if (const auto listed = first_line_.find(call); listed != first_line_.end()) {
      line = listed->second;
    } else if (listing_.EffectOf(*call).kind == Effect::Kind::kRedundant) {
      ReportCall(Severity::kWarning, "missing", {call, line},
                 Message(locale(),
                         "{} ({}) is missing here, though the list means all calls: where only listed "
                         "calls are allowed, programs that {} fail. sandgate allows it without an entry",
                         number, call->name, Translate(locale(), call->does)));
    }
  }
}

void ListChecker::ReportYoungCalls() {
  std::vector<std::string> missing;
  int last = 0;
  for (int number = kFirstShared; FindSyscall(number, input_.architecture) != nullptr; ++number) {
    const Syscall* call = FindSyscall(number, input_.architecture);
    if (first_line_.contains(call)) continue;
    missing.emplace_back(call->name);
    last = number;
  }
  if (missing.empty()) return;
  const bool threads = std::ranges::find(missing, "clone3") != missing.end();
  std::string text =
      Message(locale(), "{} of the calls from {} to {} are missing, though the list means all calls",
              missing.size(), kFirstShared, last);
  if (threads) {
    text += Message(locale(),
                    "; clone3 (435) is one of them: newer C libraries start threads with it, so that "
                    "threads die where only listed calls are allowed. sandgate needs no entry: it "
                    "answers clone3 with ENOSYS, and the library takes clone instead");
  }
  reporter_.AddCalls(Severity::kWarning, "missing", PlaceOf(checked_.list_place.line),
                     {std::move(text), std::move(missing)});
}

}  // namespace

std::vector<std::string> CheckList(const LintInput& input, const Checked& checked, Reporter& reporter) {
  return ListChecker(input, checked, reporter).Run();
}

}  // namespace sandgate::lint
