/// The chapters' functions, by the file of their group. What each is about stands in the table.
#pragma once

#include "chapter.h"

namespace anystore::conformance {

// basics.cc
void PutGet(Context& kit);
void MissingKeys(Context& kit);
void Deletes(Context& kit);
void Has(Context& kit);
void Sizes(Context& kit);

// bytes.cc
void KeyBytes(Context& kit);
bool RefusesKeys(const Capabilities& can, const Target& target);
void RefusedKeys(Context& kit);
void EmptyValues(Context& kit);
void ValueSizes(Context& kit);

// ownership.cc
void CallersBytes(Context& kit);
void HandedOutValues(Context& kit);

// reads.cc
void Windows(Context& kit);
void GetMany(Context& kit);

// listing.cc
void Listing(Context& kit);
void ListingParts(Context& kit);
void Ranges(Context& kit);
void OrderedScan(Context& kit);
void ReverseScan(Context& kit);
void Seek(Context& kit);
void ReverseSeek(Context& kit);

// query.cc
void Filters(Context& kit);
void Orders(Context& kit);
void OffsetLimit(Context& kit);
void Prefixes(Context& kit);
void RandomQueries(Context& kit);
void QueryResults(Context& kit);

// isolation.cc
void ScanWhileWriting(Context& kit);
void EntryExists(Context& kit);
void ScanSnapshot(Context& kit);
void DeleteWhileListing(Context& kit);
void Snapshots(Context& kit);
void SnapshotsEnd(Context& kit);

// batches.cc
void Batches(Context& kit);
void BatchOrder(Context& kit);
void BatchVisibility(Context& kit);
void BatchBytes(Context& kit);
void BatchFailures(Context& kit);
void BatchAtomicity(Context& kit);

// conditions.cc
void ConditionalWrites(Context& kit);
void ConditionalApply(Context& kit);
void ConditionalRace(Context& kit);
void Versions(Context& kit);
void MonotoneVersions(Context& kit);
void VersionConditions(Context& kit);

// expiry.cc
void Expiry(Context& kit);
void SetExpiry(Context& kit);
void ExpiryCondition(Context& kit);

// delete_range.cc
void DeleteRange(Context& kit);
void DeleteRangeMutation(Context& kit);

// durability.cc
void DurabilityLevels(Context& kit);
void Sync(Context& kit);
void Reopening(Context& kit);
void OpenTwice(Context& kit);

// life_cycle.cc
void LifeOfNothing(Context& kit);
void LifeOfAStore(Context& kit);
void CreateOverAStore(Context& kit);
void DestroyWhatIsOpen(Context& kit);
void CreateOverWhatIsOpen(Context& kit);
void IdentityStays(Context& kit);

// crashes.cc
void CrashAfterCreate(Context& kit);
void CrashAfterWrites(Context& kit);
void CrashAfterOverwrites(Context& kit);
void CrashAfterDeletes(Context& kit);
void CrashAfterBatches(Context& kit);
void CrashAfterSync(Context& kit);
void CrashAfterSyncOfChanges(Context& kit);
void CrashAfterSyncOfBatches(Context& kit);
void CrashAfterSyncOfOthers(Context& kit);
void CrashWhileCreating(Context& kit);
void CrashWhileOpening(Context& kit);
void CrashWhileWriting(Context& kit);
void CrashWhileCommitting(Context& kit);

// refusals.cc
void Deadlines(Context& kit);
void Cancelling(Context& kit);
bool LacksSomething(const Capabilities& can, const Target& target);
void AbsentOptions(Context& kit);
void ReadOnly(Context& kit);
void Claims(Context& kit);
void KeyFreeFeatures(Context& kit);

// closing.cc
void Closed(Context& kit);
void ClosedUnderUse(Context& kit);
void CloseWhileBusy(Context& kit);

// threads.cc
void Threads(Context& kit);
void ReadsSeeWrites(Context& kit);

// model.cc
void RandomModel(Context& kit);

// go_suite.cc
void GoBasicPutGet(Context& kit);
void GoNotFounds(Context& kit);
void GoPrefix(Context& kit);
void GoOrder(Context& kit);
void GoLimit(Context& kit);
void GoFilter(Context& kit);
void GoManyKeysAndQuery(Context& kit);
void GoReturnSizes(Context& kit);
void GoBasicSync(Context& kit);
void GoCombinations(Context& kit);
void GoBatch(Context& kit);
void GoBatchDelete(Context& kit);
void GoBatchPutAndDelete(Context& kit);

}  // namespace anystore::conformance
