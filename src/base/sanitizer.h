/// Which sanitizer the code is built with.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define ANYSTORE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANYSTORE_ADDRESS_SANITIZER 1
#endif
#endif

namespace anystore::base {

/// Whether use of freed memory is watched for. Then memory must really be freed, not kept for
/// later use.
#ifdef ANYSTORE_ADDRESS_SANITIZER
inline constexpr bool kFreedMemoryIsWatched = true;
#else
inline constexpr bool kFreedMemoryIsWatched = false;
#endif

}  // namespace anystore::base
