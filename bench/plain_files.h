/// What the filesystem benchmark holds the seam against: the system calls themselves, in the order
/// in which stores that keep a file a record make them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anystore::bench {

inline constexpr std::size_t kShards = 64;

/// Throws what errno says of `call` as std::system_error, unless it is done.
void Check(bool done, const char* call);

/// An open descriptor. Whatever fails here throws std::system_error.
class Descriptor {
 public:
  Descriptor(int directory, const std::string& name, int flags);
  /// Takes over what `call` returned.
  Descriptor(int descriptor, const char* call);
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// Files to be written: names spread over `kShards` directories, and the bytes of each.
struct PlainFiles {
  PlainFiles(std::size_t count, std::size_t size);
  /// The directory of the i-th, and its name there.
  [[nodiscard]] static std::size_t ShardOf(std::size_t i) noexcept { return i % kShards; }
  [[nodiscard]] const char* NameInShard(std::size_t i) const { return names[i].c_str() + 3; }
  [[nodiscard]] std::size_t count() const noexcept { return names.size(); }

  /// "2f/….data".
  std::vector<std::string> names = {};
  std::string bytes = {};
};

/// A fresh directory with its shards, empty and stable.
class PlainDirectory {
 public:
  explicit PlainDirectory(const std::filesystem::path& path);

  /// Each file on its own, one after the other or each by one of many threads: create under a
  /// temporary name, write, fsync, close, rename, fsync of the directory.
  void WriteDurably(const PlainFiles& files) const { WriteEvery(files, 0, 1); }
  void WriteDurablyInThreads(const PlainFiles& files, std::size_t thread_count) const;
  /// As WriteDurably, without the two syncs.
  void WriteUnsynced(const PlainFiles& files) const;
  /// Each on its own: unlink, fsync of the directory.
  void RemoveDurably(const PlainFiles& files) const;
  /// Each on its own: open, fstat, read into a new string of its size, close.
  void ReadAll(const PlainFiles& files, std::vector<std::string>* out) const;
  /// Writes without any sync, in place.
  void Fill(const PlainFiles& files) const;
  /// Everything on its filesystem.
  void SyncFileSystem() const;
  /// Whether making an empty file takes less than 10 us, as it does unless some were removed near
  /// by. Leaves some, stable.
  [[nodiscard]] bool CreatesQuickly() const;

 private:
  void WriteEvery(const PlainFiles& files, std::size_t first, std::size_t step) const;
  void WriteOne(const PlainFiles& files, std::size_t i, bool durable) const;

  Descriptor root_;
  std::vector<Descriptor> shards_;
};

/// Asks the filesystem to keep the directories that will be made in this one far from each other,
/// where it knows how.
void ScatterDirectories(const std::filesystem::path& directory);
/// Makes `count` empty files with names of usual length in a directory.
void MakeEmptyFiles(const std::filesystem::path& directory, std::size_t count);
/// The names in a directory, by getdents64 alone; not "." and "..".
class PlainListing {
 public:
  static constexpr std::size_t kBufferBytes = 32768;
  explicit PlainListing(const std::filesystem::path& directory,
                        std::size_t buffer_bytes = kBufferBytes);
  /// Moves to the next name, while there is one.
  [[nodiscard]] bool Next();
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] bool is_directory() const noexcept { return is_directory_; }

 private:
  Descriptor directory_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::string_view name_ = {};
  bool is_directory_ = false;
};

/// Lists a directory by getdents64 alone, and returns how many names there are.
[[nodiscard]] std::uint64_t ListPlainly(const std::filesystem::path& directory);

}  // namespace anystore::bench
