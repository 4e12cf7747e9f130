// Findings as text, and a verifier, for the tests of Check and Scrub.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/maintenance/check.h"
#include "backends/flatfs/maintenance/finding.h"
#include "backends/flatfs/maintenance/scrub.h"

namespace anystore::flatfs {

/// Takes every value that begins with the key's name, "ABC...", for whole; of keys that begin with
/// "U" it knows nothing.
class PrefixVerifier final : public Verifier {
 public:
  Status Check(std::string_view key, std::string_view value) const override {
    if (key.starts_with("/U")) return Error(Code::kInvalidArgument, "tells nothing");
    if (value.starts_with(key.substr(1))) return Ok();
    return Error(Code::kCorruption, "does not begin with its key");
  }
};

/// Findings as lines: "misplaced KE/X.data move AB/X.data", an "i" in front for information, "done"
/// behind where it was repaired.
class Collected {
 public:
  [[nodiscard]] FindingSink sink() {
    return [this](const RepositoryFinding& finding) {
      std::string line(finding.severity == Severity::kError ? "" : "i ");
      line.append(Name(finding.problem)).append(" ").append(finding.path);
      if (finding.remedy != Remedy::kNone) line.append(" ").append(Name(finding.remedy));
      if (!finding.place.empty()) line.append(" ").append(finding.place);
      if (finding.repaired) line.append(" done");
      lines.push_back(std::move(line));
      EXPECT_FALSE(finding.what.empty()) << lines.back();
      return Ok();
    };
  }

  std::vector<std::string> lines;
};

}  // namespace anystore::flatfs
