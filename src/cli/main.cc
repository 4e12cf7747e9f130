#include "cli/io.h"
#include "cli/parser.h"

int main(int argc, char** argv) {
  anystore::cli::CatchSignals();
  return static_cast<int>(anystore::cli::RunCommandLine(argc, argv));
}
