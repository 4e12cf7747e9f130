#include "anystore/tablet/check.h"

#include <memory>
#include <optional>
#include <utility>

#include "tablet/reading/tablet.h"

namespace anystore::tablet {
namespace {

/// Fills a report block by block.
class Checker {
 public:
  Checker(const Tablet& tablet, const CheckOptions& options, CheckReport& report)
      : tablet_(tablet), options_(options), report_(report) {}

  Status Run() {
    for (std::size_t block = 0; block < tablet_.index().size(); ++block) {
      if (options_.stop.stop_requested())
        return Error(Code::kCancelled, "the caller asked to stop");
      ANYSTORE_ASSIGN_OR_RETURN(OrFault<BlockReport> examined, tablet_.Examine(block));
      Count(std::move(examined), block);
    }
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
  void Count(OrFault<BlockReport> examined, std::size_t block) {
    if (!examined.has_value()) return Add(std::move(examined).error());
    CheckedBlock& checked = examined->checked;
    report_.compressed_blocks += examined->compressed ? 1 : 0;
    report_.unprotected_blocks += examined->has_checksum ? 0 : 1;
    report_.payload_bytes += examined->payload_bytes;
    report_.restarts += examined->restarts;
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
  auto tablet =
      Tablet::Open(directory, name, options.reader, std::make_shared<BlockCache>(0), &fault);
  if (!tablet.has_value() && !fault.has_value()) return std::move(tablet).error();
  if (!tablet.has_value()) {
    report.fault_count = 1;
    report.faults.push_back(std::move(*fault));
    return report;
  }
  report.info = (*tablet)->info();
  ANYSTORE_TRY(Checker(**tablet, options, report).Run());
  return report;
}

}  // namespace anystore::tablet
