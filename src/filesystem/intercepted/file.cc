#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "filesystem/intercepted/handles.h"
#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

/// At most so many bytes of a transfer are to be made.
std::uint64_t Limit(const Decision& decision, std::uint64_t bytes) {
  if (decision.kind != Decision::Kind::kShorten) return bytes;
  return std::min(bytes, std::max<std::uint64_t>(decision.length, 1));
}

/// The first pieces, with `bytes` bytes together, as far as `held` has room.
std::span<const std::string_view> Front(std::span<const std::string_view> pieces,
                                        std::uint64_t bytes, std::span<std::string_view> held) {
  std::size_t count = 0;
  for (; bytes > 0 && count < std::min(pieces.size(), held.size()); ++count) {
    held[count] = pieces[count].substr(0, bytes);
    bytes -= held[count].size();
  }
  return held.first(count);
}

class InterceptedFile final : public File {
 public:
  InterceptedFile(std::unique_ptr<File> inner, const Handle::SharedPointer& shared,
                  const Call& call, std::string_view opened_in)
      : handle_(shared, call), opened_in_(opened_in), inner_(std::move(inner)) {}

  Result<FileInfo> Stat() override {
    Call call = handle_.CallOf(Operation::kFileStat);
    return handle_.Run(call, [&](const Decision&, Outcome& outcome) {
      Result<FileInfo> info = inner_->Stat();
      if (info.has_value()) outcome.info = *info;
      return info;
    });
  }

  Status Sync(SyncScope scope, const SyncSite& site) override {
    Call call = handle_.CallOf(Operation::kFileSync);
    call.scope = scope;
    call.site = &site;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Sync(scope, site); });
  }

  Status Link(std::string_view name) override {
    const std::string new_path = JoinNames(opened_in_, name);
    Call call = handle_.CallOf(Operation::kFileLink);
    call.new_path = new_path;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Link(name); });
  }

  Status Truncate(std::uint64_t size) override {
    Call call = handle_.CallOf(Operation::kTruncate);
    call.offset = size;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Truncate(size); });
  }

  Status SetDates(const FileDates& dates) override {
    Call call = handle_.CallOf(Operation::kSetDates);
    call.dates = dates;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->SetDates(dates); });
  }

  Status Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) override {
    Call call = handle_.CallOf(Operation::kAllocate);
    call.offset = offset;
    call.length = length;
    call.allocation = allocation;
    return handle_.Run(call, [&](const Decision&, Outcome&) {
      return inner_->Allocate(offset, length, allocation);
    });
  }

  Result<Value> Map(std::uint64_t offset, std::uint64_t length) override {
    Call call = handle_.CallOf(Operation::kMap);
    call.offset = offset;
    call.length = length;
    return handle_.Run(call, [&](const Decision&, Outcome& outcome) {
      Result<Value> mapped = inner_->Map(offset, length);
      if (mapped.has_value()) {
        outcome.bytes = mapped->bytes();
        outcome.count = mapped->size();
      }
      return mapped;
    });
  }

  void Advise(std::uint64_t offset, std::uint64_t length, ReadAdvice advice) override {
    inner_->Advise(offset, length, advice);
  }

  void BeginWriteOut() override { inner_->BeginWriteOut(); }

  Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) override {
    Call call = handle_.CallOf(Operation::kRead);
    call.offset = offset;
    call.length = out.size();
    return handle_.Run(call, [&](const Decision& decision, Outcome& outcome) {
      call.length = Limit(decision, call.length);
      Result<std::size_t> read = inner_->ReadSome(offset, out.first(call.length));
      if (read.has_value()) {
        outcome.count = *read;
        outcome.bytes = std::string_view(out.data(), *read);
      }
      return read;
    });
  }

  Result<std::size_t> WriteSome(std::uint64_t offset,
                                std::span<const std::string_view> pieces) override {
    Call call = handle_.CallOf(Operation::kWrite);
    call.offset = offset;
    call.pieces = pieces;
    for (const std::string_view piece : pieces) call.length += piece.size();
    std::array<std::string_view, 64> held;
    return handle_.Run(call, [&](const Decision& decision, Outcome& outcome) {
      if (const std::uint64_t bytes = Limit(decision, call.length); bytes < call.length) {
        call.length = bytes;
        call.pieces = Front(pieces, bytes, held);
      }
      Result<std::size_t> written = inner_->WriteSome(offset, call.pieces);
      if (written.has_value()) outcome.count = *written;
      return written;
    });
  }

 private:
  // Before the file, so that it counts as closed after it is.
  const Handle handle_;
  const std::string opened_in_;
  const std::unique_ptr<File> inner_;
};

}  // namespace

std::unique_ptr<File> Intercept(std::unique_ptr<File> inner, const Handle::SharedPointer& shared,
                                const Call& call, std::string_view opened_in) {
  return std::make_unique<InterceptedFile>(std::move(inner), shared, call, opened_in);
}

}  // namespace anystore::filesystem
