// The table of all chapters. One line each: name, promise, what selects it, what it builds on.
#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// The need of at least `level` on an axis.
template <auto kAxis, auto kLevel>
bool AtLeast(const Capabilities& can, const Target&) {
  return can.*kAxis >= kLevel;
}

constexpr Need kNothing = {};
constexpr Need kOrdered = {"ordered_scan",
                           AtLeast<&Capabilities::ordered_scan, Support::kEmulated>};
constexpr Need kReverse = {"reverse_scan",
                           AtLeast<&Capabilities::reverse_scan, Support::kEmulated>};
constexpr Need kEntryExists = {"scan_isolation of entry_exists",
                               AtLeast<&Capabilities::scan_isolation, ScanIsolation::kEntryExists>};
constexpr Need kScanSnapshot = {"scan_isolation of snapshot",
                                AtLeast<&Capabilities::scan_isolation, ScanIsolation::kSnapshot>};
constexpr Need kSnapshots = {"snapshots", AtLeast<&Capabilities::snapshots, Support::kEmulated>};
// Without linearizable reads nobody could tell a torn batch from a late one.
constexpr Need kAtomicBatch = {"batch_atomicity of all_or_nothing with linearizable reads",
                               [](const Capabilities& can, const Target&) {
                                 return can.batch_atomicity == Atomicity::kAllOrNothing &&
                                        can.consistency == Consistency::kLinearizable;
                               }};
constexpr Need kConditions = {"conditional_write",
                              AtLeast<&Capabilities::conditional_write, ConditionScope::kHandle>};
constexpr Need kVersions = {"versions", AtLeast<&Capabilities::versions, VersionSupport::kContent>};
constexpr Need kMonotone = {"versions that are monotone",
                            AtLeast<&Capabilities::versions, VersionSupport::kMonotone>};
constexpr Need kVersionConditions = {
    "versions and conditional_write", [](const Capabilities& can, const Target& target) {
      return kVersions.met(can, target) && kConditions.met(can, target);
    }};
constexpr Need kExpiry = {"expiry", AtLeast<&Capabilities::expiry, Support::kEmulated>};
constexpr Need kExpiryConditions = {
    "expiry and conditional_write", [](const Capabilities& can, const Target& target) {
      return kExpiry.met(can, target) && kConditions.met(can, target);
    }};
constexpr Need kDeleteRange = {"delete_range",
                               AtLeast<&Capabilities::delete_range, Support::kEmulated>};
constexpr Need kLinearizable = {"consistency of linearizable",
                                AtLeast<&Capabilities::consistency, Consistency::kLinearizable>};
constexpr Need kRefusesKeys = {"limit on keys", RefusesKeys};
constexpr Need kLacksSomething = {"option that the store lacks", LacksSomething};
constexpr Need kCrash = {"way to crash the target",
                         [](const Capabilities&, const Target& target) { return !!target.crash; }};
constexpr Need kCutWhileOpening = {"way to cut the power of the target while it is opened",
                                   [](const Capabilities&, const Target& target) {
                                     return target.crash && target.cut_while_opening;
                                   }};
constexpr Need kCutAfter = {
    "way to cut the power of the target while it is written to",
    [](const Capabilities&, const Target& target) { return target.crash && target.cut_after; }};
constexpr Need kCutBatches = {"batch_atomicity of when_reopened, and a way to cut the power",
                              [](const Capabilities& can, const Target& target) {
                                return can.batch_atomicity >= Atomicity::kWhenReopened &&
                                       kCutAfter.met(can, target);
                              }};
constexpr Need kLife = {"place where stores come and go",
                        [](const Capabilities&, const Target& target) { return !!target.life; }};
constexpr Need kReopen = {"way to open the store again",
                          [](const Capabilities& can, const Target& target) {
                            return target.reopen && can.persistence == Persistence::kReopen;
                          }};

constexpr Need kCrashAndReopen = {"way to crash the target and to open it again",
                                  [](const Capabilities& can, const Target& target) {
                                    return kCrash.met(can, target) && kReopen.met(can, target);
                                  }};

