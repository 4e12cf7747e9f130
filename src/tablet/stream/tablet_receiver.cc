#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "anystore/tablet/stream.h"
#include "tablet/writing/new_file.h"
#include "tablet/writing/publish_tablet.h"

namespace anystore::tablet {

class TabletReceiver::Impl {
 public:
  Impl(NewFile file, std::string_view name, const StreamOptions& options)
      : file_(std::move(file)), stream_(name, options) {}

  Result<Iterator> Feed(std::string_view& bytes) {
    if (!status_.has_value()) return status_.error().Clone();
    const std::string_view before = bytes;
    Result<Iterator> fed = stream_.Feed(bytes);
    if (!fed.has_value()) return Fail(std::move(fed).error());
    if (auto written = Write(before.substr(0, before.size() - bytes.size())); !written.has_value())
      return Fail(std::move(written).error());
    return fed;
  }
  Status Finish() {
    if (!status_.has_value()) return status_.error().Clone();
    if (!file_.has_value()) return Ok();
    if (Status finished = stream_.Finish(); !finished.has_value())
      return Fail(std::move(finished).error());
    if (Status written = WriteOut(); !written.has_value()) return Fail(std::move(written).error());
    if (Status published = PublishTablet(*file_); !published.has_value())
      return Fail(std::move(published).error());
    file_.reset();
    return Ok();
  }
  [[nodiscard]] const std::optional<Fault>& fault() const noexcept { return stream_.fault(); }
  [[nodiscard]] const TabletSummary& summary() const noexcept { return stream_.summary(); }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;

  /// Small pieces are gathered, so that each is not a write of its own.
  Status Write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) ANYSTORE_TRY(WriteOut());
    if (bytes.size() >= kBufferBytes) return file_->Append(bytes);
    buffer_.append(bytes);
    return Ok();
  }
  Status WriteOut() {
    if (buffer_.empty()) return Ok();
    ANYSTORE_TRY(file_->Append(buffer_));
    buffer_.clear();
    return Ok();
  }
  /// What is there of the file is given up at once, with its room.
  Error Fail(Error error) {
    file_.reset();
    status_ = error.Clone();
    return error;
  }

  std::optional<NewFile> file_;  // none: it is published, or given up
  TabletStream stream_;
  std::string buffer_ = {};
  Status status_ = {};
};

TabletReceiver::TabletReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TabletReceiver::TabletReceiver(TabletReceiver&& other) noexcept = default;
TabletReceiver& TabletReceiver::operator=(TabletReceiver&& other) noexcept = default;
TabletReceiver::~TabletReceiver() = default;

Result<TabletReceiver> TabletReceiver::Create(Directory& directory, std::string_view name,
                                              const StreamOptions& options, Replace replace) {
  ANYSTORE_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(directory, name, replace));
  return TabletReceiver(std::make_unique<Impl>(std::move(file), name, options));
}

Result<Iterator> TabletReceiver::Feed(std::string_view& bytes) { return impl_->Feed(bytes); }

Status TabletReceiver::Finish() { return impl_->Finish(); }

const std::optional<Fault>& TabletReceiver::fault() const noexcept { return impl_->fault(); }

const TabletSummary& TabletReceiver::summary() const noexcept { return impl_->summary(); }

}  // namespace anystore::tablet
