#include "backends/flatfs/reading/reads.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "filesystem/descriptors.h"

namespace anystore::flatfs {
namespace {

/// An absent record is an answer, not a failure: it carries nothing. Of a name that is too long for
/// the filesystem there is none.
Error WithoutDetail(Error error) {
  const bool is_absent = error.code() == Code::kNotFound || error.code() == Code::kTooLarge;
  return is_absent ? Error(Code::kNotFound) : std::move(error);
}

/// Whether something is a value: of what is none, that it is in a record's place.
Status CheckKind(const Directory& root, std::string_view name, FileKind kind) {
  if (kind == FileKind::kFile) return Ok();
  std::string message(root.path());
  message.append("/").append(name).append(kind == FileKind::kDirectory ? " is a directory"
                                                                       : " is no file");
  return Error(Code::kCorruption, std::move(message));
}

/// Asks for the size first.
Result<Value> ReadMeasured(File& file, const Directory& root, std::string_view name,
                           const Window& window, std::uint64_t* size) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file.Stat());
  ANYSTORE_TRY(CheckKind(root, name, info.kind));
  *size = info.size;
  const std::uint64_t offset = std::min(window.offset, info.size);
  const std::uint64_t length = std::min(window.length, info.size - offset);
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value value, Value::Allocate(length, &data));
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file.ReadAt(offset, {data, length}));
  if (read == length) [[likely]]
    return value;
  // Somebody else has cut the file.
  return value.Slice(0, read);
}

}  // namespace

Result<std::unique_ptr<File>> OpenRecord(Directory& root, std::string_view name, Clock* clock) {
  auto file = filesystem::WaitForDescriptors(clock, [&] { return root.Open(name, {}); });
  if (!file.has_value()) return WithoutDetail(std::move(file).error());
  return file;
}

Result<Value> ReadRecord(Directory& root, std::string_view name, const Window& window, Clock& clock,
                         std::uint64_t* size) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, OpenRecord(root, name, &clock));
  return ReadRecord(*file, root, name, window, size);
}

Result<Value> ReadRecord(File& file, const Directory& root, std::string_view name,
                         const Window& window, std::uint64_t* size, ExpectedSize* expected) {
  if (expected == nullptr || !window.whole()) return ReadMeasured(file, root, name, window, size);
  if (expected->is_small()) {
    std::array<char, ExpectedSize::kSmallMax + 1> room;  // NOLINT(*-member-init): to be filled
    const Result<std::size_t> read = file.ReadAt(0, room);
    // Of what is no file, and maybe has nothing to read, the other way tells.
    if (read.has_value() && *read > 0 && *read < room.size()) {
      *size = *read;
      return Value::Copy({room.data(), *read});
    }
  }
  Result<Value> value = ReadMeasured(file, root, name, window, size);
  if (value.has_value()) expected->Learn(*size);
  return value;
}

Status VerifyRecord(const Verifier* verifier, std::string_view key, const Directory& root,
                    std::string_view name, const Window& window, std::uint64_t size,
                    const Value& value) {
  if (verifier == nullptr || window.offset > 0 || window.length < size) return Ok();
  Status verified = verifier->Check(key, value.bytes());
  if (verified.has_value()) return verified;
  const Code code = verified.error().code();
  if (code == Code::kInvalidArgument && !verifier->KeysTell()) return Ok();
  return Error(code == Code::kInvalidArgument ? Code::kCorruption : code,
               std::string(root.path())
                   .append("/")
                   .append(name)
                   .append(": ")
                   .append(verified.error().message()));
}

Result<std::uint64_t> StatRecord(Directory& root, std::string_view name, Clock& clock) {
  Result<FileInfo> info =
      filesystem::WaitForDescriptors(&clock, [&] { return root.Stat(name, Follow::kYes); });
  if (!info.has_value()) return WithoutDetail(std::move(info).error());
  ANYSTORE_TRY(CheckKind(root, name, info->kind));
  return info->size;
}

}  // namespace anystore::flatfs