constexpr Chapter kChapters[] = {
    {"put_get", "Get returns what Put stored last", kNothing, "", PutGet},
    {"missing_keys", "A key without a record is not found, and Has is false", kNothing, "put_get",
     MissingKeys},
    {"deletes", "A deleted key has no record; deleting a missing one succeeds", kNothing,
     "put_get missing_keys", Deletes},
    {"has", "Has is true exactly while there is a record", kNothing, "deletes", Has},
    {"sizes", "GetSize and Stat tell the size of the value", kNothing, "deletes", Sizes},
    {"reads_see_writes", "A read sees the last completed write of any thread", kLinearizable,
     "put_get", ReadsSeeWrites},
    {"get_many", "GetMany answers each key as Get does, in the order asked", kNothing,
     "put_get missing_keys", GetMany},
    {"windows", "A window returns that part of the value", kNothing, "get_many", Windows},
    {"value_sizes", "Values of 1 byte to 64 MiB come back whole; longer than the limit is refused",
     kNothing, "sizes", ValueSizes},

    {"listing", "A listing shows every record once and nothing else", kNothing, "deletes", Listing},
    {"listing_parts", "A listing has values and sizes when asked for, and no values when not",
     kNothing, "listing", ListingParts},
    {"ranges", "A listing of a range shows the keys from its start up to, not including, its end",
     kNothing, "listing", Ranges},
    {"ordered_scan", "Scans yield in bytewise key order", kOrdered, "ranges", OrderedScan},
    {"reverse_scan", "Scans in reverse yield the same entries, last first", kReverse,
     "ordered_scan", ReverseScan},
    {"seek", "Seek goes to the first key that is not before its argument", kOrdered, "ordered_scan",
     Seek},
    {"reverse_seek", "Seek in reverse goes to the first key that is not after its argument",
     kReverse, "reverse_scan seek", ReverseSeek},
    {"empty_values", "An empty value is a value", kNothing, "has sizes listing", EmptyValues},
    {"key_bytes", "Keys are byte strings: no two different ones share a record", kNothing,
     "deletes", KeyBytes},
    {"refused_keys", "A key outside the limits cannot be put, and has no record", kRefusesKeys,
     "has sizes", RefusedKeys},

    {"filters", "A query returns the entries that pass all filters", kNothing,
     "listing_parts ranges ordered_scan", Filters},
    {"orders", "A query returns entries in the order asked for, ties by key", kNothing,
     "filters reverse_scan", Orders},
    {"offset_limit", "A query skips its offset and returns at most its limit", kNothing, "orders",
     OffsetLimit},
    {"prefixes", "A prefix selects the strict descendants of a hierarchical key", kNothing,
     "listing_parts ranges ordered_scan key_bytes", Prefixes},
    {"query_results", "Results are pulled, walked, drained and closed early alike", kNothing,
     "offset_limit", QueryResults},
    {"random_queries", "Any combination of a query's parts answers as the reference does", kNothing,
     "offset_limit", RandomQueries},

    {"scan_while_writing", "A scan goes on safely while others write", kNothing, "listing",
     ScanWhileWriting},
    {"scan_entry_exists", "Each entry of a scan existed; untouched keys are shown exactly once",
     kEntryExists, "scan_while_writing", EntryExists},
    {"scan_snapshot", "A scan shows the moment of its start", kScanSnapshot, "scan_while_writing",
     ScanSnapshot},
    {"delete_while_listing", "Deleting each entry as it is listed misses none", kEntryExists,
     "scan_entry_exists scan_snapshot", DeleteWhileListing},
    {"snapshots", "A snapshot shows one moment, whatever is written later", kSnapshots,
     "listing has sizes get_many", Snapshots},

    {"batches", "A committed batch is there, and the batch is empty and usable", kNothing,
     "deletes", Batches},
    {"batch_order", "The last operation of a batch on a key wins", kNothing, "batches", BatchOrder},
    {"batch_visibility", "Nothing of a batch is visible before Commit, or after Discard", kNothing,
     "batches", BatchVisibility},
    {"batch_bytes", "A batch of batch_bytes_max commits; one byte more is refused", kNothing,
     "batches value_sizes", BatchBytes},
    {"callers_bytes", "The caller may reuse its buffers as soon as a call returns", kNothing,
     "batches", CallersBytes},
    {"handed_out_values", "A value handed out outlives its record, Close and the store", kNothing,
     "deletes windows callers_bytes", HandedOutValues},
    {"conditional_writes", "A write whose condition does not hold changes nothing", kConditions,
     "deletes", ConditionalWrites},
    {"conditional_apply", "A condition sees the mutations before it", kConditions,
     "conditional_writes", ConditionalApply},
    {"conditional_race", "Of threads that put one key if absent, exactly one wins", kConditions,
     "conditional_writes", ConditionalRace},
    {"batch_failures", "Mutations of which one's condition fails change nothing at all",
     kConditions, "conditional_apply", BatchFailures},
    {"batch_atomicity", "Readers see all of a batch or nothing", kAtomicBatch,
     "batch_visibility batch_failures reads_see_writes", BatchAtomicity},
    {"versions", "Equal versions mean equal records, wherever they are told", kVersions, "listing",
     Versions},
    {"monotone_versions", "A version never comes back", kMonotone, "versions", MonotoneVersions},
    {"version_conditions", "A write if the version is the present one, and not otherwise",
     kVersionConditions, "versions conditional_writes", VersionConditions},
    {"expiry", "A record is gone for every verb once its moment has passed", kExpiry,
     "has sizes listing", Expiry},
    {"set_expiry", "SetExpiry sets and clears the moment and leaves the value alone", kExpiry,
     "expiry", SetExpiry},
    {"expiry_condition", "An expired record is absent for conditions too", kExpiryConditions,
     "expiry conditional_writes", ExpiryCondition},
    {"delete_range", "DeleteRange removes the keys from its start up to, not including, its end",
     kNothing, "ranges offset_limit", DeleteRange},
    {"delete_range_mutation", "A range deleted among other mutations takes effect in its turn",
     kDeleteRange, "delete_range", DeleteRangeMutation},

    {"durability_levels", "A durability up to durability_max is accepted, a stronger one refused",
     kNothing, "batch_visibility", DurabilityLevels},
    {"sync", "Sync of any range succeeds and changes nothing", kNothing, "put_get", Sync},
    {"crash_after_create", "A store that was made is there after a crash, and empty", kCrash,
     "listing", CrashAfterCreate},
    {"crash_after_writes", "What a write promised to survive, it survives", kCrash,
     "durability_levels crash_after_create", CrashAfterWrites},
    {"crash_after_overwrites", "A key that was overwritten holds the old value or the new", kCrash,
     "crash_after_writes", CrashAfterOverwrites},
    {"crash_after_deletes", "A delete that promised to survive a crash is not undone by it", kCrash,
     "crash_after_writes", CrashAfterDeletes},
    {"crash_after_batches", "A crash leaves of a batch what batch_atomicity says", kCrash,
     "crash_after_overwrites crash_after_deletes batch_visibility", CrashAfterBatches},
    {"crash_after_sync", "What was written before Sync survives as sync_durability says", kCrash,
     "sync crash_after_create", CrashAfterSync},
    {"crash_after_sync_of_changes", "Sync covers values that were replaced and keys deleted",
     kCrash, "crash_after_sync crash_after_overwrites crash_after_deletes",
     CrashAfterSyncOfChanges},
    {"crash_after_sync_of_batches", "Sync covers what batches wrote", kCrash,
     "crash_after_sync_of_changes crash_after_batches", CrashAfterSyncOfBatches},
    {"crash_while_creating", "A power cut while a store is made leaves none, or one that opens",
     kCutWhileOpening, "crash_after_create", CrashWhileCreating},
    {"crash_while_opening", "A second power cut, while the store is opened again, loses nothing",
     kCutWhileOpening, "crash_after_batches", CrashWhileOpening},
    {"crash_while_writing", "A power cut while the store is written to leaves each key old or new",
     kCutAfter, "crash_after_sync_of_batches", CrashWhileWriting},
    {"crash_while_committing", "A power cut in the middle of a batch leaves all of it or nothing",
     kCutBatches, "crash_while_writing", CrashWhileCommitting},
    {"reopening", "Every record is there when the store is opened again", kReopen,
     "listing batch_visibility", Reopening},
    {"crash_after_sync_of_others", "Sync covers what was written through an earlier handle",
     kCrashAndReopen, "crash_after_sync reopening", CrashAfterSyncOfOthers},
    {"open_twice", "A store that is open is opened again only as `sharing` says", kReopen,
     "reopening", OpenTwice},

    {"life_of_nothing", "Where no store is, none exists, opens or is destroyed", kLife, "",
     LifeOfNothing},
    {"life_of_a_store", "A store exists from Create to Destroy, which leaves nothing", kLife,
     "life_of_nothing put_get has", LifeOfAStore},
    {"create_over_a_store", "Create where a store is fails and leaves its records", kLife,
     "life_of_a_store reopening", CreateOverAStore},
    {"destroy_what_is_open", "Destroy of an open store is busy and touches nothing", kLife,
     "life_of_a_store open_twice", DestroyWhatIsOpen},
    {"create_over_what_is_open", "Create over an open store is busy and touches nothing", kLife,
     "life_of_a_store open_twice", CreateOverWhatIsOpen},
    {"identity", "A store is the same when it is opened again, and another when it is made anew",
     kLife, "life_of_a_store", IdentityStays},

    {"deadlines", "A call past its deadline ends with timeout and changes nothing", kNothing,
     "has sizes listing batch_visibility", Deadlines},
    {"cancelling", "A cancelled call ends with cancelled and changes nothing", kNothing,
     "deadlines", Cancelling},
    {"absent_options", "What the store does not claim is unsupported and touches nothing",
     kLacksSomething, "listing batch_visibility", AbsentOptions},
    {"claims", "Capabilities and features do not contradict each other", kNothing, "", Claims},
    {"key_free_features", "Disk usage, collection and checks leave the records alone", kNothing,
     "listing", KeyFreeFeatures},

    {"closed", "Every verb of a closed store returns closed", kNothing, "put_get", Closed},
    {"closed_under_use", "Cursors, results and batches outlive Close safely, and are closed",
     kNothing, "closed listing batches", ClosedUnderUse},
    {"closed_snapshots", "Snapshots end with Close", kSnapshots, "closed_under_use snapshots",
     SnapshotsEnd},
    {"close_while_busy", "Close while other threads call makes them end with closed", kNothing,
     "closed_under_use offset_limit", CloseWhileBusy},
    {"read_only", "A store that takes no writes refuses each, and changes nothing", kNothing, "",
     ReadOnly, Access::kReadOnly},
    {"threads", "What each thread writes and reads is as if it were alone", kNothing,
     "ranges batch_visibility batch_order callers_bytes", Threads},
    {"random_model", "Any sequence of operations answers as a map does", kNothing,
     "has sizes get_many empty_values random_queries batch_order batch_visibility callers_bytes "
     "delete_range conditional_writes snapshots reopening",
     RandomModel},

    {"go/basic_put_get", "go-datastore's SubtestBasicPutGet", kNothing, "has sizes key_bytes",
     GoBasicPutGet},
    {"go/not_founds", "go-datastore's SubtestNotFounds", kNothing, "has sizes", GoNotFounds},
    {"go/prefix", "go-datastore's SubtestPrefix", kNothing,
     "go/basic_put_get prefixes query_results", GoPrefix},
    {"go/order", "go-datastore's SubtestOrder", kNothing, "go/basic_put_get orders query_results",
     GoOrder},
    {"go/limit", "go-datastore's SubtestLimit", kNothing, "go/order", GoLimit},
    {"go/filter", "go-datastore's SubtestFilter", kNothing,
     "go/basic_put_get filters query_results", GoFilter},
    {"go/many_keys_and_query", "go-datastore's SubtestManyKeysAndQuery", kNothing,
     "go/basic_put_get query_results", GoManyKeysAndQuery},
    {"go/return_sizes", "go-datastore's SubtestReturnSizes", kNothing, "go/many_keys_and_query",
     GoReturnSizes},
    {"go/basic_sync", "go-datastore's SubtestBasicSync", kNothing, "go/basic_put_get sync",
     GoBasicSync},
    {"go/combinations", "go-datastore's SubtestCombinations: 1,151 queries", kNothing,
     "go/prefix go/limit go/filter", GoCombinations},
    {"go/batch", "go-datastore's RunBatchTest", kNothing,
     "go/basic_put_get batch_visibility batch_bytes callers_bytes", GoBatch},
    {"go/batch_delete", "go-datastore's RunBatchDeleteTest", kNothing, "go/batch", GoBatchDelete},
    {"go/batch_put_and_delete", "go-datastore's RunBatchPutAndDeleteTest", kNothing,
     "go/basic_put_get batch_order", GoBatchPutAndDelete},
};

}  // namespace

std::span<const Chapter> Chapters() { return kChapters; }

}  // namespace anystore::conformance
