// copy: records from store to store, to be continued when it is cut off.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/batch_writers.h"
#include "cli/checkpoint.h"
#include "cli/commands.h"
#include "cli/compare.h"
#include "cli/content_key.h"
#include "cli/copy_skips.h"
#include "cli/copy_verify.h"
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
  std::uint64_t skipped = 0;
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

// One copy between two open stores. It goes through the source once; what differs is how it knows
// what the destination has already:
//  - from a source that lists in order, by the position that the checkpoint tells;
//  - by content, because what is there under its hash need not be written;
//  - else by looking up each key, when it goes on.
class Copier {
 public:
  Copier(Store& source, Store& destination, const CopyArguments& arguments)
      : source_(source),
        destination_(destination),
        arguments_(arguments),
        range_(arguments.range.Range()),
        ordered_(source.capabilities().ordered_scan != Support::kAbsent) {}

  Status Run() {
    ANYSTORE_TRY(PrepareCheckpoint());
    Progress progress("copy", "records");
    ANYSTORE_TRY(FindTotal(progress));
    Status copied = Transfer(progress);
    progress.Clear();
    summary_.seconds = progress.seconds();
    ANYSTORE_TRY(std::move(copied));
    ANYSTORE_TRY(destination_.Sync());
    ANYSTORE_TRY(KeepCompletion());
    return arguments_.verify ? Verify() : Ok();
  }

  [[nodiscard]] const Summary& summary() const { return summary_; }

 private:
  [[nodiscard]] bool by_content() const { return arguments_.naming != KeyNaming::kOwn; }

  Status PrepareCheckpoint() {
    if (destination_.capabilities().persistence == Persistence::kHandle) {
      if (!arguments_.resume) return Ok();
      return Error(Code::kUnsupported,
                   "cannot resume: the destination forgets its records when it is closed")
          .During("copy");
    }
    // What is there by content needs no checkpoint, and no position could be kept.
    if (!ordered_ && by_content()) return Ok();
    CopyIdentity identity = IdentifyCopy(source_, destination_, arguments_.source,
                                         arguments_.destination, range_, arguments_.naming);
    std::string path = arguments_.state;
    if (path.empty()) {
      ANYSTORE_ASSIGN_OR_RETURN(path, DefaultStatePath(identity));
    }
    checkpoint_.emplace(std::move(path), std::move(identity));
    ANYSTORE_TRY(checkpoint_->Prepare());
    if (arguments_.resume) return ordered_ ? ResumeAtPosition() : ResumeByLookup();
    checkpoint_->Remove();
    return ordered_ ? Ok() : KeepBeginning();
  }

