// copy: records from store to store, to be continued when it is cut off.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cli/batch_writers.h"
#include "cli/checkpoint.h"
#include "cli/commands.h"
#include "cli/compare.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr unsigned kJobsMax = 64;

// What a copy did, for its last line.
struct Summary {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records_before = 0;
  std::uint64_t reread = 0;
  bool resumed = false;
  double seconds = 0;
  // Of --verify: how many keys were missing or different.
  std::optional<std::uint64_t> wrong = {};
};

// Counts the records that an earlier run had written behind its checkpoint: those that are there
// already, until a long stretch is not.
class RereadCounter {
 public:
  RereadCounter(Store& destination, bool resuming)
      : destination_(destination), left_(resuming ? kStretch : 0) {}

  Status See(std::string_view key) {
    if (left_ == 0) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(const bool found, destination_.Has(key));
    left_ = found ? kStretch : left_ - 1;
    if (found) ++count_;
    return Ok();
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::uint64_t kStretch = 2 * BatchWriters::kUncoveredRecordsMax;

  Store& destination_;
  std::uint64_t left_;
  std::uint64_t count_ = 0;
};

// One copy between two open stores.
class Copier {
 public:
  Copier(Store& source, Store& destination, const CopyArguments& arguments)
      : source_(source),
        destination_(destination),
        arguments_(arguments),
        range_(arguments.range.Range()) {}

  Status Run() {
    ANYSTORE_TRY(PrepareCheckpoint());
    Progress progress("copy", "records");
    ANYSTORE_TRY(FindTotal(progress));
    Status copied = Transfer(progress);
    progress.Clear();
    summary_.records = progress.items();
    summary_.bytes = progress.bytes();
    summary_.seconds = progress.seconds();
    ANYSTORE_TRY(std::move(copied));
    ANYSTORE_TRY(destination_.Sync());
    ANYSTORE_TRY(KeepCompletion());
    return arguments_.verify ? Verify() : Ok();
  }

  [[nodiscard]] const Summary& summary() const { return summary_; }

 private:
  // Why this copy cannot be continued later; empty when it can.
  [[nodiscard]] std::string WhyNoCheckpoint() const {
    if (source_.capabilities().ordered_scan == Support::kAbsent) {
      return "the source does not list its keys in order";
    }
    if (destination_.capabilities().persistence == Persistence::kHandle) {
      return "the destination forgets its records when it is closed";
    }
    return {};
  }

  Status PrepareCheckpoint() {
    if (const std::string why = WhyNoCheckpoint(); !why.empty()) {
      if (!arguments_.resume) return Ok();
      return Error(Code::kUnsupported, "cannot resume: " + why).During("copy");
    }
    CopyIdentity identity =
        IdentifyCopy(source_, destination_, arguments_.source, arguments_.destination, range_);
    std::string path = arguments_.state;
    if (path.empty()) {
      ANYSTORE_ASSIGN_OR_RETURN(path, DefaultStatePath(identity));
    }
    checkpoint_.emplace(std::move(path), std::move(identity));
    ANYSTORE_TRY(checkpoint_->Prepare());
    if (arguments_.resume) return Resume();
    checkpoint_->Remove();
    return Ok();
  }

  Status Resume() {
    const Capabilities& can = destination_.capabilities();
    const bool survives_process = can.durability_max >= Durability::kSurvivesProcess ||
                                  can.put_durability >= Durability::kSurvivesProcess;
    std::string why_none;
    std::optional<Watermark> found = checkpoint_->Load(survives_process, &why_none);
    if (found.has_value()) {
      // The last record must really be there, or the store is not what the checkpoint knew.
      ANYSTORE_ASSIGN_OR_RETURN(const bool there, destination_.Has(found->key));
      if (!there) why_none = "the destination lacks what the checkpoint says was written";
      if (!there) found.reset();
    }
    if (!found.has_value()) {
      Complain("copy: starting from the beginning: " + why_none);
      checkpoint_->Remove();
      return Ok();
    }
    before_ = *std::move(found);
    if (before_.complete) {
      Complain("copy: the earlier copy was complete; without --resume it begins anew");
    }
    summary_.resumed = true;
    summary_.records_before = before_.records;
    return Ok();
  }

  // What is left to copy: everything behind the watermark.
  [[nodiscard]] KeyRange Rest() const {
    if (!summary_.resumed) return range_;
    // The smallest key that is greater.
    return range_.Intersect(KeyRange::From(before_.key + '\0'));
  }

  // So that a later --resume finds nothing left, also after a kill or a power cut right here.
  [[nodiscard]] Status KeepCompletion() const {
    if (!checkpoint_.has_value() || applied_.records == 0) return Ok();
    Watermark complete = applied_;
    complete.complete = true;
    ANYSTORE_TRY(checkpoint_->Save(complete, true));
    return checkpoint_->Save(complete, false);
  }

  Status FindTotal(Progress& progress) {
    if (!progress.visible()) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(auto cursor, source_.Scan(Rest(), {.values = false}));
    EntryReader reader(std::move(cursor));
    std::uint64_t total = 0;
    for (;;) {
      ANYSTORE_ASSIGN_OR_RETURN(const bool more, reader.Next());
      if (!more) break;
      ++total;
      ANYSTORE_TRY(CheckInterrupted());
    }
    progress.set_total(total);
    return Ok();
  }

