/// How the commands of `anystore flatfs` show how far they are.
#pragma once

#include <cstdint>

#include "anystore/error.h"
#include "backends/flatfs/maintenance/report.h"
#include "cli/io.h"
#include "cli/progress.h"

namespace anystore::cli {

/// Reports to `progress`, which must outlive it; a signal ends the work.
[[nodiscard]] inline flatfs::Report ReportTo(Progress& progress) {
  return [&progress](std::uint64_t records, std::uint64_t bytes) -> Status {
    progress.Add(records, bytes);
    return CheckInterrupted();
  };
}

}  // namespace anystore::cli
