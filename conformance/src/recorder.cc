#include "recorder.h"

#include <algorithm>

namespace anystore::conformance {
namespace {

static_assert(kCodeCount <= 32, "codes are kept as the bits of 32");

struct VerbText {
  std::string_view function;
  std::string_view action;
};

constexpr std::array<VerbText, static_cast<std::size_t>(Verb::kCount)> kVerbs = {{
    {"ReadHandle::Get", "get"},
    {"ReadHandle::Has", "has"},
    {"ReadHandle::GetSize", "get size"},
    {"ReadHandle::Stat", "stat"},
    {"ReadHandle::GetMany", "get many"},
    {"ReadHandle::Query", "query"},
    {"ReadHandle::Scan", "scan"},
    {"Store::Put", "put"},
    {"Store::Delete", "delete"},
    {"Store::DeleteRange", "delete range from"},
    {"Store::SetExpiry", "set expiry"},
    {"Store::Apply", "apply"},
    {"Store::NewBatch", "new batch"},
    {"Store::NewSnapshot", "new snapshot"},
    {"Store::Sync", "sync"},
    {"Store::Close", "close"},
    {"Store::CheckKey", "check key"},
    {"Batch::Put", "batch put"},
    {"Batch::Delete", "batch delete"},
    {"Batch::Commit", "commit"},
    {"Results::status", "results end"},
    {"Results::Rest", "rest of results"},
    {"Cursor::Next", "cursor next"},
    {"Cursor::Seek", "cursor seek"},
}};

constexpr std::size_t Index(Verb verb) { return static_cast<std::size_t>(verb); }

}  // namespace

std::string_view FunctionName(Verb verb) noexcept { return kVerbs[Index(verb)].function; }

void Recorder::Record(Verb verb, std::string_view key, std::uint64_t bytes, Code code) {
  const std::lock_guard lock(mutex_);
  Operation& operation = ring_[count_++ % kKept];
  operation.verb = verb;
  operation.code = code;
  operation.bytes = bytes;
  operation.key_bytes = key.size();
  operation.text.assign(key.substr(0, kKeyBytesKept));
  if (code == Code::kOk && (verb == Verb::kPut || verb == Verb::kBatchPut)) {
    largest_.key = std::max<std::uint64_t>(largest_.key, key.size());
    largest_.value = std::max(largest_.value, bytes);
  } else if (code == Code::kOk && (verb == Verb::kBatchCommit || verb == Verb::kApply)) {
    largest_.batch = std::max(largest_.batch, bytes);
  }
  called_[Index(verb)] = true;
  if (code != Code::kOk) codes_[Index(verb)] |= 1U << static_cast<unsigned>(code);
}

void Recorder::Note(std::string_view text) {
  const std::lock_guard lock(mutex_);
  ring_[count_++ % kKept] = {.text = std::string(text)};
}

void Recorder::StartHistory() {
  const std::lock_guard lock(mutex_);
  count_ = 0;
}

std::string Recorder::Format(const Operation& operation) {
  if (operation.verb == Verb::kCount) return operation.text;
  std::string line(kVerbs[Index(operation.verb)].action);
  if (operation.key_bytes > 0) line += " " + Quoted(operation.text);
  if (operation.key_bytes > operation.text.size()) {
    line += "... (" + std::to_string(operation.key_bytes) + " bytes of key)";
  }
  if (operation.bytes > 0) line += " " + std::to_string(operation.bytes) + " bytes";
  return line + " -> " + std::string(CodeName(operation.code));
}

std::vector<std::string> Recorder::History() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (std::uint64_t i = count_ - std::min<std::uint64_t>(count_, kKept); i < count_; ++i) {
    lines.push_back(Format(ring_[i % kKept]));
  }
  return lines;
}

LargestTaken Recorder::Largest() const {
  const std::lock_guard lock(mutex_);
  return largest_;
}

std::map<std::string, std::set<Code>> Recorder::Provoked() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::set<Code>> provoked;
  for (std::size_t verb = 0; verb < kVerbs.size(); ++verb) {
    if (!called_[verb]) continue;
    std::set<Code>& codes = provoked[std::string(kVerbs[verb].function)];
    for (std::uint8_t code = 0; code < kCodeCount; ++code) {
      if ((codes_[verb] >> code & 1U) != 0) codes.insert(static_cast<Code>(code));
    }
  }
  return provoked;
}

}  // namespace anystore::conformance
