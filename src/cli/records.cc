// put, get, has, size, rm: one record.
#include <unistd.h>

#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

// Tells that a key is missing, and which one may have been meant.
Exit Missing(Store& store, std::string_view action, const std::string& key) {
  std::string message = std::string(action) + " " + Quoted(key) + " in " + store.name() +
                        ": not_found: there is no such key";
  const std::string rooted = "/" + key;
  const Result<bool> found = store.Has(rooted);
  if (found.has_value() && *found) message += "; did you mean " + Quoted(rooted) + "?";
  Complain(message);
  return Exit::kDifferent;
}

Result<std::string> ValueToPut(const PutArguments& arguments, std::uint64_t bytes_max) {
  if (arguments.file.has_value()) return ReadFile(*arguments.file, bytes_max);
  if (*arguments.value == "-") return ReadFile("-", bytes_max);
  return *arguments.value;
}

}  // namespace

Exit Put(const PutArguments& arguments) {
  if (arguments.value.has_value() == arguments.file.has_value()) {
    Complain("put: give a VALUE, or - for standard input, or --file FILE");
    return Exit::kUsage;
  }
  return WithStore(arguments.url, CreateOption(arguments.create), [&](Store& store) {
    const Result<std::string> value = ValueToPut(arguments, store.capabilities().value_bytes_max);
    if (!value.has_value()) return Fail(value.error());
    const Result<Receipt> receipt = store.Put(arguments.key, *value);
    return receipt.has_value() ? Exit::kOk : Fail(receipt.error());
  });
}

Exit Get(const GetArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    const Result<Value> value = store.Get(arguments.key);
    if (!value.has_value()) {
      return value.error().code() == Code::kNotFound ? Missing(store, "get", arguments.key)
                                                     : Fail(value.error());
    }
    const bool to_file = !arguments.output.empty() && arguments.output != "-";
    const Status written = to_file ? ReplaceFile(arguments.output, *value)
                                   : WriteAll(STDOUT_FILENO, *value, "standard output");
    return written.has_value() ? Exit::kOk : Fail(written.error());
  });
}

Exit Has(const KeyArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    const Result<bool> found = store.Has(arguments.key);
    if (!found.has_value()) return Fail(found.error());
    Output output;
    const Exit exit = *found ? Exit::kOk : Missing(store, "has", arguments.key);
    return Finish(output.Line(*found ? "true" : "false"), output, exit);
  });
}

Exit Size(const KeyArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    const Result<std::uint64_t> size = store.GetSize(arguments.key);
    if (!size.has_value()) {
      return size.error().code() == Code::kNotFound ? Missing(store, "size", arguments.key)
                                                    : Fail(size.error());
    }
    Output output;
    return Finish(output.Line(std::to_string(*size)), output);
  });
}

Exit Remove(const RemoveArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    if (!arguments.force) {
      const Result<bool> found = store.Has(arguments.key);
      if (!found.has_value()) return Fail(found.error());
      if (!*found) return Missing(store, "rm", arguments.key);
    }
    const Result<Receipt> receipt = store.Delete(arguments.key);
    return receipt.has_value() ? Exit::kOk : Fail(receipt.error());
  });
}

}  // namespace anystore::cli
