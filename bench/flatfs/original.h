/// The reference: the system calls that go-ds-flatfs makes, one for one and in its order, with
/// nothing of what its runtime costs.
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "plain_files.h"

namespace anystore::bench {

/// A repository as go-ds-flatfs keeps it, with paths from the root of all, failing mkdir and
/// epoll_ctl. Its size cache is not written, which the original does after almost every Put of a
/// small repository: five calls more. Whatever fails throws std::system_error.
///
/// Threads: any number may call it at once, with different keys.
class Original {
 public:
  /// How a batch was written.
  enum class Release : std::uint8_t {
    k05,  ///< Everything in sequence, at Commit.
    k06,  ///< By 16 writers as it is gathered, each file synced by its writer.
  };

  /// Makes a repository in a directory that it makes, too. `sync`: writes survive a power cut, as
  /// far as the original sees to that.
  Original(std::filesystem::path root, bool sync);

  void Put(std::string_view key, std::string_view value) const;
  /// How many bytes it has. Throws when there is none.
  [[nodiscard]] std::size_t Get(std::string_view key) const;
  [[nodiscard]] bool Has(std::string_view key) const;
  void Delete(std::string_view key) const;
  /// Puts `value` under each of the keys.
  void PutBatch(Release release, std::span<const std::string> keys, std::string_view value) const;
  /// Lists as a query does: all of a directory, then its values one by one. Returns how many bytes
  /// of values there were.
  [[nodiscard]] std::uint64_t QueryValues() const;

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  static constexpr int kCreate = O_RDWR | O_CREAT | O_EXCL;

  [[nodiscard]] std::string DirectoryPath(std::string_view key) const;
  [[nodiscard]] std::string FilePath(std::string_view key) const;
  [[nodiscard]] Descriptor OpenAndPoll(const std::string& path, int flags) const;
  void Rename(const std::string& temporary, std::string_view key) const;
  [[nodiscard]] std::size_t ReadFile(const std::string& path) const;
  void PutInSequence(std::span<const std::string> keys, std::string_view value) const;
  void PutBy16(std::span<const std::string> keys, std::string_view value) const;
  void SyncDirectories(const std::set<std::string>& directories) const;

  std::filesystem::path root_;
  bool sync_;
  std::string temporary_;
  Descriptor poll_;
};

}  // namespace anystore::bench
