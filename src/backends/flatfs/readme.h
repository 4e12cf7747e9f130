/// The text that lies beside the default rule.
#pragma once

#include <string_view>

namespace anystore::flatfs {

/// What `_README` says to people who find the directory.
inline constexpr std::string_view kReadme =
    R"(This directory is a flatfs repository: it keeps records, one file each.

The file SHARDING names the rule that puts each record into a directory, here
/repo/flatfs/shard/v1/next-to-last/2. A repository without that file, or with
another text in it, can no longer be read.

The record with the key /NAME is the file NAME.data. Its directory is called
by the two characters in front of the last one of NAME; for short names,
underscores stand where there are no characters. The file holds the value and
nothing else. For example:

    /AFKREIABC   is   AB/AFKREIABC.data
    /AB          is   _A/AB.data

The files are those that any program may read, but do not write, rename or
remove them while one has the repository open. What lies in .temp is left over
from writes that were cut off; it goes when the repository is opened next.
)";

/// What stands behind it when keys are escaped.
inline constexpr std::string_view kEscapeNote = R"(
The names here are escaped: the keys they stand for may be any bytes. The file
ANYSTORE.json says so; without it they can no longer be told.
)";

/// What the last line begins with; behind it is the identity record.
inline constexpr std::string_view kIdentityPrefix = "\nThis repository is ";

}  // namespace anystore::flatfs
