/// The files of a new backend, as they are in src/cli/new_backend.
#pragma once

#include <span>
#include <string_view>

namespace anystore::cli {

/// A file with names to be filled in: @NAME@, @NAMESPACE@, @CLASS@, @UPPER@.
struct Template {
  std::string_view file;
  std::string_view text;
};

[[nodiscard]] std::span<const Template> BackendTemplates();

}  // namespace anystore::cli
