/// The text form in which Prometheus scrapes measurements, for the layers that have some.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anystore::layers {

/// Writes families of measurements, one after the other.
///
/// Threads: single-thread.
class PrometheusWriter {
 public:
  /// Names begin with `prefix` and "_"; every sample has the label `store`.
  PrometheusWriter(std::string_view prefix, std::string_view store);

  /// Begins a family. `type` is "counter", "gauge" or "histogram".
  void Family(std::string_view name, std::string_view type, std::string_view help);
  /// A sample of the family. `labels` follow that of the store: `verb="get"`; may be empty.
  void Sample(std::string_view labels, std::uint64_t value) { Sample("", labels, value); }
  /// A sample whose name has a suffix: "_bucket".
  void Sample(std::string_view suffix, std::string_view labels, std::uint64_t value);
  /// As above, of so many nanoseconds, written in seconds.
  void Seconds(std::string_view suffix, std::string_view labels, std::uint64_t nanoseconds);

  /// What was written.
  [[nodiscard]] std::string Take() && { return std::move(text_); }

 private:
  void Begin(std::string_view suffix, std::string_view labels);

  const std::string prefix_;
  const std::string store_label_;
  std::string family_;
  std::string text_;
};

/// So many nanoseconds in seconds, as labels and samples have them: "2.5e-07".
[[nodiscard]] std::string InSeconds(std::uint64_t nanoseconds);

/// Several such texts as one, in which no family appears twice: its samples stand together, as
/// Prometheus wants them.
[[nodiscard]] std::string JoinPrometheusTexts(const std::vector<std::string>& texts);

}  // namespace anystore::layers
