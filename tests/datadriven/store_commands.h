// The calls of a store that keeps files, as commands, with the filesystem below it in view; see
// tests/data/flatfs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/open.h"
#include "anystore/store.h"
#include "datadriven/datadriven.h"
#include "datadriven/world.h"

namespace anystore::datadriven {

// One store at a time. Every command prints what the call returned: "ok", a value, or the code of
// an error; `error` prints the last one in full.
class StoreCommands {
 public:
  // Does one command, or, for `run`, each line of the input; of those it prints what is not "ok".
  std::string Run(const Case& given);

 private:
  // Keeps what was logged.
  class Lines final : public Logger {
   public:
    void Log(LogLevel level, std::string_view line) override;
    std::string text = {};
  };

  std::string RunOne(const std::string& line, const std::string& input);
  std::optional<std::string> RunOnUrl(Arguments& arguments);
  std::optional<std::string> RunOnStore(Arguments& arguments, const std::string& input);
  std::string Put(Arguments& arguments);
  std::string Batch(const WriteOptions& options, const std::string& input);
  std::string Query(Arguments& arguments);

  // The code of a result, whose error is kept.
  template <class T>
  std::string Told(const Result<T>& result);
  Store& store();
  [[nodiscard]] OpenOptions Options(OpenMode mode);

  std::unique_ptr<World> world_;
  Lines log_;
  Environment environment_;
  std::optional<Store> store_;
  std::string error_;
};

}  // namespace anystore::datadriven
