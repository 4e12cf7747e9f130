#include "anystore/tablet/check.h"

#include <memory>
#include <optional>
#include <utility>

#include "tablet/locator/locator_check.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {
namespace {

/// Fills a report block by block.
class Checker {
 public:
  Checker(const Tablet& tablet, const CheckOptions& options, CheckReport& report)
      : tablet_(tablet), options_(options), report_(report) {}

  /// `locator`: what holds the keys against a locator; null: there is nothing to hold.
  Status Run(LocatorCheck* locator) {
    for (std::size_t block = 0; block < tablet_.index().size(); ++block) {
      if (options_.stop.stop_requested())
        return Error(Code::kCancelled, "the caller asked to stop");
      ANYSTORE_ASSIGN_OR_RETURN(OrFault<BlockReport> examined, tablet_.Examine(block));
      if (examined.has_value() && locator != nullptr)
        ANYSTORE_TRY(locator->LookUp(block, examined->checked.block.entries()));
      Count(std::move(examined), block);
    }
    if (locator != nullptr) End(*locator);
    for (std::size_t block = 0; block < tablet_.meta_blocks().size(); ++block) {
      ANYSTORE_ASSIGN_OR_RETURN(const OrFault<BlockReport> examined, tablet_.ExamineMeta(block));
      if (!examined.has_value()) Add(examined.error());
    }
    return Ok();
  }

  void Add(Fault fault) {
    ++report_.fault_count;
    if (report_.faults.size() < options_.faults_max) report_.faults.push_back(std::move(fault));
  }

 private:
  void End(LocatorCheck& locator) {
    const bool all_sound = report_.fault_count == 0;
    report_.locator =
        std::move(locator).Finish(all_sound ? std::optional(report_.entries) : std::nullopt);
    const LocatorState state = report_.locator.state;
    if (state == LocatorState::kSound || state == LocatorState::kWrong)
      report_.info.locator_bytes = report_.locator.file_bytes;
  }

  void Count(OrFault<BlockReport> examined, std::size_t block) {
    if (!examined.has_value()) return Add(std::move(examined).error());
    CheckedBlock& checked = examined->checked;
    report_.compressed_blocks += examined->compressed ? 1 : 0;
    report_.unprotected_blocks += examined->has_checksum ? 0 : 1;
    report_.payload_bytes += examined->payload_bytes;
    report_.restarts += checked.block.restart_count();
    report_.entries += checked.entries;
    report_.deletions += checked.deleted;
    report_.key_bytes += checked.key_bytes;
    report_.value_bytes += checked.value_bytes;
    if (block == 0) report_.first_key = std::move(checked.first_key);
    if (block + 1 == tablet_.index().size()) report_.last_key = std::move(checked.last_key);
  }

  const Tablet& tablet_;
  const CheckOptions& options_;
  CheckReport& report_;
};

}  // namespace

Result<CheckReport> CheckTablet(Directory& directory, std::string_view name,
                                const CheckOptions& options) {
  CheckReport report;
  std::optional<Fault> fault;
  ReaderOptions reader = options.reader;
  // A reader would believe it, and hold all of it in memory where it cannot be mapped.
  reader.locator = LocatorUse::kIgnore;
  auto tablet = Tablet::Open(directory, name, reader, std::make_shared<BlockCache>(0), &fault);
  if (!tablet.has_value() && !fault.has_value()) return std::move(tablet).error();
  if (!tablet.has_value()) {
    report.fault_count = 1;
    report.faults.push_back(std::move(*fault));
    return report;
  }
  report.info = (*tablet)->info();
  std::optional<LocatorCheck> locator;
  if (options.reader.locator != LocatorUse::kIgnore) {
    ANYSTORE_ASSIGN_OR_RETURN(locator, LocatorCheck::Begin(directory, **tablet, options.stop));
  }
  ANYSTORE_TRY(Checker(**tablet, options, report).Run(locator.has_value() ? &*locator : nullptr));
  return report;
}

}  // namespace anystore::tablet
