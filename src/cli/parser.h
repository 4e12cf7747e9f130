/// The command line: which command, with which arguments.
#pragma once

#include "cli/io.h"

namespace anystore::cli {

/// Reads the command line, runs the command, and returns what the program should end with. Wrong
/// usage is told in one line on standard error.
Exit RunCommandLine(int argc, const char* const* argv);

}  // namespace anystore::cli
