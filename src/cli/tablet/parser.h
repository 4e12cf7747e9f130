/// The command line of `anystore tablet`.
#pragma once

#include "cli/parsed_command.h"

namespace anystore::cli {

/// Adds the group `tablet` with its commands.
void AddTabletCommands(CLI::App& app, Run& run);

}  // namespace anystore::cli
