/// Where import takes its files from: a directory tree or a TAR archive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::cli {

/// What a source finds, in the order it finds it. A failing call ends the walk.
///
/// Threads: single-thread.
class ImportSink {
 public:
  virtual ~ImportSink() = default;
  /// A regular file, by its relative path without "." and "..".
  virtual Status TakeFile(const std::string& path, std::string bytes) = 0;
  /// A second name of a file that came before.
  virtual Status TakeLink(const std::string& path, const std::string& target) = 0;
  /// A symbolic link, a device, a pipe or a socket, which are never followed and never stored.
  virtual void SkipSpecial(const std::string& path) = 0;
  /// Something that should have been taken and cannot be; the walk goes on.
  virtual void Refuse(const Error& error) = 0;
};

/// Walks through the directory at `path`, each directory in bytewise order of names. Symbolic links
/// are not followed. Files of more than `bytes_max` bytes are refused.
///
/// Errors: not_found, permission_denied, io_error (of `path` itself) · cancelled · of the sink.
Status WalkTree(const std::string& path, std::uint64_t bytes_max, ImportSink& sink);

/// How many regular files the directory at `path` holds; what cannot be read is not counted.
std::uint64_t CountTree(const std::string& path);

/// Reads the TAR archive at `path` ("-": standard input), compressed or not. Members with an
/// absolute name or one that climbs with ".." are refused, and so are those of more than
/// `bytes_max` bytes.
///
/// Errors: not_found, permission_denied · corruption (not an archive, or a damaged one) ·
/// cancelled · of the sink.
Status ReadArchive(const std::string& path, std::uint64_t bytes_max, ImportSink& sink);

}  // namespace anystore::cli
