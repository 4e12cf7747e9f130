// A flatfs repository that has two places, each with its own rule, and is moved between them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/store.h"

namespace anystore::crash {

// Whether the space that a repository says it takes is not what a count finds.
[[nodiscard]] std::optional<std::string> FindWrongUsage(FileSystem& disk, std::string_view path,
                                                        Store& store);

// The URL of the two where the repository is; the first one when it is nowhere. Where a move was
// cut off, there are two of them: then all records go to either, as the environment draws, after
// somebody has perhaps opened both.
//
// Errors: those of opening and of the move · internal: it left something, or one of them tells of
// more or less space than it takes.
[[nodiscard]] Result<std::string> FindRepository(const Environment& environment,
                                                 const std::string& url,
                                                 const std::string& other_url);

// Whether there is a repository at both places: a move was cut off.
//
// Errors: those of the filesystem.
[[nodiscard]] Result<bool> IsMoving(const Environment& environment, const std::string& url,
                                    const std::string& other_url);

// Makes a repository where there is none of the two, and moves the other one there.
//
// Errors: as FindRepository, and those of making it.
[[nodiscard]] Status MoveRepository(const Environment& environment, const std::string& url,
                                    const std::string& other_url);

}  // namespace anystore::crash
