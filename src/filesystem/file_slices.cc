#include "filesystem/file_slices.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "filesystem/descriptors.h"
#include "filesystem/names.h"

namespace anystore {
namespace filesystem {
namespace {

/// Starting a thread costs as much as writing a few files.
constexpr std::size_t kFilesPerThreadMin = 64;
/// Writing so many bytes costs as much as making a file.
constexpr std::size_t kBytesLikeAFile = std::size_t{64} << 10U;
/// With fewer, another sync of the filesystem may cost more than it saves.
constexpr std::size_t kFilesInWavesMin = 512;
/// The first wave is so small a part of all: the sync of it takes in what is written meanwhile.
constexpr std::size_t kFirstWave = 5;
/// Small, so that no thread has much left to do when the others have nothing; but each slice is a
/// batch.
constexpr std::size_t kFilesPerSliceMin = 32;

/// What a file costs, in files without bytes.
std::size_t CostOf(const NewFile& file) { return 1 + file.bytes.size() / kBytesLikeAFile; }

std::size_t CostOf(std::span<const NewFile> files) {
  std::size_t cost = 0;
  for (const NewFile& file : files) cost += CostOf(file);
  return cost;
}

}  // namespace

FileSlices::FileSlices(Directory& root, std::span<const NewFile> files,
                       const FileBatchOptions& options)
    : files_(files),
      durable_(options.durable),
      threads_(std::min(options.threads_max, CostOf(files) / kFilesPerThreadMin)) {
  if (threads_ > 1) {
    DealOut(root, options);
  } else {
    waves_[0].emplace_back(root, options).places.resize(files.size());
    std::iota(waves_[0][0].places.begin(), waves_[0][0].places.end(), std::size_t{0});
  }
}

/// Whole directories, in the order in which they first come, until a slice has its share.
void FileSlices::DealOut(Directory& root, const FileBatchOptions& options) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  std::vector<std::vector<std::size_t>> directories;
  for (std::size_t place = 0; place < files_.size(); ++place) {
    const auto [found, is_new] =
        numbers.try_emplace(ParentOf(files_[place].name), directories.size());
    if (is_new) directories.emplace_back();
    directories[found->second].push_back(place);
  }
  FileBatchOptions of_slice = options;
  // A slice may have few files where all together have not.
  if (files_.size() > options.file_syncs_max && root.traits().filesystem_sync) {
    of_slice.file_syncs_max = 0;
  }
  const bool in_waves = files_.size() >= kFilesInWavesMin;
  const std::size_t cost = CostOf(files_);
  const std::size_t slices_max = cost / kFilesPerSliceMin;
  std::size_t slices = 0;
  std::size_t dealt = 0;
  Slice* slice = nullptr;
  for (const std::vector<std::size_t>& places : directories) {
    if (dealt * slices_max >= cost * slices) {
      const bool late = in_waves && dealt * kFirstWave >= cost;
      slice = &waves_[late ? 1 : 0].emplace_back(root, of_slice);
      ++slices;
    }
    slice->places.insert(slice->places.end(), places.begin(), places.end());
    for (const std::size_t place : places) dealt += CostOf(files_[place]);
  }
  std::size_t unnamed_left = options.unnamed_max;
  ForEachSlice([&unnamed_left](Slice& each) {
    each.batch.unnamed_left_ = std::min(unnamed_left, each.places.size());
    unnamed_left -= each.batch.unnamed_left_;
  });
}

template <class Visit>
void FileSlices::ForEachSlice(const Visit& visit) {
  for (Wave& wave : waves_) {
    for (Slice& slice : wave) visit(slice);
  }
}

/// What is done with each slice of a wave, by as many threads as come: each takes the next slice
/// that nobody has taken.
class FileSlices::Step {
 public:
  Step(Wave& wave, void (*work)(FileSlices& all, Slice& slice)) : wave_(wave), work_(work) {}

  /// Lets the threads begin.
  void Open() {
    open_ = true;
    open_.notify_all();
  }
  /// Leaves what nobody has taken, and lets them pass.
  void Skip() {
    next_ = wave_.size();
    Open();
  }
  void AwaitOpen() const { open_.wait(false); }
  void Work(FileSlices& all) {
    for (std::size_t i = next_++; i < wave_.size(); i = next_++) {
      // The kernel's threads that write out what was written get their turn: otherwise they wait
      // for milliseconds behind those that write more.
      std::this_thread::yield();
      work_(all, wave_[i]);
      if (++done_ == wave_.size()) done_.notify_all();
    }
  }
  void AwaitDone() const {
    for (std::size_t done = done_; done < wave_.size(); done = done_) done_.wait(done);
  }

