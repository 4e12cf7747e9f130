#include "crash/relocation.h"

#include <string_view>
#include <utility>

#include "anystore/features.h"
#include "anystore/open.h"
#include "backends/flatfs/conversion/move.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/usage/usage_count.h"

namespace anystore::crash {
namespace {

std::string PathOf(std::string_view url) {
  const std::size_t begin = url.find(':') + 1;
  return std::string(url.substr(begin, url.find('?') - begin));
}

Result<bool> IsRepository(const Environment& environment, const std::string& url) {
  ANYSTORE_ASSIGN_OR_RETURN(const flatfs::Inspection found,
                            flatfs::Inspect(*environment.files, PathOf(url)));
  return found.place == flatfs::Place::kRepository;
}

// What somebody does who does not know of the move.
Status LookAt(const Environment& environment, const std::string& url) {
  ANYSTORE_ASSIGN_OR_RETURN(Store store, Open(url, {.environment = &environment}));
  std::optional<std::string> wrong = FindWrongUsage(*environment.files, PathOf(url), store);
  if (wrong.has_value()) return Error(Code::kInternal, *std::move(wrong));
  return store.Close();
}

Status MoveAll(const Environment& environment, const std::string& from, const std::string& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const flatfs::MoveOutcome moved,
                            flatfs::MoveRepository(environment, PathOf(from), PathOf(to), nullptr));
  if (moved.old_is_gone) return Ok();
  std::string left = "the move left something";
  for (const flatfs::LeftBehind& one : moved.first_left) left += "; " + one.name + ": " + one.why;
  return Error(Code::kInternal, std::move(left));
}

}  // namespace

std::optional<std::string> FindWrongUsage(FileSystem& disk, std::string_view path, Store& store) {
  const Result<std::uint64_t> told = store.feature<PersistentDatastore>()->DiskUsage({});
  if (!told.has_value()) return "disk usage: " + told.error().ToString();
  const auto root = disk.OpenDirectory(path);
  if (!root.has_value()) return root.error().ToString();
  ManualClock clock{Instant{}};
  SeededRandom random(1);
  const auto count = flatfs::CountUsage(**root, {}, clock, random, {});
  if (!count.has_value()) return count.error().ToString();
  if ((*count)->bytes == *told) return std::nullopt;
  return "it tells of " + std::to_string(*told) + " bytes, and there are " +
         std::to_string((*count)->bytes);
}

Result<bool> IsMoving(const Environment& environment, const std::string& url,
                      const std::string& other_url) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_here, IsRepository(environment, url));
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsRepository(environment, other_url));
  return is_here && is_there;
}

Result<std::string> FindRepository(const Environment& environment, const std::string& url,
                                   const std::string& other_url) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_here, IsRepository(environment, url));
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsRepository(environment, other_url));
  if (!is_there) return url;
  if (!is_here) return other_url;
  if (environment.random->Next() % 4 == 0) {
    ANYSTORE_TRY(LookAt(environment, url));
    ANYSTORE_TRY(LookAt(environment, other_url));
  }
  const bool back = environment.random->Next() % 2 == 0;
  ANYSTORE_TRY(back ? MoveAll(environment, other_url, url) : MoveAll(environment, url, other_url));
  return back ? url : other_url;
}

Status MoveRepository(const Environment& environment, const std::string& url,
                      const std::string& other_url) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string from, FindRepository(environment, url, other_url));
  const std::string& to = from == url ? other_url : url;
  {
    ANYSTORE_ASSIGN_OR_RETURN(Store made,
                              Open(to, {.mode = OpenMode::kCreate, .environment = &environment}));
    // Close notes what it was told here.
    ANYSTORE_TRY(made.feature<PersistentDatastore>()->DiskUsage({}));
    ANYSTORE_TRY(made.Close());
  }
  return MoveAll(environment, from, to);
}

}  // namespace anystore::crash
