// The backend as a shared library, which programs load at run time:
//
//     anystore --plugin ./sqlite.so create sqlite:x
#include <anystore/plugin.h>

#include "backend.h"

ANYSTORE_PLUGIN(anystore_sqlite::NewBackend)
