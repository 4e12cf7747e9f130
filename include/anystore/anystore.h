/// Everything a program needs to use stores: `Open`, `Store`, `Query`, `Key`. Backend authors
/// include backend.h and datastore.h or simple_datastore.h besides.
#pragma once

#include "anystore/key.h"    // IWYU pragma: export
#include "anystore/open.h"   // IWYU pragma: export
#include "anystore/store.h"  // IWYU pragma: export
