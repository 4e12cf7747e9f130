// Runs tests/data/flatfs: a store of files on a filesystem that is in view.
#include <gtest/gtest.h>

#include <filesystem>

#include "datadriven/datadriven.h"
#include "datadriven/store_commands.h"

namespace anystore::datadriven {
namespace {

class FlatfsFiles : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(FlatfsFiles, Hold) {
  StoreCommands commands;
  RunFile(GetParam(), [&commands](const Case& given) { return commands.Run(given); });
}

INSTANTIATE_TEST_SUITE_P(Data, FlatfsFiles, ::testing::ValuesIn(DataFiles("flatfs")), DataFileName);

}  // namespace
}  // namespace anystore::datadriven
