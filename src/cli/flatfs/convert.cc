// flatfs upgrade, flatfs downgrade: from and to repositories without SHARDING.
#include "backends/flatfs/conversion/convert.h"

#include <optional>
#include <string>
#include <utility>

#include "cli/flatfs/commands.h"
#include "cli/flatfs/place.h"
#include "cli/flatfs/reporting.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

using flatfs::Converted;
using flatfs::Shard;

// The length of the prefix, as far as it was given, here or in the URL.
Result<std::optional<std::size_t>> LengthOf(const FlatfsPlace& place,
                                            const std::optional<std::uint64_t>& given) {
  if (!place.shard.has_value()) return std::optional<std::size_t>(given);
  if (place.shard->function() != Shard::Function::kPrefix) {
    return Error(Code::kInvalidConfig, "field \"shard\": version 0 knows prefix/N only")
        .In(place.name());
  }
  if (given.has_value() && *given != place.shard->length()) {
    return Error(Code::kInvalidConfig, "the length of the prefix is given twice").In(place.name());
  }
  return std::optional(place.shard->length());
}

Exit Print(const Converted& converted, const std::string& verb, bool as_json) {
  if (as_json) {
    return PrintText(JsonObject()
                         .Bytes("shard", converted.shard.ToShortString())
                         .Count("records", converted.records)
                         .Finish() +
                     "\n");
  }
  return PrintText(verb + " " + WithCommas(converted.records) + " records, " +
                   converted.shard.ToString() + "\n");
}

}  // namespace

Exit FlatfsUpgrade(const FlatfsUpgradeArguments& arguments) {
  const Result<FlatfsPlace> place = FindFlatfsToChange(arguments.repository);
  if (!place.has_value()) return Fail(place.error());
  const auto length = LengthOf(*place, arguments.length);
  if (!length.has_value()) return Fail(length.error());
  Progress progress("upgrade", "records");
  Result<Converted> converted =
      flatfs::UpgradeRepository(ProgramEnvironment(), place->path(), *length, ReportTo(progress));
  progress.Clear();
  if (!converted.has_value()) return Fail(place->Failed(std::move(converted).error(), "upgrade"));
  return Print(*converted, "upgraded", arguments.json);
}

Exit FlatfsDowngrade(const FlatfsDowngradeArguments& arguments) {
  const Result<FlatfsPlace> place = FindFlatfsToChange(arguments.repository);
  if (!place.has_value()) return Fail(place.error());
  Status wanted = CheckThere(*place);
  if (!wanted.has_value()) return Fail(place->Failed(std::move(wanted).error(), "downgrade"));
  Progress progress("downgrade", "records");
  Result<Converted> converted =
      flatfs::DowngradeRepository(ProgramEnvironment(), place->path(), ReportTo(progress));
  progress.Clear();
  if (!converted.has_value()) {
    return Fail(place->Failed(std::move(converted).error(), "downgrade"));
  }
  return Print(*converted, "downgraded", arguments.json);
}

}  // namespace anystore::cli
