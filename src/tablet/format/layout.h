/// Header and footer of a tablet (docs/formats/tablet.md, "Header" and "Footer").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tablet/format/or_fault.h"

namespace anystore::tablet {

/// A stretch of a file.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Where the indexes of a tablet are, their magic included.
struct Layout {
  Extent meta_index = {};
  Extent data_index = {};

  friend bool operator==(const Layout&, const Layout&) = default;
};

/// Checks the first bytes of a file.
///
/// Requires: `header` has `kHeaderBytes`.
[[nodiscard]] OrFault<void> CheckHeader(std::string_view header);

/// Reads the last bytes of a file of `file_bytes`, in the wide or the compact form.
///
/// Requires: `footer` has `kFooterBytes`, the file `kTabletBytesMin` or more.
[[nodiscard]] OrFault<Layout> ReadFooter(std::string_view footer, std::uint64_t file_bytes);

/// The same but for the magic, which comes first of all checks.
[[nodiscard]] OrFault<void> CheckFooterMagic(std::string_view footer, std::uint64_t file_bytes);

void AppendHeader(std::string& out);
/// Appends a footer in the wide form, the only one that every original reads.
void AppendFooter(std::string& out, const Layout& layout);

}  // namespace anystore::tablet
