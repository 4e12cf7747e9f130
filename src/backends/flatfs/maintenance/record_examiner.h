/// Looking at what lies in a directory of records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/maintenance/examination.h"

namespace anystore::flatfs {

/// What is known of a value.
enum class Verdict : std::uint8_t {
  kUnknown,  ///< Nothing tells whether it is right.
  kFits,     ///< It is what was stored.
  kDamaged,  ///< It is not.
};

/// Says what is wrong with files, one by one, and what would help. Of several misplaced records of
/// one key it remembers which one would be moved, so that the next is held against that.
///
/// Threads: single-thread.
class RecordExaminer {
 public:
  /// `examination` must outlive it.
  explicit RecordExaminer(Examination& examination) : examination_(examination) {}

  /// Looks at what is called `name` in a directory of records.
  ///
  /// Errors: as Check.
  Status LookAt(std::string_view directory, const NamedEntry& entry);

 private:
  /// A file with the name of a record.
  struct Candidate {
    std::string path;
    std::string stem;
    std::string key = {};
    FileKind kind = FileKind::kFile;
  };
  /// What reading a value came to.
  struct Reading {
    bool is_gone = false;
    std::uint64_t size = 0;
    Verdict verdict = Verdict::kUnknown;
    /// Of a damaged one: how that is known.
    std::string damage = {};
    /// Why it could not be read, if so; told already when it is empty.
    std::optional<std::string> failure = {};
  };

  Status TellStranger(const std::string& path, const NamedEntry& entry);
  Status TellBadName(const std::string& path, const NamedEntry& entry);
  Status LookAtRecord(const Candidate& candidate);
  Status LookAtLink(const Candidate& candidate, bool is_in_place);
  Status LookAtMisplaced(const Candidate& candidate);
  Status LookAtTwin(const Candidate& candidate, const std::string& place, const std::string& other,
                    const Reading& reading);
  /// Tells what is wrong with the value itself. True when there is nothing, or only information.
  Result<bool> LookAtValue(const Candidate& candidate, const Reading& reading, bool is_in_place);
  [[nodiscard]] Result<Reading> Read(const std::string& path, std::string_view key);
  [[nodiscard]] Result<Reading> ReadBytes(const std::string& path, std::string_view key,
                                          const FileInfo& info);
  /// Notes what a verifier said.
  static Status Judge(const Status& checked, Reading& reading);
  Status Tell(Problem problem, const std::string& path, std::string what,
              Severity severity = Severity::kError);

  Examination& examination_;
  /// By the place of a record, the misplaced file that would be moved there.
  std::map<std::string, std::string, std::less<>> claimed_;
};

}  // namespace anystore::flatfs
