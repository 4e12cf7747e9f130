// Runs tests/data/filesystem: calls of a filesystem, on one or several at once.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datadriven/datadriven.h"
#include "datadriven/filesystem_commands.h"

namespace anystore::datadriven {
namespace {

// `on MEDIUM...` names the filesystems that the commands behind it run on. Where they do not print
// the same, each is printed behind its name.
class Media {
 public:
  std::string Run(const Case& given) {
    if (given.command.starts_with("on ")) return Choose(given.command);
    if (media_.empty()) throw BadCase("no filesystem; begin with `on memory`");
    std::vector<std::string> printed;
    bool differ = false;
    for (const auto& [name, commands] : media_) {
      printed.push_back(commands->Run(given));
      differ = differ || printed.back() != printed.front();
    }
    if (!differ) return printed.front();
    std::string text;
    for (std::size_t i = 0; i < printed.size(); ++i) {
      text += media_[i].first + ":\n" + printed[i] + (printed[i].ends_with('\n') ? "" : "\n");
    }
    return text;
  }

 private:
  std::string Choose(const std::string& line) {
    media_.clear();
    Arguments arguments(line);
    std::vector<std::string> names;
    while (arguments.HasNext()) names.push_back(arguments.Next("medium"));
    for (const std::string& name : names) {
      media_.emplace_back(name, std::make_unique<FilesystemCommands>(name, arguments));
    }
    arguments.End();
    return "ok";
  }

  std::vector<std::pair<std::string, std::unique_ptr<FilesystemCommands>>> media_;
};

class FilesystemFiles : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(FilesystemFiles, Hold) {
  Media media;
  RunFile(GetParam(), [&media](const Case& given) { return media.Run(given); });
}

INSTANTIATE_TEST_SUITE_P(Data, FilesystemFiles, ::testing::ValuesIn(DataFiles("filesystem")),
                         DataFileName);

}  // namespace
}  // namespace anystore::datadriven
