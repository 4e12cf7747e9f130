// tablet info, tablet check: what a tablet is made of, and what is wrong with it.
#include "anystore/tablet/check.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/capabilities.h"
#include "cli/stores.h"
#include "cli/tablet/commands.h"
#include "cli/tablet/place.h"
#include "cli/text.h"
#include "tablet/locator/locator.h"

namespace anystore::cli {
namespace {

using tablet::CheckReport;
using tablet::Fault;
using tablet::LocatorReport;
using tablet::LocatorState;

Result<CheckReport> Examine(const std::string& path, const tablet::CheckOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(path));
  Result<CheckReport> report = tablet::CheckTablet(*place.directory, place.name, options);
  if (!report.has_value()) return place.Failed(std::move(report).error());
  return report;
}

// Runs `tell(path, output)` for each file, and goes on when one cannot be read.
Exit ForEach(const std::vector<std::string>& files, std::string_view action,
             const std::function<Result<Exit>(const std::string&, Output&)>& tell) {
  // Reading a large block is nothing that could be asked to stop.
  LeaveSignals();
  Exit exit = Exit::kOk;
  for (const std::string& path : files) {
    Output output;
    Result<Exit> told = tell(path, output);
    exit = Worse(exit, Finish(Ok(), output));
    exit = Worse(exit, told.has_value() ? *told : Fail(std::move(told).error().During(action)));
  }
  return exit;
}

std::string FaultJson(const std::string& path, const Fault& fault) {
  JsonObject json;
  json.Bytes("file", path).Bytes("kind", tablet::FaultName(fault.kind));
  if (fault.block.has_value()) json.Count("block", *fault.block);
  return json.Count("offset", fault.offset)
      .Bool("unknown", fault.unknown)
      .Bytes("what", fault.what)
      .Finish();
}

std::string LocatorOf(const std::string& path) {
  return path + std::string(tablet::kLocatorSuffix);
}

// Whether there is more to tell of a locator than its state.
bool IsTold(const LocatorReport& report) { return !report.what.empty(); }

std::string LocatorJson(const std::string& path, const LocatorReport& report) {
  return JsonObject()
      .Bytes("file", LocatorOf(path))
      .Bytes("kind", tablet::LocatorStateName(report.state))
      .Count("offset", report.offset)
      .Bytes("what", report.what)
      .Finish();
}

std::string VerdictJson(const std::string& path, const CheckReport& report) {
  return JsonObject()
      .Bytes("file", path)
      .Count("blocks", report.info.blocks)
      .Count("entries", report.entries)
      .Count("deletions", report.deletions)
      .Count("unprotected_blocks", report.unprotected_blocks)
      .Count("faults", report.fault_count)
      .Bytes("locator", tablet::LocatorStateName(report.locator.state))
      .Finish();
}

std::string Verdict(const CheckReport& report) {
  std::string text = "checked " + WithCommas(report.info.blocks) + " blocks, " +
                     WithCommas(report.entries) + " entries";
  if (report.deletions > 0) text += ", " + WithCommas(report.deletions) + " of them deletions";
  text += "; faults: " + WithCommas(report.fault_count);
  if (report.unprotected_blocks > 0)
    text += "; blocks without a checksum: " + WithCommas(report.unprotected_blocks);
  const LocatorState locator = report.locator.state;
  if (locator != LocatorState::kNone && locator != LocatorState::kUnchecked)
    text += "; locator: " + std::string(tablet::LocatorStateName(locator));
  return text;
}

Result<Exit> Check(const std::string& path, const TabletCheckArguments& arguments, Output& output) {
  ANYSTORE_ASSIGN_OR_RETURN(const CheckReport report,
                            Examine(path, {.reader = {.java_tombstones = arguments.java_tombstones},
                                           .faults_max = arguments.faults_max}));
  const std::string front = Printable(path) + ": ";
  for (const Fault& fault : report.faults) {
    ANYSTORE_TRY(
        output.Line(arguments.json ? FaultJson(path, fault) : front + tablet::Describe(fault)));
  }
  if (IsTold(report.locator)) {
    ANYSTORE_TRY(output.Line(arguments.json ? LocatorJson(path, report.locator)
                                            : Printable(LocatorOf(path)) + ": " +
                                                  tablet::DescribeLocator(report.locator)));
  }
  ANYSTORE_TRY(output.Line(arguments.json ? VerdictJson(path, report) : front + Verdict(report)));
  return report.fault_count > 0 || report.locator.is_fault() ? Exit::kDifferent : Exit::kOk;
}

// An empty key may be one, or that of a damaged block, which is not known.
bool HasFirstKey(const CheckReport& report) {
  return report.entries > 0 && (report.fault_count == 0 || !report.first_key.empty());
}
bool HasLastKey(const CheckReport& report) {
  return report.entries > 0 && (report.fault_count == 0 || !report.last_key.empty());
}

std::string InfoJson(const std::string& path, const CheckReport& report) {
  JsonObject json;
  json.Bytes("file", path)
      .Count("file_bytes", report.info.file_bytes)
      .Count("blocks", report.info.blocks)
      .Count("compressed_blocks", report.compressed_blocks)
      .Count("unprotected_blocks", report.unprotected_blocks)
      .Count("payload_bytes", report.payload_bytes)
      .Count("restarts", report.restarts)
      .Count("index_bytes", report.info.index_bytes)
      .Count("entries", report.entries)
      .Count("deletions", report.deletions)
      .Count("key_bytes", report.key_bytes)
      .Count("value_bytes", report.value_bytes);
  if (HasFirstKey(report)) json.Bytes("first_key", report.first_key);
  if (HasLastKey(report)) json.Bytes("last_key", report.last_key);
  std::vector<std::string> names;
  for (const std::string& name : report.info.meta_blocks)
    names.push_back(JsonString(Printable(name)));
  json.Raw("meta_blocks", JsonArray(names));
  if (report.info.locator_bytes.has_value())
    json.Count("locator_bytes", *report.info.locator_bytes);
  return json.Bytes("locator", tablet::LocatorStateName(report.locator.state))
             .Count("faults", report.fault_count)
             .Finish() +
         "\n";
}

std::string InfoText(const std::string& path, const CheckReport& report) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += Padded(name, kAxisWidth) + value + "\n";
  };
  line("file", Printable(path));
  line("file_bytes", BytesText(report.info.file_bytes));
  line("blocks", WithCommas(report.info.blocks));
  line("compressed", WithCommas(report.compressed_blocks));
  line("unprotected", WithCommas(report.unprotected_blocks));
  line("payload_bytes", BytesText(report.payload_bytes));
  line("restarts", WithCommas(report.restarts));
  line("index_bytes", BytesText(report.info.index_bytes));
  line("entries", WithCommas(report.entries));
  line("deletions", WithCommas(report.deletions));
  line("key_bytes", BytesText(report.key_bytes));
  line("value_bytes", BytesText(report.value_bytes));
  if (HasFirstKey(report)) line("first_key", Printable(report.first_key));
  if (HasLastKey(report)) line("last_key", Printable(report.last_key));
  for (const std::string& name : report.info.meta_blocks) line("meta_block", Printable(name));
  line("locator", report.locator.state == LocatorState::kSound
                      ? BytesText(report.locator.file_bytes)
                      : std::string(tablet::LocatorStateName(report.locator.state)));
  if (report.fault_count > 0) line("faults", WithCommas(report.fault_count));
  return text;
}

Result<Exit> Describe(const std::string& path, const TabletInfoArguments& arguments,
                      Output& output) {
  ANYSTORE_ASSIGN_OR_RETURN(
      const CheckReport report,
      Examine(path, {.reader = {.java_tombstones = arguments.java_tombstones}, .faults_max = 1}));
  // Nothing is known of one whose frame is wrong.
  if (report.info.file_bytes == 0 && !report.faults.empty())
    return tablet::ToError(report.faults.front(), path).In(Printable(path));
  ANYSTORE_TRY(output.Write(arguments.json ? InfoJson(path, report) : InfoText(path, report)));
  return report.fault_count > 0 ? Exit::kDifferent : Exit::kOk;
}

}  // namespace

Exit TabletInfo(const TabletInfoArguments& arguments) {
  return ForEach(arguments.files, "info", [&](const std::string& path, Output& output) {
    return Describe(path, arguments, output);
  });
}

Exit TabletCheck(const TabletCheckArguments& arguments) {
  return ForEach(arguments.files, "check", [&](const std::string& path, Output& output) {
    return Check(path, arguments, output);
  });
}

}  // namespace anystore::cli
