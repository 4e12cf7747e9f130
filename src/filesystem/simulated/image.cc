#include "filesystem/simulated/image.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace anystore::filesystem {
namespace {

/// Always the first answer, or always the last.
class FixedChooser final : public Chooser {
 public:
  explicit FixedChooser(bool newest) : Chooser(/*whole_writes=*/true), newest_(newest) {}
  [[nodiscard]] std::size_t Choose(Question /*question*/, std::size_t answers) override {
    return newest_ ? answers - 1 : 0;
  }

 private:
  const bool newest_;
};

class RandomChooser final : public Chooser {
 public:
  explicit RandomChooser(std::uint64_t seed) : Chooser(/*whole_writes=*/true), random_(seed) {}
  [[nodiscard]] std::size_t Choose(Question /*question*/, std::size_t answers) override {
    return random_.Below(answers);
  }

 private:
  SeededRandom random_;
};

/// Names, modes and sizes rather than bytes.
class TornChooser final : public Chooser {
 public:
  explicit TornChooser(std::uint64_t seed)
      : Chooser(/*whole_writes=*/false,
                SeededRandom(~seed).Below(2) == 0 ? kSectorBytes : kPageBytes),
        random_(seed),
        sectors_kept_of_8_(kSectorsKeptOf8[random_.Below(std::size(kSectorsKeptOf8))]) {}

  [[nodiscard]] std::size_t Choose(Question question, std::size_t answers) override {
    const bool is_sector = question == Question::kSector;
    if (random_.Below(8) < (is_sector ? sectors_kept_of_8_ : 7)) return answers - 1;
    return random_.Below(is_sector ? answers - 1 : answers);
  }

 private:
  static constexpr std::uint64_t kSectorsKeptOf8[] = {0, 2, 4, 7};

  SeededRandom random_;
  const std::uint64_t sectors_kept_of_8_;
};

class ImageBuilder {
 public:
  ImageBuilder(const Model& model, std::uint64_t garbage_seed, Chooser& chooser, Tree& tree)
      : model_(model), garbage_seed_(garbage_seed), chooser_(chooser), tree_(tree) {
    sector_bytes_ =
        std::max<std::uint64_t>(chooser.sector_bytes(), model.traits().atomic_write_bytes);
    if (model.profile() == DiskProfile::kNoJournal) {
      sector_bytes_ = std::max(sector_bytes_, kPageBytes);
    }
  }

  void Build();

 private:
  struct Pair {
    const DiskDirectory* source;
    DirectoryNode* copy;
  };

  [[nodiscard]] Entries NamesOf(const DiskDirectory& directory);
  [[nodiscard]] Entries NamesByThemselves(const DiskDirectory& directory);
  void CopyNames(const Pair& pair);
  [[nodiscard]] std::shared_ptr<Node> CopyNode(const DiskNode& source);
  [[nodiscard]] Content BytesOf(const DiskFile& file);
  void Write(const DiskFile& file, const ByteChange& change, Content* content, std::uint64_t* size);
  [[nodiscard]] std::string Garbage(const DiskFile& file, std::uint64_t offset,
                                    std::uint64_t length) const;
  [[nodiscard]] bool Keeps(Question question) { return chooser_.Choose(question, 2) == 1; }
  [[nodiscard]] std::uint32_t ModeOf(const DiskNode& node);

