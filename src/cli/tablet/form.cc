#include "cli/tablet/form.h"

namespace anystore::cli {
namespace {

tablet::WriterOptions OptionsOf(TabletProfile profile) {
  switch (profile) {
    case TabletProfile::kDefault:
      break;
    case TabletProfile::kGo:
      return tablet::WriterOptions::Go();
    case TabletProfile::kCsharp:
      return tablet::WriterOptions::Csharp();
    case TabletProfile::kJava:
      return tablet::WriterOptions::Java();
  }
  return {};
}

}  // namespace

tablet::WriterOptions TabletForm::Options() const {
  tablet::WriterOptions options = OptionsOf(profile.value_or(TabletProfile::kDefault));
  options.block_bytes = block_bytes.value_or(options.block_bytes);
  options.restart_interval = restart_interval.value_or(options.restart_interval);
  if (!compressed.value_or(true)) options.compression = tablet::Compression::kNone;
  // The profiles compress already, each with its own encoder.
  if (compressed.value_or(false) && options.compression == tablet::Compression::kNone)
    options.compression = tablet::Compression::kSnappy;
  return options;
}

}  // namespace anystore::cli
