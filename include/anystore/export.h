/// Marks the names that the shared library exports.
///
/// Everything else is built with hidden visibility.
#pragma once

#if defined(__GNUC__)
#define ANYSTORE_EXPORT __attribute__((visibility("default")))
#else
#define ANYSTORE_EXPORT
#endif
