// import: the files of a directory or an archive become records.
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/content_key.h"
#include "cli/import_sources.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

std::string KeyOf(KeyNaming naming, const std::string& path, std::string_view bytes) {
  return naming == KeyNaming::kOwn ? "/" + path : ContentKey(naming, bytes);
}

// Puts files in batches and counts what happened.
class Importer final : public ImportSink {
 public:
  Importer(Store& store, const ImportArguments& arguments, std::unique_ptr<Batch> batch,
           Progress& progress)
      : store_(store), arguments_(arguments), batch_(std::move(batch)), progress_(progress) {}

  Status TakeFile(const std::string& path, std::string bytes) override {
    const std::string key = KeyOf(arguments_.naming, path, bytes);
    if (const Status takes = store_.CheckKey(key); !takes.has_value()) {
      Refuse(takes.error().Clone().ForKey(key).During("import"));
      return Ok();
    }
    ANYSTORE_TRY(batch_->Put(key, bytes));
    progress_.Add(1, bytes.size());
    records_in_batch_ += 1;
    bytes_in_batch_ += bytes.size();
    if (records_in_batch_ < kBatchRecords && bytes_in_batch_ < kBatchBytes) return Ok();
    return Commit();
  }

  Status TakeLink(const std::string& path, const std::string& target) override {
    // By content the second name gives the same record.
    if (arguments_.naming != KeyNaming::kOwn) return Ok();
    ANYSTORE_TRY(Commit());
    const Result<Value> value = store_.Get("/" + target);
    if (value.has_value()) return TakeFile(path, std::string(value->bytes()));
    if (value.error().code() != Code::kNotFound) return value.error().Clone();
    Refuse(Error(Code::kInvalidArgument, "member " + Quoted(path) + " is a link to " +
                                             Quoted(target) + ", which did not come before"));
    return Ok();
  }

  void SkipSpecial(const std::string& /*path*/) override { ++skipped_; }

  void Refuse(const Error& error) override {
    progress_.Clear();
    Complain(error.ToString());
    ++refused_;
  }

  Status Commit() {
    if (records_in_batch_ == 0) return Ok();
    ANYSTORE_TRY(batch_->Commit());
    records_in_batch_ = 0;
    bytes_in_batch_ = 0;
    return Ok();
  }

  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::uint64_t kBatchRecords = 500;
  static constexpr std::uint64_t kBatchBytes = 4 << 20;

  Store& store_;
  const ImportArguments& arguments_;
  std::unique_ptr<Batch> batch_;
  Progress& progress_;
  std::uint64_t records_in_batch_ = 0;
  std::uint64_t bytes_in_batch_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t refused_ = 0;
};

Result<bool> IsDirectory(const std::string& path) {
  if (path == "-") return false;
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return Error::FromErrno(errno, "open " + Printable(path));
  return S_ISDIR(info.st_mode);
}

std::string Summary(const Progress& progress, const Importer& importer, bool as_json) {
  if (as_json) {
    return JsonObject()
        .Count("records", progress.items())
        .Count("bytes", progress.bytes())
        .Seconds("seconds", progress.seconds())
        .Count("skipped", importer.skipped())
        .Count("refused", importer.refused())
        .Finish();
  }
  const auto bytes = static_cast<double>(progress.bytes());
  std::string text = "imported " + WithCommas(progress.items()) + " files, " + HumanBytes(bytes) +
                     ", " + HumanBytes(bytes / progress.seconds()) + "/s";
  if (importer.skipped() > 0) {
    text += "; skipped " + WithCommas(importer.skipped()) + " links and special files";
  }
  if (importer.refused() > 0) text += "; refused " + WithCommas(importer.refused());
  return text;
}

Exit ImportInto(Store& store, const ImportArguments& arguments, bool directory) {
  Result<std::unique_ptr<Batch>> batch = store.NewBatch();
  if (!batch.has_value()) return Fail(batch.error());
  Progress progress("import", "files");
  if (directory && progress.visible()) progress.set_total(CountTree(arguments.source));
  Importer importer(store, arguments, *std::move(batch), progress);
  const std::uint64_t bytes_max = store.capabilities().value_bytes_max;
  const Status walked = directory ? WalkTree(arguments.source, bytes_max, importer)
                                  : ReadArchive(arguments.source, bytes_max, importer);
  // What was read before a failure is kept: importing again is harmless.
  Status stored = importer.Commit();
  if (stored.has_value()) stored = store.Sync();
  progress.Clear();
  const Exit refused = importer.refused() > 0 ? Exit::kFailed : Exit::kOk;
  if (!walked.has_value()) return Worse(refused, Fail(walked.error()));
  if (!stored.has_value()) return Worse(refused, Fail(stored.error()));
  Output output;
  return Finish(output.Line(Summary(progress, importer, arguments.json)), output, refused);
}

}  // namespace

Exit Import(const ImportArguments& arguments) {
  const Result<bool> directory = IsDirectory(arguments.source);
  if (!directory.has_value()) return Fail(directory.error());
  return WithStore(arguments.url, CreateOption(arguments.create),
                   [&](Store& store) { return ImportInto(store, arguments, *directory); });
}

}  // namespace anystore::cli
