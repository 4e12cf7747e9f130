#include "filesystem/file_slices.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "filesystem/names.h"

namespace anystore {
namespace filesystem {
namespace {

/// Starting a thread, twice, costs as much as writing a few files.
constexpr std::size_t kFilesPerThreadMin = 64;

}  // namespace

FileSlices::FileSlices(Directory& root, std::span<const NewFile> files,
                       const FileBatchOptions& options)
    : files_(files), durable_(options.durable) {
  const std::size_t slices_max = std::min(options.threads_max, files.size() / kFilesPerThreadMin);
  if (slices_max > 1) {
    DealOut(slices_max, root, options);
  } else {
    slices_.emplace_back(root, options).places.resize(files.size());
    std::iota(slices_.front().places.begin(), slices_.front().places.end(), std::size_t{0});
  }
}

/// Whole directories, in the order in which they first come, until a slice has its share.
void FileSlices::DealOut(std::size_t slices_max, Directory& root, const FileBatchOptions& options) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  std::vector<std::vector<std::size_t>> directories;
  for (std::size_t place = 0; place < files_.size(); ++place) {
    const auto [found, is_new] =
        numbers.try_emplace(ParentOf(files_[place].name), directories.size());
    if (is_new) directories.emplace_back();
    directories[found->second].push_back(place);
  }
  std::size_t dealt = 0;
  for (const std::vector<std::size_t>& places : directories) {
    if (dealt * slices_max >= files_.size() * slices_.size()) slices_.emplace_back(root, options);
    std::vector<std::size_t>& to = slices_.back().places;
    to.insert(to.end(), places.begin(), places.end());
    dealt += places.size();
  }
}

/// Does `work` on each slice, on threads of their own as far as there are threads to be had.
template <class Work>
void FileSlices::OnThreads(const Work& work) {
  std::vector<std::jthread> threads;
  threads.reserve(slices_.size());
  try {
    while (threads.size() + 1 < slices_.size()) {
      threads.emplace_back([&work, &slice = slices_[threads.size()]] { work(slice); });
    }
  } catch (const std::system_error&) {  // no more threads: the others' work is done here
  }
  for (std::size_t i = threads.size(); i < slices_.size(); ++i) work(slices_[i]);
}

void FileSlices::Add(Slice& slice) {
  slice.added.reserve(slice.places.size());
  for (const std::size_t place : slice.places) {
    if (Status added = slice.batch.Add(files_[place]); added.has_value()) {
      slice.added.push_back(place);
    } else {
      slice.refused.emplace_back(place, std::move(added).error());
    }
  }
}

Status FileSlices::MakeBytesStable() {
  bool is_filesystem_synced = false;
  for (Slice& slice : slices_) {
    FileBatch& batch = slice.batch;
    // One sync of the filesystem serves all.
    if (is_filesystem_synced) batch.closed_unstable_ = false;
    is_filesystem_synced = is_filesystem_synced || batch.closed_unstable_;
    ANYSTORE_TRY(batch.MakeBytesStable());
  }
  return Ok();
}

/// Each directory once, also where slices have it in common: above their own, or where files could
/// not be dealt out.
Status FileSlices::SyncTouched() {
  FileBatch& all = slices_.front().batch;
  for (Slice& slice : slices_) {
    if (&slice.batch == &all) continue;
    all.touched_.merge(slice.batch.touched_);
    all.becoming_stable_.merge(slice.batch.becoming_stable_);
  }
  return all.SyncTouched();
}

void FileSlices::FailOthers(const Error& error) {
  for (Slice& slice : slices_) slice.batch.FailOthers(error);
}

Status FileSlices::Commit() {
  if (Status stable = MakeBytesStable(); !stable.has_value()) {
    FailOthers(stable.error());
    return stable;
  }
  OnThreads([](Slice& slice) { slice.applied = slice.batch.ApplyAll(); });
  if (!durable_) return Ok();
  Status synced = SyncTouched();
  if (!synced.has_value()) FailOthers(synced.error());
  return synced;
}

Status FileSlices::Write(std::span<Status> results) {
  OnThreads([this](Slice& slice) { Add(slice); });
  Status committed = Commit();
  // The first of any, in the order given.
  std::size_t first_place = files_.size();
  const Error* first = nullptr;
  bool any_written = false;
  const auto note = [&](std::size_t place, const Error& error) {
    if (!results.empty()) results[place] = error.Clone();
    if (place >= first_place) return;
    first_place = place;
    first = &error;
  };
  for (const Slice& slice : slices_) {
    for (const auto& [place, error] : slice.refused) note(place, error);
    for (std::size_t i = 0; i < slice.added.size(); ++i) {
      const Status& result = slice.batch.results()[i];
      if (!result.has_value()) {
        note(slice.added[i], result.error());
        continue;
      }
      any_written = true;
      if (!results.empty()) results[slice.added[i]] = Ok();
    }
  }
  if (!committed.has_value() || first == nullptr) return committed;
  return any_written ? first->Clone().WithApplied(Applied::kUnknown) : first->Clone();
}

}  // namespace filesystem

Status WriteFiles(Directory& root, std::span<const NewFile> files, std::span<Status> results,
                  const FileBatchOptions& options) {
  return filesystem::FileSlices(root, files, options).Write(results);
}

}  // namespace anystore
