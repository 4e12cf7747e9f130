// Capabilities in C, and the proof that the words of C are those of C++.
#include <string>
#include <type_traits>

#include "abi/options.h"

namespace anystore::abi {
namespace {

/// Calls `visit(name, C's member, C++'s member, strongest)` for every axis that is an enumerator.
template <class Visit>
void VisitEnums(Visit&& visit) {
  using C = anystore_capabilities;
  using P = Capabilities;
  constexpr auto kNative = Support::kNative;
  visit("access", &C::access, &P::access, Access::kReadWrite);
  visit("ordered_scan", &C::ordered_scan, &P::ordered_scan, kNative);
  visit("reverse_scan", &C::reverse_scan, &P::reverse_scan, kNative);
  visit("scan_isolation", &C::scan_isolation, &P::scan_isolation, ScanIsolation::kSnapshot);
  visit("range_read", &C::range_read, &P::range_read, kNative);
  visit("get_many", &C::get_many, &P::get_many, kNative);
  visit("snapshots", &C::snapshots, &P::snapshots, kNative);
  visit("transactions", &C::transactions, &P::transactions, kNative);
  visit("batch_atomicity", &C::batch_atomicity, &P::batch_atomicity, Atomicity::kAllOrNothing);
  visit("conditional_write", &C::conditional_write, &P::conditional_write, ConditionScope::kStore);
  visit("versions", &C::versions, &P::versions, VersionSupport::kMonotone);
  visit("expiry", &C::expiry, &P::expiry, kNative);
  visit("delete_range", &C::delete_range, &P::delete_range, kNative);
  visit("put_durability", &C::put_durability, &P::put_durability, Durability::kSurvivesPower);
  visit("durability_max", &C::durability_max, &P::durability_max, Durability::kSurvivesPower);
  visit("sync_durability", &C::sync_durability, &P::sync_durability, Durability::kSurvivesPower);
  visit("consistency", &C::consistency, &P::consistency, Consistency::kLinearizable);
  visit("sharing", &C::sharing, &P::sharing, Sharing::kManyProcesses);
  visit("persistence", &C::persistence, &P::persistence, Persistence::kReopen);
}

Error Wrong(const std::string& what) { return Error(Code::kInternal, "capabilities: " + what); }

template <class C, class P>
constexpr bool Same(C c, P p) {
  return static_cast<std::uint32_t>(c) == static_cast<std::uint32_t>(p);
}

static_assert(Same(ANYSTORE_IDENTITY_MISMATCH, Code::kIdentityMismatch) && kCodeCount == 27);
static_assert(Same(ANYSTORE_RETRY_SPENT, Retry::kSpent));
static_assert(Same(ANYSTORE_APPLIED_UNKNOWN, Applied::kUnknown));
static_assert(Same(ANYSTORE_NATIVE, Support::kNative));
static_assert(Same(ANYSTORE_ACCESS_READ_WRITE, Access::kReadWrite));
static_assert(Same(ANYSTORE_ISOLATION_SNAPSHOT, ScanIsolation::kSnapshot));
static_assert(Same(ANYSTORE_ATOMICITY_ALL_OR_NOTHING, Atomicity::kAllOrNothing));
static_assert(Same(ANYSTORE_SCOPE_STORE, ConditionScope::kStore));
static_assert(Same(ANYSTORE_VERSIONS_MONOTONE, VersionSupport::kMonotone));
static_assert(Same(ANYSTORE_LINEARIZABLE, Consistency::kLinearizable));
static_assert(Same(ANYSTORE_MANY_PROCESSES, Sharing::kManyProcesses));
static_assert(Same(ANYSTORE_PERSISTENCE_REOPEN, Persistence::kReopen));
static_assert(Same(ANYSTORE_KEY_OTHER, KeyAlphabet::kOther));
static_assert(Same(ANYSTORE_DURABILITY_POWER, Durability::kSurvivesPower));
static_assert(Same(ANYSTORE_WANT_SIZE, Wanted::kSize) &&
              Same(ANYSTORE_WANT_VERSION, Wanted::kVersion) &&
              Same(ANYSTORE_WANT_EXPIRY, Wanted::kExpiry));
static_assert(Same(ANYSTORE_SET_EXPIRY, Mutation::Kind::kSetExpiry));
static_assert(Same(ANYSTORE_IF_VERSION_IS, Condition::Kind::kVersionIs));
static_assert(Same(ANYSTORE_LOG_ERROR, LogLevel::kError));

}  // namespace

Result<Capabilities> ReadCapabilities(const anystore_capabilities& given) {
  constexpr auto kAlphabets = (static_cast<std::uint32_t>(KeyAlphabet::kOther) << 1U) - 1;
  if (given.key_alphabet > kAlphabets) return Wrong("key_alphabet is not known");
  if (given.key_bytes_min > given.key_bytes_max) return Wrong("no length of a key is allowed");
  Capabilities can;
  can.keys = {.bytes_min = given.key_bytes_min,
              .bytes_max = given.key_bytes_max,
              .alphabet = static_cast<KeyAlphabet>(given.key_alphabet)};
  can.value_bytes_max = given.value_bytes_max;
  can.batch_bytes_max = given.batch_bytes_max;
  std::string wrong;
  VisitEnums([&]<class Enum>(const char* name, auto from, Enum Capabilities::* to, Enum strongest) {
    const std::uint32_t number = given.*from;
    const std::uint32_t weakest = std::is_same_v<Enum, Durability> ? 1 : 0;
    if (number < weakest || number > static_cast<std::uint32_t>(strongest)) {
      wrong = std::string(name) + " is " + std::to_string(number);
    }
    can.*to = static_cast<Enum>(number);
  });
  if (!wrong.empty()) return Wrong(wrong);
  return can;
}

anystore_capabilities CapabilitiesForC(const Capabilities& can) noexcept {
  anystore_capabilities given = {};
  given.size = sizeof(given);
  given.key_bytes_min = can.keys.bytes_min;
  given.key_bytes_max = can.keys.bytes_max;
  given.key_alphabet = static_cast<std::uint32_t>(can.keys.alphabet);
  given.value_bytes_max = can.value_bytes_max;
  given.batch_bytes_max = can.batch_bytes_max;
  VisitEnums([&](const char*, auto to, auto from, auto) {
    given.*to = static_cast<std::uint32_t>(can.*from);
  });
  return given;
}

}  // namespace anystore::abi