 private:
  Wave& wave_;
  void (*work_)(FileSlices& all, Slice& slice);
  std::atomic<bool> open_ = false;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> done_ = 0;
};

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

/// When descriptors ran out, other slices may hold them. All give theirs back, and those that found
/// none begin again, so that files of one name stay in their order. Nobody else works meanwhile.
void FileSlices::AddAgainWithoutDescriptors(Wave& wave) {
  std::size_t held = 0;
  ForEachSlice([&held](const Slice& slice) { held += slice.batch.unnamed_; });
  if (held == 0) return;
  std::vector<Slice*> again;
  for (Slice& slice : wave) {
    const auto ran_out = [](const auto& refused) { return IsOutOfDescriptors(refused.second); };
    if (std::ranges::any_of(slice.refused, ran_out)) again.push_back(&slice);
  }
  if (again.empty()) return;
  for (Slice* const slice : again) {
    slice->batch.Discard();
    slice->added.clear();
    slice->refused.clear();
  }
  // What cannot be closed may still get its name.
  ForEachSlice([](Slice& slice) { static_cast<void>(slice.batch.CloseUnnamed()); });
  for (Slice* const slice : again) Add(*slice);
}

Status FileSlices::MakeBytesStable(Wave& wave) {
  bool is_filesystem_synced = false;
  for (Slice& slice : wave) {
    FileBatch& batch = slice.batch;
    // One sync of the filesystem serves all.
    if (is_filesystem_synced && batch.syncs_filesystem_) batch.NoteStable();
    is_filesystem_synced = is_filesystem_synced || batch.syncs_filesystem_;
    ANYSTORE_TRY(batch.MakeBytesStable());
  }
  return Ok();
}

/// Each directory once, also where slices have it in common: above their own, or where files could
/// not be dealt out.
Status FileSlices::SyncTouched(std::span<FileSlices* const> finished) {
  if (finished.empty()) return Ok();
  FileBatch& all = finished.front()->waves_[0].front().batch;
  for (FileSlices* const slices : finished) {
    slices->ForEachSlice([&all](Slice& slice) {
      if (&slice.batch == &all) return;
      all.touched_.merge(slice.batch.touched_);
      all.becoming_stable_.merge(slice.batch.becoming_stable_);
    });
  }
  ANYSTORE_TRY(all.SyncTouched());
  for (FileSlices* const slices : finished) slices->is_stable_ = true;
  return Ok();
}

void FileSlices::FailOthers(Wave& wave, const Error& error) {
  for (Slice& slice : wave) slice.batch.FailOthers(error);
}

/// Threads that help the caller with one step after the other, as far as there are any to be had.
class FileSlices::Crew {
 public:
  Crew(FileSlices& all, std::span<Step> steps, std::size_t threads_max) : all_(all), steps_(steps) {
    threads_.reserve(threads_max);
    try {
      while (threads_.size() + 1 < threads_max) threads_.emplace_back([this] { Help(); });
    } catch (const std::system_error&) {  // the others do it
    }
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() {
    for (Step& step : steps_) step.Skip();
  }

  /// Does all of a step. The caller does `first` before it joins in.
  template <class First>
  void Do(Step& step, const First& first) {
    step.Open();
    first();
    step.Work(all_);
    step.AwaitDone();
  }

 private:
  void Help() {
    for (Step& step : steps_) {
      step.AwaitOpen();
      step.Work(all_);
    }
  }

  FileSlices& all_;
  const std::span<Step> steps_;
  std::vector<std::jthread> threads_;
};

/// Of the first file, in the order given, that could not be written.
const Error* FileSlices::FirstRefusal() {
  const std::pair<std::size_t, Error>* first = nullptr;
  ForEachSlice([&first](const Slice& slice) {
    for (const auto& refused : slice.refused) {
      if (first == nullptr || refused.first < first->first) first = &refused;
    }
  });
  return first == nullptr ? nullptr : &first->second;
}

Status FileSlices::WriteWaves() {
  auto& [first, second] = waves_;
  const auto add = [](FileSlices& all, Slice& slice) { all.Add(slice); };
  const auto apply = [](FileSlices&, Slice& slice) { static_cast<void>(slice.batch.ApplyAll()); };
  const auto nothing = [] {};
  std::array<Step, 4> steps = {Step(first, add), Step(second, add), Step(first, apply),
                               Step(second, apply)};
  Crew crew(*this, steps, std::min(threads_, std::max(first.size(), second.size())));
  Status stable = Ok();
  crew.Do(steps[0], nothing);
  AddAgainWithoutDescriptors(first);
  for (const std::string_view name : removed_) first.front().batch.Remove(name);
  crew.Do(steps[1], [&] { stable = MakeBytesStable(first); });
  AddAgainWithoutDescriptors(second);
  if (const Error* const refusal = needs_all_ ? FirstRefusal() : nullptr; refusal != nullptr) {
    stable = refusal->Clone();
  }
  if (!stable.has_value()) {
    FailOthers(first, stable.error());
    FailOthers(second, stable.error());
    return stable;
  }
  crew.Do(steps[2], [&] { stable = MakeBytesStable(second); });
  if (stable.has_value()) {
    crew.Do(steps[3], nothing);
  } else {
    FailOthers(second, stable.error());
    stable = std::move(stable).error().WithApplied(Applied::kUnknown);
  }
  if (!durable_) return stable;
  FileSlices* const self = this;
  Status synced = SyncTouched({&self, 1});
  if (!synced.has_value()) {
    FailOthers(first, synced.error());
    FailOthers(second, synced.error());
  }
  return stable.has_value() ? std::move(synced) : std::move(stable);
}

Status FileSlices::Prepare() {
  auto& [first, second] = waves_;
  const auto add = [](FileSlices& all, Slice& slice) { all.Add(slice); };
  {
    std::array<Step, 2> steps = {Step(first, add), Step(second, add)};
    Crew crew(*this, steps, std::min(threads_, std::max(first.size(), second.size())));
    for (Step& step : steps) crew.Do(step, [] {});
  }
  for (Wave& wave : waves_) AddAgainWithoutDescriptors(wave);
  for (const std::string_view name : removed_) first.front().batch.Remove(name);
  const Error* const refusal = FirstRefusal();
  Status prepared = refusal == nullptr ? Ok() : Status(refusal->Clone());
  for (Wave& wave : waves_) {
    if (prepared.has_value()) prepared = MakeBytesStable(wave);
  }
  if (!prepared.has_value()) {
    ForEachSlice([](Slice& slice) { slice.batch.Discard(); });
  }
  return prepared;
}

std::vector<FileSlices::Prepared> FileSlices::prepared() {
  std::vector<Prepared> all;
  ForEachSlice([&all](const Slice& slice) {
    for (const FileBatch::Change& change : slice.batch.changes_) {
      if (change.name.empty()) continue;
      all.push_back({.name = change.name, .temporary = change.temporary, .bytes = change.bytes});
    }
  });
  return all;
}

void FileSlices::Abandon() {
  ForEachSlice([](Slice& slice) {
    for (FileBatch::Change& change : slice.batch.changes_) change.temporary.clear();
    slice.batch.Discard();
  });
}

void FileSlices::Drop(std::string_view name) {
  ForEachSlice([name](Slice& slice) { slice.batch.Drop(name); });
}

Status FileSlices::Finish() {
  Status first = Ok();
  bool any_applied = false;
  ForEachSlice([&](Slice& slice) {
    Status applied = slice.batch.ApplyAll();
    for (const Status& result : slice.batch.results()) {
      any_applied = any_applied || result.has_value();
    }
    if (first.has_value()) first = std::move(applied);
  });
  if (first.has_value() || !any_applied) return first;
  return std::move(first).error().WithApplied(Applied::kUnknown);
}

Status FileSlices::Write(std::span<Status> results) {
  Status committed = WriteWaves();
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
  ForEachSlice([&](const Slice& slice) {
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
    // Removals come last.
    for (std::size_t i = slice.added.size(); i < slice.batch.results().size(); ++i) {
      const Status& result = slice.batch.results()[i];
      any_written = any_written || result.has_value();
      if (!result.has_value() && first == nullptr) first = &result.error();
    }
  });
  if (!committed.has_value() || first == nullptr) return committed;
  return any_written ? first->Clone().WithApplied(Applied::kUnknown) : first->Clone();
}

std::vector<std::string> FileSlices::unsynced() {
  std::set<std::string, std::less<>> all;
  if (is_stable_) return {};
  ForEachSlice([&all](const Slice& slice) {
    all.insert(slice.batch.touched_.begin(), slice.batch.touched_.end());
  });
  return {all.begin(), all.end()};
}

}  // namespace filesystem

Status WriteFiles(Directory& root, std::span<const NewFile> files, std::span<Status> results,
                  const FileBatchOptions& options) {
  return filesystem::FileSlices(root, files, options).Write(results);
}

}  // namespace anystore
