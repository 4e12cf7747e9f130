// flatfs check, flatfs scrub: what is wrong with a repository, told and repaired.
#include "backends/flatfs/maintenance/check.h"

#include <string>
#include <utility>

#include "backends/flatfs/identity.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/scrub.h"
#include "cli/flatfs/commands.h"
#include "cli/flatfs/place.h"
#include "cli/flatfs/reporting.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

using flatfs::CheckSummary;
using flatfs::RepositoryFinding;

std::string Json(const RepositoryFinding& finding) {
  JsonObject json;
  json.Bytes("finding", Name(finding.problem))
      .Bytes("severity", Name(finding.severity))
      .Bytes("path", finding.path)
      .Bytes("what", finding.what)
      .Bytes("remedy", Name(finding.remedy));
  if (!finding.place.empty()) json.Bytes("place", finding.place);
  return json.Bool("repaired", finding.repaired).Finish();
}

std::string Json(const CheckSummary& summary) {
  return JsonObject()
      .Count("records", summary.records)
      .Count("value_bytes", summary.value_bytes)
      .Count("directories", summary.directories)
      .Count("errors", summary.errors)
      .Count("informations", summary.informations)
      .Count("repaired", summary.repaired)
      .Count("errors_left", summary.errors - summary.errors_repaired)
      .Finish();
}

std::string Text(const CheckSummary& summary, bool repairs) {
  std::string text = "checked " + WithCommas(summary.records) + " records, " +
                     HumanBytes(static_cast<double>(summary.value_bytes)) +
                     "; errors: " + WithCommas(summary.errors) +
                     ", for information: " + WithCommas(summary.informations);
  if (repairs) text += ", repaired: " + WithCommas(summary.repaired);
  return text;
}

/// What the URL asks values to be held against.
Result<std::shared_ptr<const flatfs::Verifier>> VerifierOf(const flatfs::OpenedRepository& opened,
                                                           std::string_view name) {
  if (name != "checksum") return flatfs::VerifierNamed(name);
  // A form of keys that cannot be told is a finding.
  const auto form = flatfs::KeyFormOf(*opened.root);
  return flatfs::Checksums::Open(*opened.root, opened.shard,
                                 flatfs::Stems(form.value_or(flatfs::KeyForm::kStrict)),
                                 flatfs::Checksums::Writers::kOthers, *ProgramEnvironment().random);
}

/// Finds the repository, as `open` opens it, runs `work(opened, options, sink)` over it, and
/// prints.
template <class Open, class Work>
Exit Examine(const std::string& action, const std::string& repository, bool json, bool repairs,
             const Open& open, const Work& work) {
  const Result<FlatfsPlace> place =
      repairs ? FindFlatfsToChange(repository) : FindFlatfs(repository);
  if (!place.has_value()) return Fail(place.error());
  Progress progress(action, "records");
  Output output;
  const auto run = [&]() -> Result<CheckSummary> {
    ANYSTORE_ASSIGN_OR_RETURN(const flatfs::OpenedRepository opened,
                              open(*ProgramEnvironment().files, place->path()));
    StoreIdentity identity;
    // One that cannot be read is a finding, unless it is asked for.
    if (!place->stack.config.id().empty()) {
      ANYSTORE_ASSIGN_OR_RETURN(identity, flatfs::IdentityOf(*opened.root));
    }
    ANYSTORE_TRY(CheckWanted(*place, opened.shard, identity));
    ANYSTORE_ASSIGN_OR_RETURN(const auto verifier,
                              VerifierOf(opened, place->stack.config.String("verify")));
    return work(opened,
                flatfs::CheckOptions{.verifier = verifier.get(), .report = ReportTo(progress)},
                [&](const RepositoryFinding& finding) {
                  return output.Line(json ? Json(finding)
                                          : Printable(finding.path) + ": " + Describe(finding));
                });
  };
  Result<CheckSummary> summary = run();
  progress.Clear();
  if (!summary.has_value()) {
    return Finish(place->Failed(std::move(summary).error(), action), output);
  }
  return Finish(output.Line(json ? Json(*summary) : Text(*summary, repairs)), output,
                summary->is_wrong() ? Exit::kDifferent : Exit::kOk);
}

}  // namespace

Exit FlatfsCheck(const FlatfsCheckArguments& arguments) {
  return Examine("check", arguments.repository, arguments.json, /*repairs=*/false,
                 flatfs::OpenUnlocked,
                 [&](const flatfs::OpenedRepository& opened, flatfs::CheckOptions options,
                     const flatfs::FindingSink& sink) {
                   options.read_values = !arguments.quick;
                   return flatfs::Check(*opened.root, opened.shard, *ProgramEnvironment().clock,
                                        options, sink);
                 });
}

Exit FlatfsScrub(const FlatfsScrubArguments& arguments) {
  return Examine(
      "scrub", arguments.repository, arguments.json, !arguments.dry_run, flatfs::OpenRepository,
      [&](const flatfs::OpenedRepository& opened, const flatfs::CheckOptions& options,
          const flatfs::FindingSink& sink) {
        return flatfs::Scrub(
            *opened.root, opened.shard, *ProgramEnvironment().clock,
            {.check = options, .dry_run = arguments.dry_run, .random = ProgramEnvironment().random},
            sink);
      });
}

}  // namespace anystore::cli
