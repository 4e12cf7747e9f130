#include "anystore/simulated_disk.h"

#include <algorithm>
#include <map>
#include <set>
#include <shared_mutex>
#include <utility>

#include "base/hex.h"
#include "base/words.h"
#include "filesystem/memory/tree.h"
#include "filesystem/simulated/image.h"
#include "filesystem/simulated/model.h"

namespace anystore {
namespace {

using filesystem::BuildImage;
using filesystem::Chooser;
using filesystem::DirectoryNode;
using filesystem::FileNode;
using filesystem::Model;
using filesystem::Node;
using filesystem::Tree;
using filesystem::TreeOptions;

/// Images gives up after so many answers, in all combinations together.
constexpr std::size_t kAnswersMax = std::size_t{1} << 21U;
/// Longer contents are described by their hash.
constexpr std::size_t kBytesShown = 64;
/// A hash covers pieces, so that a sparse file of any size need not fit in memory.
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20U;

/// Two streams of SplitMix64 over the bytes: 128 bits in hexadecimal digits.
std::string HashOf(std::string_view bytes) {
  std::uint64_t high = bytes.size();
  std::uint64_t low = ~high;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    for (const char byte : bytes.substr(at, 8))
      word = word << 8U | static_cast<unsigned char>(byte);
    high = SeededRandom(high ^ word).Next();
    low = SeededRandom(low + word).Next();
  }
  std::string text;
  for (const std::uint64_t half : {high, low}) {
    for (unsigned shift = 64; shift != 0; shift -= 4) {
      text += base::kHexDigits[half >> (shift - 4) & 15U];
    }
  }
  return text;
}

std::string ContentsOf(const FileNode& file) {
  const std::shared_lock lock(file.mutex);
  const std::uint64_t size = file.content.size();
  std::string text = " " + std::to_string(size) + " ";
  if (size > kBytesShown) {
    std::string hashes;
    std::string piece(std::min(size, kPieceBytes), '\0');
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
      hashes += HashOf({piece.data(), file.content.Read(at, piece)});
    }
    return text + "hash " + (size <= piece.size() ? hashes : HashOf(hashes));
  }
  std::string bytes(size, '\0');
  file.content.Read(0, bytes);
  return text + Quoted(bytes, kBytesShown);
}

std::string DescribeTree(const Tree& tree) {
  const std::shared_lock lock(tree.mutex());
  std::string text = "/ directory " + base::OctalMode(tree.root()->mode) + "\n";
  std::map<const Node*, std::string> first_names;
  // Deepest last name first, so that a directory comes before what is in it.
  struct Step {
    const DirectoryNode* directory;
    std::string path;
    decltype(DirectoryNode::names)::const_iterator next;
  };
  std::vector<Step> steps = {{tree.root().get(), "", tree.root()->names.begin()}};
  while (!steps.empty()) {
    Step& step = steps.back();
    if (step.next == step.directory->names.end()) {
      steps.pop_back();
      continue;
    }
    const Node& node = *step.next->second;
    const std::string path = step.path + step.next->first;
    ++step.next;
    const auto [first, is_first] = first_names.emplace(&node, path);
    text += Quoted(path, path.size());
    if (!is_first) {
      text += " is " + Quoted(first->second, first->second.size()) + "\n";
    } else if (node.kind == FileKind::kDirectory) {
      text += " directory " + base::OctalMode(node.mode) + "\n";
      const auto& directory = static_cast<const DirectoryNode&>(node);
      steps.push_back({&directory, path + "/", directory.names.begin()});
    } else {
      text += " file " + base::OctalMode(node.mode) +
              ContentsOf(static_cast<const FileNode&>(node)) + "\n";
    }
  }
  return text;
}

}  // namespace

class SimulatedDisk::State {
 public:
  /// `cuts`: how often the power was cut until now.
  explicit State(const SimulatedDiskOptions& options, std::uint64_t cuts = 0)
      : options_(options),
        cuts_(cuts),
        model_(options.profile, options.traits),
        tree_(std::make_shared<Tree>(
            TreeOptions{.traits = options.traits,
                        .capacity_bytes = options.capacity_bytes,
                        .clock = options.clock,
                        .observer = &model_,
                        .power_session = "simulated-" + std::to_string(cuts)})) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // What is still open on the disk goes on without the model.
  ~State() { tree_->Close(); }

  [[nodiscard]] const std::shared_ptr<Tree>& tree() const noexcept { return tree_; }
  [[nodiscard]] const Model& model() const noexcept { return model_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return options_.seed; }

  [[nodiscard]] std::shared_ptr<State> Image(Chooser& chooser) const {
    auto image = std::make_shared<State>(options_, cuts_ + 1);
    const std::shared_lock lock(tree_->mutex());
    BuildImage(model_, options_.seed, chooser, *image->tree_);
    return image;
  }

 private:
  const SimulatedDiskOptions options_;
  const std::uint64_t cuts_;
  Model model_;
  const std::shared_ptr<Tree> tree_;
};

std::string_view Name(Survivors survivors) noexcept {
  switch (survivors) {
    case Survivors::kNone:
      return "none";
    case Survivors::kAll:
      return "all";
    case Survivors::kRandom:
      return "random";
    case Survivors::kTorn:
      return "torn";
  }
  return "unknown";
}

SimulatedDisk::SimulatedDisk(const SimulatedDiskOptions& options)
    : SimulatedDisk(std::make_shared<State>(options)) {}

SimulatedDisk::SimulatedDisk(std::shared_ptr<State> state) : state_(std::move(state)) {}

SimulatedDisk::~SimulatedDisk() = default;

Result<std::unique_ptr<Directory>> SimulatedDisk::OpenDirectory(std::string_view path) {
  return filesystem::OpenTreePath(state_->tree(), path);
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Crash(Survivors survivors, std::uint64_t seed) const {
  const std::uint64_t mixed = SeededRandom(state_->seed()).Next() + seed;
  const std::unique_ptr<Chooser> chooser = filesystem::NewChooser(survivors, mixed);
  return std::unique_ptr<SimulatedDisk>(new SimulatedDisk(state_->Image(*chooser)));
}

std::vector<std::unique_ptr<SimulatedDisk>> SimulatedDisk::Images(std::size_t count_max) const {
  std::vector<std::unique_ptr<SimulatedDisk>> images;
  std::set<std::string> known;
  filesystem::Walker walker;
  do {
    std::shared_ptr<State> image = state_->Image(walker);
    if (walker.answered() > kAnswersMax) return {};
    if (!known.insert(DescribeTree(*image->tree())).second) continue;
    if (images.size() == count_max) return {};
    images.push_back(std::unique_ptr<SimulatedDisk>(new SimulatedDisk(std::move(image))));
  } while (walker.Advance());
  return images;
}

void SimulatedDisk::CutPower(std::uint64_t calls) { state_->tree()->CutPower(calls); }

std::size_t SimulatedDisk::unstable_changes() const { return state_->model().PendingChanges(); }

std::string SimulatedDisk::Describe() const { return DescribeTree(*state_->tree()); }

}  // namespace anystore
