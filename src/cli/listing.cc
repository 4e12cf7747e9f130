// ls and query: many records.
#include <array>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>

#include "anystore/key.h"
#include "anystore/query.h"
#include "anystore/results.h"
#include "cli/commands.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

// How an entry is shown.
struct Form {
  bool json = false;
  bool values = false;
  bool sizes = false;
  bool expirations = false;
};

std::string Iso8601(Instant instant) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(instant));
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string AsJson(const EntryView& entry, const Form& form) {
  JsonObject json;
  json.Bytes("key", entry.key);
  if (form.sizes) json.Count("size", entry.info.size);
  if (entry.info.expires_at.has_value()) {
    json.Raw("expires_at", JsonString(Iso8601(*entry.info.expires_at)));
  }
  if (form.values) json.Bytes("value", entry.value);
  return json.Finish();
}

std::string AsText(const EntryView& entry, const Form& form) {
  std::string line;
  if (form.sizes) {
    constexpr std::size_t kSizeWidth = 12;
    const std::string size = std::to_string(entry.info.size);
    line = std::string(size.size() < kSizeWidth ? kSizeWidth - size.size() : 0, ' ') + size + "  ";
  }
  if (form.expirations) {
    line += entry.info.expires_at.has_value() ? Iso8601(*entry.info.expires_at)
                                              : std::string("-                   ");
    line += "  ";
  }
  line += Printable(entry.key);
  if (form.values) line.append("\t").append(Quoted(entry.value));
  return line;
}

Exit Print(Store& store, Query query, const Form& form) {
  Result<Results> results = store.Query(std::move(query));
  if (!results.has_value()) return Fail(results.error());
  Output output;
  for (const EntryView& entry : *results) {
    Status status = output.Line(form.json ? AsJson(entry, form) : AsText(entry, form));
    if (status.has_value()) status = CheckInterrupted();
    if (!status.has_value()) return Finish(status, output);
  }
  return Finish(results->status(), output);
}

Result<Query> ToQuery(const QueryArguments& arguments) {
  Query query{.prefix = arguments.range.prefix.value_or(""),
              .range = KeyRange(arguments.range.from.value_or(""), arguments.range.to),
              .reverse = arguments.reverse,
              .offset = arguments.offset,
              .limit = arguments.limit,
              .keys_only = arguments.keys_only};
  for (const std::string& text : arguments.filters) {
    ANYSTORE_ASSIGN_OR_RETURN(Filter filter, Filter::Parse(text));
    query.filters.push_back(std::move(filter));
  }
  for (const std::string& text : arguments.orders) {
    ANYSTORE_ASSIGN_OR_RETURN(Order order, Order::Parse(text));
    query.orders.push_back(std::move(order));
  }
  return query;
}

}  // namespace

KeyRange RangeArguments::Range() const {
  const KeyRange range(from.value_or(""), to);
  return prefix.has_value() ? KeyRange::Under(Key(*prefix)).Intersect(range) : range;
}

Exit List(const ListArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    const bool expirations = arguments.details && store.capabilities().expiry != Support::kAbsent;
    return Print(store,
                 {.range = KeyRange::StartingWith(arguments.prefix),
                  .keys_only = true,
                  .return_expirations = expirations,
                  .return_sizes = arguments.details},
                 {.json = arguments.json, .sizes = arguments.details, .expirations = expirations});
  });
}

Exit RunQuery(const QueryArguments& arguments) {
  Result<Query> query = ToQuery(arguments);
  if (!query.has_value()) return Fail(query.error());
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    return Print(store, *std::move(query),
                 {.json = arguments.json, .values = !arguments.keys_only});
  });
}

}  // namespace anystore::cli
