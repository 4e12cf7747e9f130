#include "tablet/writing/new_file.h"

#include <utility>

#include "filesystem/names.h"

namespace anystore::tablet {
namespace {

/// The disk is kept at work with so much at a time, so that the sync at the end is short.
constexpr std::uint64_t kWriteOutBytes = 8ULL << 20U;

std::string TemporaryOf(std::string_view name) {
  return std::string(name) + std::string(kTemporarySuffix);
}

Status RemoveIfThere(Directory& directory, std::string_view name) {
  Status removed = directory.Remove(name);
  if (removed.has_value() || removed.error().code() == Code::kNotFound) return Ok();
  return removed;
}

}  // namespace

Status CheckName(Directory& directory, std::string_view name, Replace replace) {
  Result<FileInfo> there = directory.Stat(name);
  if (!there.has_value())
    return there.error().code() == Code::kNotFound ? Ok() : std::move(there).error();
  const bool is_directory = there->kind == FileKind::kDirectory;
  if (replace == Replace::kYes && !is_directory) return Ok();
  return Error(replace == Replace::kYes ? Code::kInvalidArgument : Code::kAlreadyExists,
               (is_directory ? "there is a directory " : "there is a file ") + Quoted(name));
}

Result<NewFile> NewFile::Create(Directory& directory, std::string_view name, Replace replace) {
  ANYSTORE_TRY(CheckName(directory, name, replace));
  NewFile made(directory, name, replace);
  if (directory.traits().unnamed_files) {
    Result<std::unique_ptr<File>> unnamed = directory.OpenUnnamed(filesystem::ParentOf(name));
    if (unnamed.has_value()) {
      made.file_ = std::move(*unnamed);
      return made;
    }
    if (unnamed.error().code() != Code::kUnsupported) return std::move(unnamed).error();
  }
  const std::string temporary = TemporaryOf(name);
  ANYSTORE_TRY(RemoveIfThere(directory, temporary));
  ANYSTORE_ASSIGN_OR_RETURN(made.file_,
                            directory.Open(temporary, {.access = FileAccess::kReadWrite,
                                                       .creation = FileCreation::kExclusive}));
  made.temporary_ = temporary;
  return made;
}

NewFile::~NewFile() {
  // Moved from, or published: there is no file.
  if (file_ == nullptr || temporary_.empty()) return;
  file_.reset();
  static_cast<void>(directory_->Remove(temporary_));
}

Status NewFile::Append(std::string_view bytes) {
  ANYSTORE_TRY(file_->WriteAt(size_, bytes));
  size_ += bytes.size();
  if (size_ - written_out_ >= kWriteOutBytes) {
    file_->BeginWriteOut();
    written_out_ = size_;
  }
  return Ok();
}

Status NewFile::TakeTemporaryName() {
  const std::string temporary = TemporaryOf(name_);
  ANYSTORE_TRY(RemoveIfThere(*directory_, temporary));
  ANYSTORE_TRY(file_->Link(temporary));
  temporary_ = temporary;
  return Ok();
}

Status NewFile::Publish() {
  ANYSTORE_TRY(file_->Sync(SyncScope::kAll));
  if (temporary_.empty() && replace_ == Replace::kNo) {
    may_be_named_ = true;
    ANYSTORE_TRY(file_->Link(name_));
  } else {
    if (temporary_.empty()) ANYSTORE_TRY(TakeTemporaryName());
    may_be_named_ = true;
    ANYSTORE_TRY(directory_->Rename(temporary_, name_, replace_));
    temporary_.clear();
  }
  file_.reset();
  return directory_->Sync(filesystem::ParentOf(name_));
}

}  // namespace anystore::tablet
