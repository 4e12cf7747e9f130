/// What the contract of the seam is held against: every filesystem there is, alone and behind
/// others.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"

namespace anystore::seam {

/// Where the bytes are.
enum class Medium : std::uint8_t { kPosix, kMemory, kSimulated };

/// What stands in front of it.
enum class Front : std::uint8_t {
  kNothing,
  kIntercepted,  ///< An interceptor that lets every call through.
  kStuttering,   ///< One that interrupts every other transfer and shortens the rest.
};

/// One filesystem to be tested.
struct Case {
  Medium medium = Medium::kMemory;
  Front front = Front::kNothing;
};

/// Every medium, alone and behind everything.
[[nodiscard]] std::vector<Case> AllCases();
/// "posix", "memory_intercepted": for INSTANTIATE_TEST_SUITE_P.
[[nodiscard]] std::string CaseName(const ::testing::TestParamInfo<Case>& info);

/// A filesystem with an empty directory for the test.
class Subject {
 public:
  virtual ~Subject() = default;
  [[nodiscard]] virtual FileSystem& files() = 0;
  /// The path of the empty directory.
  [[nodiscard]] virtual const std::string& path() const = 0;
  [[nodiscard]] virtual Clock& clock() = 0;
};

/// A new one.
[[nodiscard]] std::unique_ptr<Subject> NewSubject(const Case& chosen);

/// The name of the code, "ok" without an error: what tests compare.
template <class T>
[[nodiscard]] std::string_view Outcome(const Result<T>& result) {
  return result.has_value() ? std::string_view("ok") : CodeName(result.error().code());
}

/// Why a call failed; code ok where it did not.
template <class T>
[[nodiscard]] Error ErrorOf(const Result<T>& result) {
  return result.has_value() ? Error(Code::kOk) : result.error().Clone();
}

/// What a call that must work returns; ends the test where it did not.
template <class T>
T Must(Result<T> result) {
  if (!result.has_value()) throw std::runtime_error(result.error().ToString());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline constexpr FileOptions kReading = {};
inline constexpr FileOptions kWriting = {.access = FileAccess::kReadWrite};
inline constexpr FileOptions kMaking = {.access = FileAccess::kReadWrite,
                                        .creation = FileCreation::kIfMissing};
inline constexpr FileOptions kMakingNew = {.access = FileAccess::kReadWrite,
                                           .creation = FileCreation::kExclusive};
inline constexpr FileOptions kReplacing = {
    .access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing, .truncate = true};

/// Makes or replaces a file.
void Write(Directory& directory, std::string_view name, std::string_view bytes);
/// All bytes of a file.
std::string Read(Directory& directory, std::string_view name);
/// `bytes_max` bytes from `offset`, as many as there are.
std::string Read(File& file, std::uint64_t offset, std::size_t bytes_max);
/// The names in a directory, in order, "/" behind those of directories and "@" behind links.
std::vector<std::string> Names(Directory& directory, std::string_view name = {});

/// A test on one filesystem, in an empty directory.
class Seam : public ::testing::TestWithParam<Case> {
 protected:
  Seam();

  [[nodiscard]] Subject& subject() { return *subject_; }
  [[nodiscard]] Directory& root() { return *root_; }
  [[nodiscard]] bool on_posix() const { return GetParam().medium == Medium::kPosix; }
  /// The path of a name on the host.
  [[nodiscard]] std::string HostPath(std::string_view name) const;

 private:
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<Directory> root_;
};

}  // namespace anystore::seam
