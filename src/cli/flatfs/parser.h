/// The command line of `anystore flatfs`.
#pragma once

#include "cli/parsed_command.h"

namespace anystore::cli {

/// Adds the group `flatfs` with its commands.
void AddFlatfsCommands(CLI::App& app, Run& run);

}  // namespace anystore::cli
