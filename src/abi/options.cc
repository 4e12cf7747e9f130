#include "abi/options.h"

#include <string>
#include <string_view>
#include <utility>

#include "abi/bytes.h"
#include "abi/stop.h"
#include "abi/tables.h"

namespace anystore::abi {
namespace {

constexpr std::uint32_t kHead = sizeof(anystore_call_options);

Instant At(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }
std::int64_t Nanoseconds(Instant at) { return at.time_since_epoch().count(); }

/// Reads the head that all options share.
template <class Given, class Options>
Status ReadHead(const Given& given, std::uint32_t known_flags, FromC<Options>* read) {
  ANYSTORE_TRY(CheckFlags(given.flags, known_flags | ANYSTORE_HAS_DEADLINE));
  CallOptions* call = nullptr;
  if constexpr (std::is_same_v<Options, CallOptions>) {
    call = &read->options;
  } else {
    call = &read->options.call;
  }
  if ((given.flags & ANYSTORE_HAS_DEADLINE) != 0) call->deadline = At(given.deadline);
  ANYSTORE_ASSIGN_OR_RETURN(read->stop, StopWatch::On(given.stop));
  call->stop = read->stop.token();
  return Ok();
}

/// An enumerator from its number. `what` is what errors call it.
template <class Enum>
Status ReadEnum(std::uint32_t number, Enum last, const char* what, Enum* to) {
  if (number > static_cast<std::uint32_t>(last)) {
    return Error(Code::kInvalidArgument, std::string(what) + ": no such " + std::to_string(number));
  }
  *to = static_cast<Enum>(number);
  return Ok();
}

Status ReadWanted(std::uint32_t wanted, Wanted* to) {
  ANYSTORE_TRY(CheckFlags(wanted, static_cast<std::uint32_t>(Wanted::kAll)));
  *to = static_cast<Wanted>(wanted);
  return Ok();
}

void CopyVersion(const std::uint8_t (&from)[16], Version* to) { std::memcpy(to, from, 16); }

Result<Mutation> ReadMutation(const anystore_mutation& given) {
  Mutation mutation;
  ANYSTORE_TRY(CheckFlags(given.flags, ANYSTORE_HAS_EXPIRY));
  ANYSTORE_TRY(ReadEnum(given.kind, Mutation::Kind::kSetExpiry, "kind", &mutation.kind));
  ANYSTORE_TRY(ReadEnum(given.condition, Condition::Kind::kVersionIs, "condition",
                        &mutation.condition.kind));
  ANYSTORE_ASSIGN_OR_RETURN(mutation.key, Given(given.key, "the key"));
  ANYSTORE_ASSIGN_OR_RETURN(mutation.value, Given(given.value, "the value"));
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view range_to, Given(given.range_to, "range_to"));
  if (given.range_to.data != nullptr) mutation.range_to = range_to;
  CopyVersion(given.version, &mutation.condition.version);
  if ((given.flags & ANYSTORE_HAS_EXPIRY) != 0) mutation.expires_at = At(given.expires_at);
  return mutation;
}

}  // namespace

Result<StopWatch> StopWatch::On(const anystore_stop_v1* stop) {
  StopWatch watch;
  if (stop == nullptr) return watch;
  if (stop->size < sizeof(anystore_stop_v1) || stop->requested == nullptr) {
    return Error(Code::kInvalidArgument, "a stop without its function; was its size set?");
  }
  if (const std::stop_token* const token = TokenOf(*stop); token != nullptr) {
    watch.token_ = *token;
    return watch;
  }
  watch.foreign_ = *stop;
  watch.source_ = std::stop_source();
  watch.token_ = watch.source_.get_token();
  watch.Look();
  return watch;
}

void StopWatch::Look() {
  if (foreign_.has_value() && foreign_->requested(foreign_->self) != 0) source_.request_stop();
}

CallForC::CallForC(const CallOptions& call) : token_(call.stop) {
  if (call.deadline.has_value()) {
    flags_ = ANYSTORE_HAS_DEADLINE;
    deadline_ = Nanoseconds(*call.deadline);
  }
  if (token_.stop_possible()) stop_ = StopForC(token_);
}

Result<FromC<CallOptions>> ReadCall(const anystore_call_options* given) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_call_options all, ReadOptionsStruct(given, kHead));
  FromC<CallOptions> read;
  ANYSTORE_TRY(ReadHead(all, 0, &read));
  return read;
}

Result<FromC<ReadOptions>> ReadRead(const anystore_read_options* given) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_read_options all, ReadOptionsStruct(given, kHead));
  FromC<ReadOptions> read;
  ANYSTORE_TRY(ReadHead(all, ANYSTORE_HAS_WINDOW, &read));
  if ((all.flags & ANYSTORE_HAS_WINDOW) != 0) {
    read.options.window = {.offset = all.offset, .length = all.length};
  }
  return read;
}

