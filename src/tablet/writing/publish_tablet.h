/// Gives a tablet that was written its name.
#pragma once

#include "anystore/error.h"
#include "tablet/writing/new_file.h"

namespace anystore::tablet {

/// As `NewFile::Publish`. Before that, the locator of an earlier tablet of this name is taken away
/// for good: where dates are coarse, it may look like one of the new tablet
/// (docs/formats/tablet-locator.md).
Status PublishTablet(NewFile& file);

}  // namespace anystore::tablet
