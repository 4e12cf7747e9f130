/// What a simulated disk holds, beside the tree that its users see: for every file and directory
/// what is stable, and what has changed since. The rules are in docs/design/simulated-disk.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/file.h"
#include "anystore/simulated_disk.h"
#include "filesystem/memory/content.h"
#include "filesystem/memory/tree.h"

namespace anystore::filesystem {

/// The bits left of a mode that is lost.
[[nodiscard]] constexpr std::uint32_t LostMode(FileKind kind) noexcept {
  return kind == FileKind::kDirectory ? 0700 : 0600;
}

/// In nanoseconds.
struct Dates {
  std::int64_t modified = 0;
  std::int64_t accessed = 0;

  friend bool operator==(const Dates&, const Dates&) = default;
};

/// What is on the disk of a file or directory, live or gone.
struct DiskNode : Shadow {
  DiskNode(FileKind node_kind, std::uint64_t node_number) : kind(node_kind), number(node_number) {}

  const FileKind kind;
  /// In the order of creation.
  const std::uint64_t number;
  std::uint32_t mode = 0;
  bool mode_is_stable = false;
  Dates dates;
  Dates stable_dates;
};

/// A change to the bytes of a file that is not stable.
struct ByteChange {
  enum class Kind : std::uint8_t {
    kWrite,     ///< `bytes` at `offset`.
    kTruncate,  ///< The size becomes `offset`.
    kGrow,      ///< The size becomes at least `offset`.
    kZero,      ///< `length` bytes from `offset` become zero.
  };
  Kind kind = Kind::kWrite;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string bytes = {};
};

struct DiskFile final : DiskNode {
  explicit DiskFile(std::uint64_t node_number) : DiskNode(FileKind::kFile, node_number) {}

  Content stable;
  std::vector<ByteChange> changes;
};

/// A change to the names of a directory that is not stable.
struct EntryChange {
  /// The call that made it, counted over the whole disk.
  std::uint64_t call = 0;
  std::string name = {};
  /// Null: nothing.
  std::shared_ptr<DiskNode> node = {};
};

using Entries = std::map<std::string, std::shared_ptr<DiskNode>, NameLess>;

struct DiskDirectory final : DiskNode {
  DiskDirectory(std::uint64_t node_number, NameLess less)
      : DiskNode(FileKind::kDirectory, node_number), stable(less) {}
  /// Goes without recursion: a tree may be deeper than the thread's stack.
  ~DiskDirectory() override;
  /// Moves everything it leads to, or did, to the end of `nodes`.
  void MoveEntriesTo(std::vector<std::shared_ptr<DiskNode>>* nodes);

  Entries stable;
  std::vector<EntryChange> changes;
};

/// Lets a name lead to `node`, null for nothing.
void SetEntry(Entries* entries, const std::string& name, std::shared_ptr<DiskNode> node);
/// Makes a change to bytes.
void Apply(const ByteChange& change, Content* content);

/// Threads: thread-safe, but for what it hands out.
class Model final : public Observer {
 public:
  Model(DiskProfile profile, const FileSystemTraits& traits) : profile_(profile), traits_(traits) {}
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model() override;

  void Created(Node& node) override;
  void NamesChanged(std::span<const NameChange> changes) override;
  void Written(FileNode& node, std::uint64_t offset, std::span<const std::string_view> pieces,
               std::uint64_t length) override;
  void Truncated(FileNode& node, std::uint64_t size) override;
  void Allocated(FileNode& node, std::uint64_t offset, std::uint64_t length,
                 Allocation allocation) override;
  void Dated(FileNode& node) override;
  void Synced(Node& node, SyncScope scope) override;
  void AllSynced() override;

  [[nodiscard]] DiskProfile profile() const noexcept { return profile_; }
  [[nodiscard]] const FileSystemTraits& traits() const noexcept { return traits_; }
  [[nodiscard]] const DiskDirectory& root() const noexcept { return *root_; }
  [[nodiscard]] NameLess name_less() const noexcept { return NameLess(traits_.case_sensitive); }
  /// How many changes of bytes, sizes and names are not stable.
  [[nodiscard]] std::size_t PendingChanges() const;
  /// The calls whose changes of names are not stable, in their order.
  [[nodiscard]] std::vector<std::uint64_t> PendingCalls() const;

 private:
  [[nodiscard]] std::vector<std::shared_ptr<DiskNode>> Pending() const;
  void ForgetWhatIsGone();
  void Pend(Node& node);
  void PendBytes(FileNode& node, ByteChange change);
  void PendName(const NameChange& change);
  static void SettleBytes(DiskFile& file);
  static void SettleNames(DiskDirectory& directory);
  static void SettleMode(DiskNode& node);
  void SettleAllNames();

  static constexpr std::size_t kForgetAtLeast = 1024;

  const DiskProfile profile_;
  const FileSystemTraits traits_;
  mutable std::mutex mutex_;
  std::uint64_t nodes_ = 0;
  std::uint64_t calls_ = 0;
  std::shared_ptr<DiskDirectory> root_;
  /// What may have something that is not stable, by number.
  std::map<std::uint64_t, std::weak_ptr<DiskNode>> pending_;
  /// All there are. Renames may leave two that were in each other at different times, and hold
  /// each other.
  std::vector<std::weak_ptr<DiskDirectory>> directories_;
  /// How long these two lists grow until they are cleared of what is gone.
  std::size_t forget_at_ = kForgetAtLeast;
};

}  // namespace anystore::filesystem
