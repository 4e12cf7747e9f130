#include "tablet/our_tablets.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "harness.h"
#include "tablet/writing/tablet_encoder.h"

namespace anystore::bench {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

template <class T>
T Must(Result<T> result) {
  if (result.has_value()) return std::move(*result);
  std::fprintf(stderr, "tablet: %s\n", result.error().ToString().c_str());
  std::abort();
}

void Must(const Status& status) {
  if (status.has_value()) return;
  std::fprintf(stderr, "tablet: %s\n", status.error().ToString().c_str());
  std::abort();
}

}  // namespace

std::uint64_t BuildTablet(const std::filesystem::path& file, std::span<const FixedKey> keys,
                          std::size_t first, std::size_t step, const ValuePool& values,
                          const tablet::WriterOptions& options) {
  const auto directory = Must(HostFileSystem().OpenDirectory(file.parent_path().string()));
  auto writer = Must(
      tablet::TabletWriter::Create(*directory, file.filename().string(), options, Replace::kYes));
  for (std::size_t i = first; i < keys.size(); i += step)
    Must(writer.Add(ViewOf(keys[i]), values.Value(i)));
  Must(writer.Finish());
  return writer.summary().entries;
}

std::uint64_t EncodeTablet(std::span<const FixedKey> keys, const ValuePool& values,
                           const tablet::WriterOptions& options) {
  constexpr std::size_t kBufferBytes = 65536;
  tablet::TabletEncoder encoder(options);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Must(encoder.Add({.key = ViewOf(keys[i]), .value = values.Value(i)}));
    if (encoder.bytes().size() >= kBufferBytes) encoder.TakeBytes();
  }
  Must(encoder.Finish());
  return encoder.summary().entries;
}

OurTablets::OurTablets(const std::filesystem::path& directory, std::span<const std::string> names,
                       tablet::LocatorUse locator)
    : directory_(Must(HostFileSystem().OpenDirectory(directory.string()))),
      stack_(Must(tablet::TabletStack::Open(
          *directory_, {.memory = tablet::StackMemory::kNowhere,
                        .reader = {.locator = locator, .cache_bytes = 8ULL << 30U}}))) {
  for (const std::string& name : names) Must(stack_->PushTablet(name));
}

bool OurTablets::Get(std::string_view key) {
  const auto value = stack_->Get(key);
  if (!value.has_value()) return false;
  Keep(Touch(value->bytes()));
  return true;
}

template <auto kLook>
std::uint64_t OurTablets::Walk(Cursor& cursor, std::uint64_t count) {
  std::uint64_t seen = 0;
  while (seen < count) {
    const std::size_t got =
        Must(cursor.Next(std::span(entries_).first(std::min<std::uint64_t>(64, count - seen))));
    if (got == 0) break;
    for (const EntryView& entry : std::span(entries_).first(got))
      Keep(kLook(entry.value) + entry.key.size());
    seen += got;
  }
  return seen;
}

std::uint64_t OurTablets::ScanAll() {
  return Walk<Touch>(*Must(stack_->Scan(KeyRange::All(), {})), kAll);
}

std::uint64_t OurTablets::ReadAll() {
  return Walk<TouchAll>(*Must(stack_->Scan(KeyRange::All(), {})), kAll);
}

std::uint64_t OurTablets::Range(std::string_view key, std::size_t count) {
  return Walk<Touch>(*Must(stack_->Scan(KeyRange::From(key), {.limit_hint = count})), count);
}

}  // namespace anystore::bench