  Status Transfer(Progress& progress) {
    const Wanted wanted =
        source_.capabilities().expiry == Support::kAbsent ? Wanted::kExistence : Wanted::kExpiry;
    ANYSTORE_ASSIGN_OR_RETURN(auto cursor, source_.Scan(Rest(), {.wanted = wanted}));
    EntryReader reader(std::move(cursor));
    BatchWriters writers(destination_, arguments_.jobs,
                         checkpoint_.has_value() ? &*checkpoint_ : nullptr, before_);
    Status read = Feed(reader, writers, progress);
    Status written = writers.Finish();
    applied_ = writers.applied();
    ANYSTORE_TRY(std::move(written));
    return read;
  }

  Status Feed(EntryReader& reader, BatchWriters& writers, Progress& progress) {
    RereadCounter reread(destination_, arguments_.resume);
    RecordBatch batch;
    for (;;) {
      ANYSTORE_TRY(CheckInterrupted());
      ANYSTORE_ASSIGN_OR_RETURN(const bool more, reader.Next());
      if (!more) break;
      const EntryView& entry = reader.entry();
      ANYSTORE_TRY(reread.See(entry.key));
      summary_.reread = reread.count();
      batch.Add(entry);
      progress.Add(1, entry.key.size() + entry.value.size());
      if (batch.full()) ANYSTORE_TRY(writers.Submit(std::exchange(batch, {})));
    }
    return batch.records() > 0 ? writers.Submit(std::move(batch)) : Ok();
  }

  Status Verify() {
    Progress progress("verify", "records");
    progress.set_total(summary_.records + summary_.records_before);
    std::uint64_t wrong = 0;
    std::string first;
    const auto see = [&](bool same, std::string_view key, std::uint64_t value_bytes) {
      progress.Add(1, key.size() + value_bytes);
      if (!same && ++wrong == 1) first = std::string(key);
    };
    ANYSTORE_TRY(source_.capabilities().ordered_scan != Support::kAbsent &&
                         destination_.capabilities().ordered_scan != Support::kAbsent
                     ? VerifyInOrder(see)
                     : VerifyOneByOne(see));
    progress.Clear();
    summary_.wrong = wrong;
    if (wrong > 0) {
      Complain("copy: " + WithCommas(wrong) + " records of " + source_.name() +
               " are missing or different in " + destination_.name() + ", the first is " +
               Quoted(first));
    }
    return Ok();
  }

  template <class See>
  Status VerifyInOrder(const See& see) {
    return CompareStores(source_, destination_, range_,
                         [&](Difference difference, std::string_view key, std::uint64_t bytes) {
                           // What only the destination has was there before.
                           if (difference == Difference::kOnlyInB) return Ok();
                           see(difference == Difference::kSame, key, bytes);
                           return Ok();
                         });
  }

  template <class See>
  Status VerifyOneByOne(const See& see) {
    ANYSTORE_ASSIGN_OR_RETURN(auto cursor, source_.Scan(range_));
    EntryReader reader(std::move(cursor));
    for (;;) {
      ANYSTORE_TRY(CheckInterrupted());
      ANYSTORE_ASSIGN_OR_RETURN(const bool more, reader.Next());
      if (!more) return Ok();
      const EntryView& entry = reader.entry();
      const Result<Value> found = destination_.Get(entry.key);
      if (!found.has_value() && found.error().code() != Code::kNotFound) {
        return found.error().Clone();
      }
      see(found.has_value() && found->bytes() == entry.value, entry.key, entry.value.size());
    }
  }

  Store& source_;
  Store& destination_;
  const CopyArguments& arguments_;
  KeyRange range_;
  std::optional<Checkpoint> checkpoint_;
  Watermark before_ = {};
  Watermark applied_ = {};
  Summary summary_ = {};
};

std::string SummaryJson(const Summary& summary) {
  JsonObject json;
  json.Count("records", summary.records)
      .Count("bytes", summary.bytes)
      .Seconds("seconds", summary.seconds)
      .Bool("resumed", summary.resumed)
      .Count("records_before", summary.records_before)
      .Count("reread", summary.reread);
  if (summary.wrong.has_value()) json.Count("verify_wrong", *summary.wrong);
  return json.Finish();
}

std::string SummaryText(const Summary& summary) {
  const auto bytes = static_cast<double>(summary.bytes);
  std::string text = "copied " + WithCommas(summary.records) + " records, " + HumanBytes(bytes) +
                     ", " + HumanBytes(bytes / summary.seconds) + "/s";
  if (summary.resumed) {
    text += "; resumed after " + WithCommas(summary.records_before) + " records, re-read " +
            WithCommas(summary.reread) + " keys";
  }
  if (summary.wrong == 0U) text += "; verified";
  return text;
}

Exit CopyStores(Store& source, Store& destination, const CopyArguments& arguments) {
  Copier copier(source, destination, arguments);
  const Status copied = copier.Run();
  Output output;
  if (!copied.has_value()) {
    if (copied.error().code() == Code::kCancelled) {
      Complain("copy: interrupted; the same command with --resume goes on");
    }
    return Fail(copied.error());
  }
  const Summary& summary = copier.summary();
  const bool wrong = summary.wrong.value_or(0) > 0;
  return Finish(output.Line(arguments.json ? SummaryJson(summary) : SummaryText(summary)), output,
                wrong ? Exit::kDifferent : Exit::kOk);
}

}  // namespace

Exit Copy(const CopyArguments& arguments) {
  if (arguments.jobs < 1 || arguments.jobs > kJobsMax) {
    Complain("copy: --jobs must be from 1 to " + std::to_string(kJobsMax) + ", found " +
             std::to_string(arguments.jobs));
    return Exit::kUsage;
  }
  return WithStore(arguments.source, IfMissing::kFail, [&](Store& source) {
    return WithStore(
        arguments.destination, CreateOption(arguments.create),
        [&](Store& destination) { return CopyStores(source, destination, arguments); });
  });
}

}  // namespace anystore::cli
