/* A plugin of a version that does not exist yet. */
#include "anystore/export.h"

ANYSTORE_EXPORT const void* anystore_plugin_v2(const void* host);
const void* anystore_plugin_v2(const void* host) { return host; }