  const Model& model_;
  const std::uint64_t garbage_seed_;
  Chooser& chooser_;
  Tree& tree_;
  std::uint64_t sector_bytes_ = kSectorBytes;
  /// On a journaled disk: the last call whose changes of names survive.
  std::uint64_t last_call_ = 0;
  /// What is on the image already, by the numbers of the source.
  std::map<std::uint64_t, std::shared_ptr<Node>> copies_;
  std::deque<Pair> directories_;
};

void ImageBuilder::Build() {
  if (model_.profile() == DiskProfile::kJournaled) {
    const std::vector<std::uint64_t> calls = model_.PendingCalls();
    const std::size_t kept = chooser_.Choose(Question::kCalls, calls.size() + 1);
    last_call_ = kept == 0 ? 0 : calls[kept - 1];
  }
  copies_[model_.root().number] = tree_.root();
  directories_.push_back({&model_.root(), tree_.root().get()});
  while (!directories_.empty()) {
    const Pair pair = directories_.front();
    directories_.pop_front();
    CopyNames(pair);
  }
}

Entries ImageBuilder::NamesOf(const DiskDirectory& directory) {
  if (model_.profile() != DiskProfile::kJournaled) return NamesByThemselves(directory);
  Entries names = directory.stable;
  for (const EntryChange& change : directory.changes) {
    if (change.call <= last_call_) SetEntry(&names, change.name, change.node);
  }
  return names;
}

Entries ImageBuilder::NamesByThemselves(const DiskDirectory& directory) {
  using States = std::vector<std::shared_ptr<DiskNode>>;
  std::map<std::string, States, NameLess> changed(model_.name_less());
  for (const EntryChange& change : directory.changes) {
    States& states = changed[change.name];
    if (states.empty()) {
      const auto stable = directory.stable.find(change.name);
      states.push_back(stable == directory.stable.end() ? nullptr : stable->second);
    }
    if (states.back() != change.node) states.push_back(change.node);
  }
  Entries names = directory.stable;
  for (const auto& [name, states] : changed) {
    SetEntry(&names, name, states[chooser_.Choose(Question::kName, states.size())]);
  }
  return names;
}

void ImageBuilder::CopyNames(const Pair& pair) {
  auto& copy = static_cast<DiskDirectory&>(*pair.copy->shadow);
  for (const auto& [name, source] : NamesOf(*pair.source)) {
    std::shared_ptr<Node>& node = copies_[source->number];
    if (node == nullptr) {
      node = CopyNode(*source);
    } else if (source->kind == FileKind::kDirectory) {
      continue;  // it has a name already
    }
    tree_.SetName(*pair.copy, name, node);
    SetEntry(&copy.stable, name, std::static_pointer_cast<DiskNode>(node->shadow));
  }
}

std::shared_ptr<Node> ImageBuilder::CopyNode(const DiskNode& source) {
  const std::uint32_t mode = ModeOf(source);
  std::shared_ptr<Node> node;
  if (source.kind == FileKind::kDirectory) {
    const std::shared_ptr<DirectoryNode> directory = tree_.NewDirectory(mode);
    directories_.push_back({static_cast<const DiskDirectory*>(&source), directory.get()});
    node = directory;
  } else {
    const std::shared_ptr<FileNode> file = tree_.NewFile(mode);
    file->content = BytesOf(static_cast<const DiskFile&>(source));
    file->usage->used += file->content.held();
    static_cast<DiskFile&>(*file->shadow).stable = file->content.Share();
    node = file;
  }
  const bool is_dated = source.dates == source.stable_dates || Keeps(Question::kDate);
  const Dates& dates = is_dated ? source.dates : source.stable_dates;
  node->modified_ns = dates.modified;
  node->accessed_ns = dates.accessed;
  auto& copy = static_cast<DiskNode&>(*node->shadow);
  copy.mode_is_stable = true;
  copy.dates = dates;
  copy.stable_dates = dates;
  return node;
}

std::uint32_t ImageBuilder::ModeOf(const DiskNode& node) {
  const std::uint32_t lost = LostMode(node.kind);
  return node.mode_is_stable || node.mode == lost || Keeps(Question::kMode) ? node.mode : lost;
}

Content ImageBuilder::BytesOf(const DiskFile& file) {
  Content content = file.stable.Share();
  // What is written without its size lies behind the end until that moves.
  std::uint64_t size = content.size();
  for (const ByteChange& change : file.changes) {
    switch (change.kind) {
      case ByteChange::Kind::kWrite:
        Write(file, change, &content, &size);
        break;
      case ByteChange::Kind::kTruncate:
        if (!Keeps(Question::kSize)) break;
        size = change.offset;
        Apply(change, &content);
        break;
      case ByteChange::Kind::kGrow:
        if (change.offset > size && Keeps(Question::kSize)) size = change.offset;
        break;
      case ByteChange::Kind::kZero:
        if (Keeps(Question::kChange)) Apply(change, &content);
        break;
    }
  }
  Apply({.kind = ByteChange::Kind::kTruncate, .offset = size}, &content);
  return content;
}

void ImageBuilder::Write(const DiskFile& file, const ByteChange& change, Content* content,
                         std::uint64_t* size) {
  const std::uint64_t end = change.offset + change.bytes.size();
  if (chooser_.whole_writes()) {
    if (!Keeps(Question::kChange)) return;
    Apply(change, content);
    *size = std::max(*size, end);
    return;
  }
  const std::uint64_t old_size = *size;
  if (end > old_size && Keeps(Question::kSize)) *size = end;
  for (std::uint64_t at = change.offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / sector_bytes_ + 1) * sector_bytes_);
    const bool may_be_garbage = model_.profile() == DiskProfile::kStrict && next > old_size;
    const std::size_t answers = may_be_garbage ? 3 : 2;
    const std::size_t answer = chooser_.Choose(Question::kSector, answers);
    if (answer == answers - 1) {
      Apply({.offset = at, .bytes = change.bytes.substr(at - change.offset, next - at)}, content);
    } else if (answer == 1) {
      const std::uint64_t from = std::max(at, old_size);
      Apply({.offset = from, .bytes = Garbage(file, from, next - from)}, content);
    }
    at = next;
  }
}

std::string ImageBuilder::Garbage(const DiskFile& file, std::uint64_t offset,
                                  std::uint64_t length) const {
  std::string bytes(length, '\0');
  // By the place alone, so that it does not matter which write lost it; never zero.
  std::uint64_t word = 0;
  for (std::uint64_t at = offset; at < offset + length; ++at) {
    if (at == offset || at % 8 == 0) {
      word = SeededRandom(garbage_seed_ ^ (file.number << 40U) ^ (at / 8)).Next();
    }
    bytes[at - offset] =
        static_cast<char>(static_cast<unsigned char>(word >> (at % 8 * 8)) | 0x80U);
  }
  return bytes;
}

}  // namespace

std::unique_ptr<Chooser> NewChooser(Survivors survivors, std::uint64_t seed) {
  switch (survivors) {
    case Survivors::kNone:
      return std::make_unique<FixedChooser>(/*newest=*/false);
    case Survivors::kAll:
      return std::make_unique<FixedChooser>(/*newest=*/true);
    case Survivors::kRandom:
      return std::make_unique<RandomChooser>(seed);
    case Survivors::kTorn:
      return std::make_unique<TornChooser>(seed);
  }
  return std::make_unique<FixedChooser>(/*newest=*/false);
}

std::size_t Walker::Choose(Question question, std::size_t answers) {
  if (question == Question::kDate || answers == 1) return answers - 1;
  ++answered_;
  if (asked_ == digits_.size()) digits_.push_back({.answer = 0, .answers = answers});
  return digits_[asked_++].answer;
}

bool Walker::Advance() {
  asked_ = 0;
  while (!digits_.empty() && ++digits_.back().answer == digits_.back().answers) digits_.pop_back();
  return !digits_.empty();
}

void BuildImage(const Model& model, std::uint64_t garbage_seed, Chooser& chooser, Tree& tree) {
  ImageBuilder(model, garbage_seed, chooser, tree).Build();
}

}  // namespace anystore::filesystem
