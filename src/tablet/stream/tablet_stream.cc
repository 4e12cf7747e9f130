#include <memory>
#include <string>
#include <utility>

#include "anystore/tablet/stream.h"
#include "tablet/stream/block_source.h"
#include "tablet/stream/stream_parser.h"

namespace anystore::tablet {

class TabletStream::Impl {
 public:
  Impl(std::string_view name, const StreamOptions& options)
      : name_(name), options_(options), parser_(options) {}

  Result<Iterator> Feed(std::string_view& bytes) {
    if (!status_.has_value()) return status_.error().Clone();
    if (ended_) return Error(Code::kClosed, "tablet " + Quoted(name_) + " has ended");
    auto taken = parser_.Take(bytes);
    if (!taken.has_value()) return Fail(std::move(taken).error());
    if (!taken->has_value()) return Fail(std::move(taken->error()));
    std::optional<StreamedBlock>& block = **taken;
    if (!block.has_value()) return Iterator(nullptr);
    return Iterator(std::make_unique<BlockSource>(block->block, std::move(block->pin),
                                                  options_.java_tombstones));
  }
  Status Finish() {
    if (!status_.has_value()) return status_.error().Clone();
    if (ended_) return Ok();
    if (auto finished = parser_.Finish(); !finished.has_value())
      return Fail(std::move(finished).error());
    ended_ = true;
    return Ok();
  }
  [[nodiscard]] const std::optional<Fault>& fault() const noexcept { return fault_; }
  [[nodiscard]] const TabletSummary& summary() const noexcept { return parser_.summary(); }

 private:
  Error Fail(Error error) {
    status_ = error.Clone();
    return error;
  }
  Error Fail(Fault fault) {
    fault_ = std::move(fault);
    return Fail(ToError(*fault_, name_));
  }

  const std::string name_;
  const StreamOptions options_;
  StreamParser parser_;
  Status status_ = {};
  std::optional<Fault> fault_ = {};
  bool ended_ = false;
};

TabletStream::TabletStream(std::string_view name, const StreamOptions& options)
    : impl_(std::make_unique<Impl>(name, options)) {}
TabletStream::TabletStream(TabletStream&& other) noexcept = default;
TabletStream& TabletStream::operator=(TabletStream&& other) noexcept = default;
TabletStream::~TabletStream() = default;

Result<Iterator> TabletStream::Feed(std::string_view& bytes) { return impl_->Feed(bytes); }

Status TabletStream::Finish() { return impl_->Finish(); }

const std::optional<Fault>& TabletStream::fault() const noexcept { return impl_->fault(); }

const TabletSummary& TabletStream::summary() const noexcept { return impl_->summary(); }

}  // namespace anystore::tablet
