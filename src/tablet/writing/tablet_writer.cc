#include <utility>

#include "anystore/tablet/writer.h"
#include "tablet/writing/new_file.h"
#include "tablet/writing/publish_tablet.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::tablet {

class TabletWriter::Impl {
 public:
  Impl(NewFile file, const WriterOptions& options) : file_(std::move(file)), encoder_(options) {}

  Status Add(const TabletEntry& entry) {
    ANYSTORE_TRY(encoder_.Add(entry));
    return encoder_.bytes().size() < kBufferBytes ? Ok() : Write();
  }
  Status Finish() {
    ANYSTORE_TRY(encoder_.Finish());
    ANYSTORE_TRY(Write());
    return PublishTablet(file_);
  }
  [[nodiscard]] const TabletSummary& summary() const noexcept { return encoder_.summary(); }

 private:
  static constexpr std::size_t kBufferBytes = 1U << 18U;

  Status Write() {
    ANYSTORE_TRY(file_.Append(encoder_.bytes()));
    encoder_.TakeBytes();
    return Ok();
  }

  NewFile file_;
  TabletEncoder encoder_;
};

TabletWriter::TabletWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TabletWriter::TabletWriter(TabletWriter&& other) noexcept = default;
TabletWriter& TabletWriter::operator=(TabletWriter&& other) noexcept = default;
TabletWriter::~TabletWriter() = default;

Result<TabletWriter> TabletWriter::Create(Directory& directory, std::string_view name,
                                          const WriterOptions& options, Replace replace) {
  ANYSTORE_TRY(TabletEncoder::CheckOptions(options));
  ANYSTORE_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(directory, name, replace));
  return TabletWriter(std::make_unique<Impl>(std::move(file), options));
}

Status TabletWriter::Add(std::string_view key, std::string_view value) {
  return impl_->Add({.key = key, .value = value});
}

Status TabletWriter::AddDeletion(std::string_view key) {
  return impl_->Add({.key = key, .deleted = true});
}

Status TabletWriter::Finish() { return impl_->Finish(); }

const TabletSummary& TabletWriter::summary() const noexcept { return impl_->summary(); }

}  // namespace anystore::tablet
