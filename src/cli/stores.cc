#include "cli/stores.h"

#include <utility>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/open.h"

namespace anystore::cli {
namespace {

class ErrorLogger final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    if (level == LogLevel::kError) Complain(line);
  }
};

}  // namespace

const Environment& ProgramEnvironment() {
  static ErrorLogger logger;
  static const Environment environment = [] {
    Environment host = Environment::Host();
    host.logger = &logger;
    return host;
  }();
  return environment;
}

namespace {

/// Whether `create` can make what is missing: nothing makes an empty store that is only read.
bool CanBeCreated(const std::string& url) {
  const Result<Config> config = Config::Parse(url);
  if (!config.has_value()) return true;
  const Result<Backend*> backend = Registry::Global().Find(config->scheme);
  return !backend.has_value() || (*backend)->capabilities().access == Access::kReadWrite;
}

}  // namespace

Result<Store> OpenStore(const std::string& url, IfMissing if_missing) {
  const bool create = if_missing == IfMissing::kCreate;
  Result<Store> store = Open(url, {.mode = create ? OpenMode::kOpenOrCreate : OpenMode::kOpen,
                                   .environment = &ProgramEnvironment()});
  if (!create && !store.has_value() && store.error().code() == Code::kNotFound &&
      CanBeCreated(url)) {
    return Error(Code::kNotFound, if_missing == IfMissing::kOffer
                                      ? "there is no store; --create makes one"
                                      : "there is no store; \"anystore create URL\" makes one")
        .During("open")
        .In(store.error().store());
  }
  return store;
}

Exit CloseStore(Store& store, Exit exit) {
  const Status closed = store.Close();
  return closed.has_value() ? exit : Worse(exit, Fail(closed.error()));
}

Exit Finish(const Status& status, Output& output, Exit exit) {
  if (!status.has_value()) return Worse(exit, Fail(status.error()));
  const Status flushed = output.Flush();
  return flushed.has_value() ? exit : Worse(exit, Fail(flushed.error()));
}

Exit PrintText(const std::string& text, Exit exit) {
  Output output;
  return Finish(output.Write(text), output, exit);
}

}  // namespace anystore::cli
