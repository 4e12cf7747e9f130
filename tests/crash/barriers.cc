#include "crash/barriers.h"

#include <algorithm>
#include <string_view>

namespace anystore::crash {
namespace {

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// The path below src/ or tests/.
std::string_view Below(std::string_view path) {
  for (const std::string_view folder : {"/src/", "/tests/"}) {
    const std::size_t at = path.rfind(folder);
    if (at != std::string_view::npos) return path.substr(at + folder.size());
  }
  return path;
}

// "SyncTouched" of "anystore::Status anystore::FileBatch::SyncTouched()".
std::string_view LastName(std::string_view function) {
  // clang's name of a namespace that has none is no list of parameters.
  constexpr std::string_view kAnonymous = "(anonymous namespace)";
  std::size_t open = function.find('(');
  while (open != std::string_view::npos && function.substr(open).starts_with(kAnonymous)) {
    open = function.find('(', open + kAnonymous.size());
  }
  function = function.substr(0, open);
  const std::size_t at = function.find_last_of(": ");
  return at == std::string_view::npos ? function : function.substr(at + 1);
}

// Ends a line.
void End(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

}  // namespace

std::string SiteName(const SyncSite& site) {
  std::string name(Below(site.file_name()));
  name += ':' + std::to_string(site.line()) + ' ';
  return name += LastName(site.function_name());
}

void Merge(BarrierTable& into, const BarrierTable& from) {
  for (const auto& [site, cells] : from) {
    auto& mine = into[site];
    for (std::size_t i = 0; i < cells.size(); ++i) mine[i].Add(cells[i]);
  }
}

std::string ToText(const BarrierTable& table, bool mutated) {
  std::size_t width = 30;
  for (const auto& [site, cells] : table) width = std::max(width, site.size() + 2);
  std::string text = Padded("barrier", width);
  for (const Survivors survivors : kAllSurvivors) {
    text += Padded(std::string(Name(survivors)), 18);
  }
  End(text);
  text += Padded("", width);
  for (std::size_t i = 0; i < kSurvivorCount; ++i) {
    text += Padded(mutated ? "right/last caught" : "right/last", 18);
  }
  End(text);
  for (const auto& [site, cells] : table) {
    text += Padded(site, width);
    for (const BarrierCell& cell : cells) {
      std::string counts = std::to_string(cell.right_after) + '/' + std::to_string(cell.last);
      if (mutated) counts += ' ' + (cell.broken > 0 ? std::to_string(cell.broken) : "-");
      text += Padded(std::move(counts), 18);
    }
    End(text);
  }
  return text;
}

}  // namespace anystore::crash
