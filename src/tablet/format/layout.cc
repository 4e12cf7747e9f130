#include "tablet/format/layout.h"

#include <algorithm>
#include <array>

#include "tablet/format/constants.h"

namespace anystore::tablet {
namespace {

struct FooterField {
  std::string_view name;
  std::uint64_t* to;
};

/// An index lies between the header and the footer and has room for its magic.
OrFault<void> CheckIndexBounds(const Extent& index, std::string_view name,
                               std::uint64_t file_bytes) {
  const std::uint64_t end = file_bytes - kFooterBytes;
  const bool inside =
      index.offset >= kHeaderBytes && index.offset <= end && index.length <= end - index.offset;
  const std::uint64_t at = end;
  if (!inside) {
    return Wrong(FaultKind::kBounds, at,
                 "the " + std::string(name) + " of " + std::to_string(index.length) + " bytes at " +
                     std::to_string(index.offset) + " is not inside the file");
  }
  if (index.length < kMagicBytes) {
    return Wrong(FaultKind::kBounds, at,
                 "the " + std::string(name) + " has " + std::to_string(index.length) +
                     " bytes, fewer than its magic");
  }
  return {};
}

}  // namespace

OrFault<void> CheckHeader(std::string_view header) {
  if (!header.starts_with(kFileMagic)) {
    return Wrong(FaultKind::kMagic, 0, "the file does not begin as a tablet does");
  }
  const auto encoding = static_cast<std::uint8_t>(header[kMagicBytes]);
  if (encoding != kPrefixEncoding) {
    return Wrong(FaultKind::kVersion, kMagicBytes,
                 "block encoding " + std::to_string(encoding) + ", known is 1");
  }
  return {};
}

OrFault<void> CheckFooterMagic(std::string_view footer, std::uint64_t file_bytes) {
  if (footer.ends_with(kFileMagic)) return {};
  return Wrong(FaultKind::kMagic, file_bytes - kMagicBytes,
               "the file does not end as a tablet does");
}

OrFault<Layout> ReadFooter(std::string_view footer, std::uint64_t file_bytes) {
  if (const auto magic = CheckFooterMagic(footer, file_bytes); !magic.has_value())
    return std::unexpected(magic.error());
  Layout layout;
  const std::array<FooterField, 4> fields{{{"meta index offset", &layout.meta_index.offset},
                                           {"meta index length", &layout.meta_index.length},
                                           {"data index offset", &layout.data_index.offset},
                                           {"data index length", &layout.data_index.length}}};
  std::string_view rest = footer.substr(0, kFooterBytes - kMagicBytes);
  const auto offset = [&] { return file_bytes - kMagicBytes - rest.size(); };
  for (const FooterField& field : fields) {
    if (const Unpacked taken = TakeUint64(rest, *field.to); taken != Unpacked::kOk)
      return NotTaken(taken, offset(), "the " + std::string(field.name));
  }
  if (!std::ranges::all_of(rest, [](char byte) { return byte == 0; })) {
    return Wrong(FaultKind::kFooter, offset(), "the padding of the footer is not zero");
  }
  for (const auto& [index, name] :
       {std::pair{layout.meta_index, "meta index"}, std::pair{layout.data_index, "data index"}}) {
    if (const auto bounds = CheckIndexBounds(index, name, file_bytes); !bounds.has_value())
      return std::unexpected(bounds.error());
  }
  return layout;
}

void AppendHeader(std::string& out) {
  out.append(kFileMagic);
  out.push_back(static_cast<char>(kPrefixEncoding));
  out.append(3, '\0');
}

void AppendFooter(std::string& out, const Layout& layout) {
  for (const Extent& index : {layout.meta_index, layout.data_index}) {
    AppendWideUint(out, index.offset);
    AppendWideUint(out, index.length);
  }
  out.append(kFileMagic);
}

}  // namespace anystore::tablet
