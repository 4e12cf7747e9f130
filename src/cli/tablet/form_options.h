/// The options of commands that write a tablet.
#pragma once

#include <cstdint>
#include <string>

#include "cli/parsed_command.h"
#include "cli/tablet/form.h"

namespace anystore::cli {

/// Adds those that fill a `TabletForm`. `of` stands behind each help: "; of a tablet".
template <class Arguments>
void AddFormOptions(Command<Arguments>& command, TabletForm& form, const std::string& of = {}) {
  command
      .Choice("--profile", form.profile,
              {{"default", TabletProfile::kDefault},
               {"go", TabletProfile::kGo},
               {"csharp", TabletProfile::kCsharp},
               {"java", TabletProfile::kJava}},
              "Write as anystore does, or as the Factory datastore in Go, C# or Java" + of,
              "PROFILE")
      .Number("--block-bytes", form.block_bytes, "Blocks end when they are larger than this" + of)
      .Number("--restart-interval", form.restart_interval,
              "Every so many entries of a block one is written whole" + of)
      .Choice("--compression", form.compressed, {{"none", false}, {"snappy", true}},
              "How blocks are compressed: none or snappy" + of, "NAME");
}

}  // namespace anystore::cli