Result<FromC<ScanOptions>> ReadScan(const anystore_scan_options* given) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_scan_options all, ReadOptionsStruct(given, kHead));
  FromC<ScanOptions> read;
  ANYSTORE_TRY(ReadHead(all, ANYSTORE_REVERSE | ANYSTORE_KEYS_ONLY, &read));
  read.options.reverse = (all.flags & ANYSTORE_REVERSE) != 0;
  read.options.values = (all.flags & ANYSTORE_KEYS_ONLY) == 0;
  ANYSTORE_TRY(ReadWanted(all.wanted, &read.options.wanted));
  if (all.limit_hint != 0) read.options.limit_hint = all.limit_hint;
  return read;
}

Result<FromC<WriteOptions>> ReadWrite(const anystore_write_options* given) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_write_options all, ReadOptionsStruct(given, kHead));
  FromC<WriteOptions> read;
  ANYSTORE_TRY(ReadHead(all, ANYSTORE_ALL_OR_NOTHING | ANYSTORE_TELL_VERSION, &read));
  read.options.all_or_nothing = (all.flags & ANYSTORE_ALL_OR_NOTHING) != 0;
  read.options.want_version = (all.flags & ANYSTORE_TELL_VERSION) != 0;
  ANYSTORE_TRY(
      ReadEnum(all.durability, Durability::kSurvivesPower, "durability", &read.options.durability));
  return read;
}

Result<KeyRange> ReadRange(const anystore_key_range* given) {
  if (given == nullptr) return KeyRange::All();
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view from, Given(given->from, "from"));
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view to, Given(given->to, "to"));
  if (given->to.data == nullptr) return KeyRange::From(from);
  return KeyRange::Between(from, to);
}

Result<std::vector<Mutation>> ReadMutations(const anystore_mutation* given, std::size_t count,
                                            std::size_t stride) {
  if (given == nullptr && count > 0) return Error(Code::kInvalidArgument, "mutations at null");
  if (stride < sizeof(anystore_mutation) || stride > kStructBytesMax) {
    return Error(Code::kInvalidArgument, "mutations of " + std::to_string(stride) + " bytes");
  }
  if (count > PTRDIFF_MAX / stride) return Error(Code::kInvalidArgument, "too many mutations");
  std::vector<Mutation> mutations;
  mutations.reserve(count);
  const auto* const bytes = reinterpret_cast<const std::byte*>(given);
  for (std::size_t i = 0; i < count; ++i) {
    anystore_mutation one;
    std::memcpy(&one, bytes + i * stride, sizeof(one));
    ANYSTORE_ASSIGN_OR_RETURN(mutations.emplace_back(), ReadMutation(one));
  }
  return mutations;
}

Result<EntryInfo> ReadInfo(const anystore_entry_info& given) {
  if (!CheckFlags(given.flags, ANYSTORE_HAS_EXPIRY | ANYSTORE_HAS_VERSION).has_value()) {
    return Error(Code::kInternal, "unknown flags of a record");
  }
  EntryInfo info{.size = given.value_size};
  if ((given.flags & ANYSTORE_HAS_VERSION) != 0)
    CopyVersion(given.version, &info.version.emplace());
  if ((given.flags & ANYSTORE_HAS_EXPIRY) != 0) info.expires_at = At(given.expires_at);
  return info;
}

anystore_key_range RangeForC(const KeyRange& range) noexcept {
  anystore_key_range given = {.from = BytesOf(range.from()), .to = {}};
  if (range.to().has_value()) given.to = BytesOf(*range.to());
  return given;
}

anystore_mutation MutationForC(const Mutation& mutation) noexcept {
  anystore_mutation given = {};
  given.kind = static_cast<std::uint32_t>(mutation.kind);
  given.condition = static_cast<std::uint32_t>(mutation.condition.kind);
  given.key = BytesOf(mutation.key);
  given.value = BytesOf(mutation.value);
  if (mutation.range_to.has_value()) given.range_to = BytesOf(*mutation.range_to);
  if (mutation.expires_at.has_value()) {
    given.flags = ANYSTORE_HAS_EXPIRY;
    given.expires_at = Nanoseconds(*mutation.expires_at);
  }
  std::memcpy(given.version, mutation.condition.version.data(), sizeof(given.version));
  return given;
}

anystore_entry_info InfoForC(const EntryInfo& info) noexcept {
  anystore_entry_info given = {};
  given.value_size = info.size;
  if (info.version.has_value()) {
    given.flags |= ANYSTORE_HAS_VERSION;
    std::memcpy(given.version, info.version->data(), sizeof(given.version));
  }
  if (info.expires_at.has_value()) {
    given.flags |= ANYSTORE_HAS_EXPIRY;
    given.expires_at = Nanoseconds(*info.expires_at);
  }
  return given;
}

}  // namespace anystore::abi
