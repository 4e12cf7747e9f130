/// `NewFile`: a file that gets its name when it is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::tablet {

/// Behind the name of a file that has not got its own yet.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

/// Whether a file may get a name, as far as can be told before all the work.
///
/// Errors: already_exists (`replace` is kNo) · invalid_argument (a bad name, one of a directory) ·
/// those of `Directory::Stat`.
[[nodiscard]] Status CheckName(Directory& directory, std::string_view name, Replace replace);

/// Written from front to back under no name, where the filesystem has such files, or else under a
/// temporary one: `name` and `kTemporarySuffix`, which is taken away first, so that a crash leaves
/// at most one (docs/formats/tablet.md, "Writing").
///
/// Threads: single-thread.
class NewFile {
 public:
  /// Errors: those of `CheckName` and `Directory::Open`.
  [[nodiscard]] static Result<NewFile> Create(Directory& directory, std::string_view name,
                                              Replace replace);
  NewFile(NewFile&&) noexcept = default;
  NewFile& operator=(NewFile&&) noexcept = default;
  ~NewFile();

  [[nodiscard]] Directory& directory() const noexcept { return *directory_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Errors: those of `File::WriteAt`.
  Status Append(std::string_view bytes);
  /// Makes the bytes stable, gives them their name, and makes that stable. After an error, the name
  /// is as it was unless the last step failed.
  ///
  /// Errors: already_exists · no_space, io_error.
  Status Publish();
  /// Whether a failed Publish may have given it its name.
  [[nodiscard]] bool may_be_named() const noexcept { return may_be_named_; }

 private:
  NewFile(Directory& directory, std::string_view name, Replace replace)
      : directory_(&directory), name_(name), replace_(replace) {}

  Status TakeTemporaryName();

  Directory* directory_;
  std::string name_;
  Replace replace_;
  std::string temporary_ = {};  // the name it has; empty: none
  std::unique_ptr<File> file_ = {};
  std::uint64_t size_ = 0;
  std::uint64_t written_out_ = 0;
  bool may_be_named_ = false;
};

}  // namespace anystore::tablet