  Status ResumeAtPosition() {
    const Capabilities& can = destination_.capabilities();
    const bool survives_process = can.durability_max >= Durability::kSurvivesProcess ||
                                  can.put_durability >= Durability::kSurvivesProcess;
    std::string why_none;
    std::optional<Watermark> found = checkpoint_->Load(survives_process, &why_none);
    if (found.has_value()) {
      // The last record must really be there, or the store is not what the checkpoint knew.
      ANYSTORE_ASSIGN_OR_RETURN(const bool there, destination_.Has(found->written_key));
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

  Status ResumeByLookup() {
    std::string why_none;
    // It was synced before the first record was written, so it holds after any restart.
    std::optional<Watermark> found = checkpoint_->Load(false, &why_none);
    if (!found.has_value()) {
      ANYSTORE_TRY(KeepBeginning());
      Complain(before_.began_empty
                   ? "copy: starting from the beginning: " + why_none
                   : "copy: what the destination has is read and compared: " + why_none);
      summary_.resumed = !before_.began_empty;
      return Ok();
    }
    before_ = *std::move(found);
    if (before_.complete) {
      Complain("copy: the earlier copy was complete; only what the destination lacks is copied");
    }
    summary_.resumed = true;
    return Ok();
  }

  // Whether the destination was empty decides how much a later --resume has to compare.
  Status KeepBeginning() {
    ANYSTORE_ASSIGN_OR_RETURN(auto cursor,
                              destination_.Scan(range_, {.values = false, .limit_hint = 1}));
    EntryReader reader(std::move(cursor));
    ANYSTORE_ASSIGN_OR_RETURN(const bool any, reader.Next());
    before_.began_empty = !any;
    return checkpoint_->Save(before_, true);
  }

  // What is left to copy: everything behind the watermark.
  [[nodiscard]] KeyRange Rest() const {
    if (!ordered_ || !summary_.resumed) return range_;
    // The smallest key that is greater.
    return range_.Intersect(KeyRange::From(before_.key + '\0'));
  }

  // So that a later --resume finds nothing left, also after a kill or a power cut right here.
  [[nodiscard]] Status KeepCompletion() const {
    if (!checkpoint_.has_value() || (ordered_ && applied_.records == 0)) return Ok();
    Watermark complete = ordered_ ? applied_ : before_;
    complete.complete = true;
    ANYSTORE_TRY(checkpoint_->Save(complete, true));
    return ordered_ ? checkpoint_->Save(complete, false) : Ok();
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
    const bool lookup = !ordered_ && summary_.resumed;
    const bool expiry = source_.capabilities().expiry != Support::kAbsent;
    const Wanted wanted = Wanted::kSize | (expiry ? Wanted::kExpiry : Wanted::kExistence);
    ANYSTORE_ASSIGN_OR_RETURN(auto cursor,
                              source_.Scan(Rest(), {.values = !lookup, .wanted = wanted}));
    EntryReader reader(std::move(cursor));
    BatchWriters writers(destination_, arguments_.jobs,
                         checkpoint_.has_value() && ordered_ ? &*checkpoint_ : nullptr, before_);
    Status read = Feed(reader, writers, progress, lookup);
    Status written = writers.Finish();
    applied_ = writers.applied();
    ANYSTORE_TRY(std::move(written));
    return read;
  }

  Status Feed(EntryReader& reader, BatchWriters& writers, Progress& progress, bool lookup) {
    RereadCounter reread(destination_, arguments_.resume && ordered_ && !by_content());
    KnownContents known(destination_);
    RecordBatch batch;
    for (;;) {
      ANYSTORE_TRY(CheckInterrupted());
      ANYSTORE_ASSIGN_OR_RETURN(const bool more, reader.Next());
      if (!more) break;
      const EntryView& entry = reader.entry();
      progress.Add(1, entry.key.size() + entry.info.size);
      if (by_content()) {
        ANYSTORE_TRY(AddByContent(entry, known, batch));
      } else if (lookup) {
        ANYSTORE_TRY(AddIfMissing(entry, batch));
      } else {
        ANYSTORE_TRY(CheckTakes(entry.key));
        ANYSTORE_TRY(reread.See(entry.key));
        summary_.reread = reread.count();
        Add(entry, entry.key, batch);
      }
      if (!batch.full()) continue;
      ANYSTORE_TRY(writers.Submit(std::exchange(batch, {})));
      if (known.on_their_way() < kOnTheirWayMax) continue;
      ANYSTORE_TRY(writers.Drain());
      known.Arrived();
    }
    return batch.records() > 0 ? writers.Submit(std::move(batch)) : Ok();
  }

  // A write would fail as well, but not say what helps.
  [[nodiscard]] Status CheckTakes(std::string_view key) const {
    Status takes = destination_.CheckKey(key);
    if (takes.has_value() || takes.error().code() != Code::kInvalidArgument) return takes;
    return Error(Code::kInvalidArgument, std::string(takes.error().message()) +
                                             "; --key sha256-base32 names records by content")
        .During("copy")
        .ForKey(key)
        .In(destination_.name());
  }

  void Add(const EntryView& entry, std::string_view key, RecordBatch& batch) {
    batch.Add(entry, key);
    ++summary_.records;
    summary_.bytes += key.size() + entry.value.size();
  }

  void Skip(const EntryView& entry, std::string_view key, RecordBatch& batch) {
    batch.Skip(entry, key);
    ++summary_.skipped;
  }

  Status AddByContent(const EntryView& entry, KnownContents& known, RecordBatch& batch) {
    if (entry.info.expires_at.has_value()) {
      return Error(Code::kUnsupported,
                   "a record that expires cannot be named by its content: equal values share one")
          .ForKey(entry.key)
          .During("copy");
    }
    const std::string key = ContentKey(arguments_.naming, entry.value);
    ANYSTORE_ASSIGN_OR_RETURN(const bool there, known.Contains(key, entry.value.size()));
    if (there) {
      Skip(entry, key, batch);
    } else {
      Add(entry, key, batch);
    }
    return Ok();
  }

  // Of an entry that was listed without its value.
  Status AddIfMissing(const EntryView& entry, RecordBatch& batch) {
    const Sameness sameness = before_.began_empty ? Sameness::kSize : Sameness::kBytes;
    ANYSTORE_ASSIGN_OR_RETURN(const bool there, IsThere(source_, destination_, entry, sameness));
    if (there) {
      Skip(entry, entry.key, batch);
      return Ok();
    }
    const Result<Value> value = source_.Get(entry.key);
    // It went away after it was listed.
    if (!value.has_value() && value.error().code() == Code::kNotFound) return Ok();
    if (!value.has_value()) return value.error().Clone();
    Add({.key = entry.key, .value = value->bytes(), .info = entry.info}, entry.key, batch);
    return Ok();
  }

  Status Verify() {
    Progress progress("verify", "records");
    progress.set_total(summary_.records + summary_.skipped + summary_.records_before);
    ANYSTORE_ASSIGN_OR_RETURN(const VerifyOutcome outcome, VerifyCopy(source_, destination_, range_,
                                                                      arguments_.naming, progress));
    progress.Clear();
    summary_.wrong = outcome.wrong;
    if (outcome.wrong > 0) {
      Complain("copy: " + WithCommas(outcome.wrong) + " records of " + source_.name() +
               " are missing or different in " + destination_.name() + ", the first is " +
               Quoted(outcome.first));
    }
    return Ok();
  }

  // So many contents on their way are kept in memory, until it is waited for their arrival.
  static constexpr std::size_t kOnTheirWayMax = 20'000;

  Store& source_;
  Store& destination_;
  const CopyArguments& arguments_;
  const KeyRange range_;
  const bool ordered_;
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
      .Count("skipped", summary.skipped)
      .Count("records_before", summary.records_before)
      .Count("reread", summary.reread);
  if (summary.wrong.has_value()) json.Count("verify_wrong", *summary.wrong);
  return json.Finish();
}

std::string SummaryText(const Summary& summary) {
  const auto bytes = static_cast<double>(summary.bytes);
  std::string text = "copied " + WithCommas(summary.records) + " records, " + HumanBytes(bytes) +
                     ", " + HumanBytes(bytes / summary.seconds) + "/s";
  if (summary.skipped > 0) {
    text += "; skipped " + WithCommas(summary.skipped) + " that were there already";
  }
  if (summary.records_before > 0) {
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
