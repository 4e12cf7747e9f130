// TAR archives for import. The only file that knows libarchive.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cli/import_sources.h"
#include "cli/io.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

// The path of a member without "." and empty components; none for one that is absolute or climbs.
std::optional<std::string> SafePath(std::string_view name) {
  if (name.starts_with('/') || name.contains('\0')) return std::nullopt;
  std::string path;
  while (!name.empty()) {
    const std::string_view component = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(component.size() + 1, name.size()));
    if (component == "..") return std::nullopt;
    if (component.empty() || component == ".") continue;
    if (!path.empty()) path += '/';
    path += component;
  }
  return path;
}

// A name of a member. The bytes as they stand, or, where this locale cannot say them, as UTF-8.
std::string NameOf(const char* bytes, const char* utf8) {
  if (bytes != nullptr) return bytes;
  return utf8 != nullptr ? utf8 : "";
}

class ArchiveReader {
 public:
  ArchiveReader(std::string shown, std::uint64_t bytes_max, ImportSink& sink)
      : shown_(std::move(shown)), bytes_max_(bytes_max), sink_(sink) {}

  Status Run(int fd) {
    if (archive_ == nullptr) return Error(Code::kResourceExhausted, "no memory for an archive");
    archive_read_support_filter_all(archive_.get());
    archive_read_support_format_tar(archive_.get());
    // Names are bytes: nothing is to be converted.
    archive_read_set_options(archive_.get(), "hdrcharset=BINARY");
    if (archive_read_open_fd(archive_.get(), fd, kBlockBytes) != ARCHIVE_OK) return Damaged();
    for (;;) {
      ANYSTORE_TRY(CheckInterrupted());
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) return Ok();
      if (result < ARCHIVE_WARN) return Damaged();
      ANYSTORE_TRY(Visit(entry));
    }
  }

 private:
  Error Damaged() const {
    if (Interrupted()) return Error(Code::kCancelled, "interrupted");
    const char* const why = archive_error_string(archive_.get());
    return Error(Code::kCorruption, Printable(shown_) + " is not a TAR archive, or damaged: " +
                                        (why != nullptr ? why : "unknown error"));
  }

  Error Refusal(const std::string& name, const std::string& why) const {
    return Error(Code::kInvalidArgument,
                 "member " + Quoted(name) + " of " + Printable(shown_) + " " + why);
  }

  Status Visit(archive_entry* entry) {
    const std::string name =
        NameOf(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
    if (archive_entry_filetype(entry) == AE_IFDIR) return Ok();
    const std::optional<std::string> path = SafePath(name);
    if (!path.has_value() || path->empty()) {
      sink_.Refuse(Refusal(name, "is refused: its name is absolute, empty or climbs with \"..\""));
      return Ok();
    }
    const std::string target =
        NameOf(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
    if (!target.empty()) {
      const std::optional<std::string> safe = SafePath(target);
      if (safe.has_value()) return sink_.TakeLink(*path, *safe);
      sink_.Refuse(Refusal(name, "is refused: it links to " + Quoted(target)));
      return Ok();
    }
    if (archive_entry_filetype(entry) != AE_IFREG) {
      sink_.SkipSpecial(*path);
      return Ok();
    }
    return Take(entry, name, *path);
  }

  Status Take(archive_entry* entry, const std::string& name, const std::string& path) {
    const auto too_large = [&] {
      sink_.Refuse(Refusal(name, "has more than the " + std::to_string(bytes_max_) +
                                     " bytes that a value may have"));
      return Ok();
    };
    if (archive_entry_size(entry) > 0 &&
        static_cast<std::uint64_t>(archive_entry_size(entry)) > bytes_max_) {
      return too_large();
    }
    // The size in the header is not relied upon: memory is taken as bytes arrive.
    std::string bytes;
    std::vector<char> block(kBlockBytes);
    for (;;) {
      const la_ssize_t count = archive_read_data(archive_.get(), block.data(), block.size());
      if (count < 0) return Damaged();
      if (count == 0) return sink_.TakeFile(path, std::move(bytes));
      bytes.append(block.data(), static_cast<std::size_t>(count));
      if (bytes.size() > bytes_max_) return too_large();
      ANYSTORE_TRY(CheckInterrupted());
    }
  }

  std::string shown_;
  std::uint64_t bytes_max_;
  ImportSink& sink_;
  std::unique_ptr<archive, FreeArchive> archive_{archive_read_new()};
};

}  // namespace

Status ReadArchive(const std::string& path, std::uint64_t bytes_max, ImportSink& sink) {
  if (path == "-") return ArchiveReader("standard input", bytes_max, sink).Run(STDIN_FILENO);
  ANYSTORE_ASSIGN_OR_RETURN(const File file,
                            File::Open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY, path));
  return ArchiveReader(path, bytes_max, sink).Run(file.fd());
}

}  // namespace anystore::cli
