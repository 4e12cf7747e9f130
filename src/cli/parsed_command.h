/// How commands say what they take. Only this file and what includes it know CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "cli/io.h"
#include "registry/suggest.h"

namespace anystore::cli {

/// Words that several commands share.
inline constexpr const char* kUrlHelp = "The store, such as rocksdb:/var/x or memory:";
inline constexpr const char* kJsonHelp = "Print JSON";

/// The command that was chosen, ready to run.
using Run = std::function<Exit()>;

/// Adds a command that has commands of its own.
inline CLI::App& AddGroup(CLI::App& app, const char* name, const char* help) {
  CLI::App& group = *app.add_subcommand(name, help);
  group.allow_extras();
  group.require_subcommand(0, 1);
  return group;
}

/// Reads a whole number from 0 on. Not CLI11's own conversion, which takes one that is too large
/// for the largest.
template <class T>
void ParseNumber(const char* name, const std::string& text, T& to) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, to);
  if (parsed.ec != std::errc() || parsed.ptr != end || std::cmp_less(to, 0)) {
    throw CLI::ValidationError(name, "found " + Quoted(text) + ", allowed is a number");
  }
}

/// A command whose arguments are an `Arguments`, kept alive until it has run.
///
/// Threads: single-thread.
template <class Arguments>
class Command {
 public:
  Command(CLI::App& app, Run& run, const char* name, const char* help,
          Exit (*function)(const Arguments&))
      : app_(app.add_subcommand(name, help)) {
    app_->allow_extras();
    app_->callback([values = values_, &run, function] {
      run = [values, function] { return function(*values); };
    });
  }

  /// The arguments, to be filled in.
  Arguments* operator->() { return values_.get(); }

  /// An argument that must be given, by its place.
  template <class T>
  Command& Positional(const char* name, T& to, const char* help) {
    app_->add_option(name, to, help)->required();
    return *this;
  }
  /// An argument by its place that may be left out.
  template <class T>
  Command& OptionalPositional(const char* name, T& to, const char* help) {
    app_->add_option(name, to, help);
    return *this;
  }
  /// A whole number from 0 on, by its place, that may be left out.
  template <class T>
  Command& OptionalNumber(const char* name, std::optional<T>& to, const char* help) {
    return Number(name, to, help);
  }
  /// An option with a value; `shown` stands for it in the help.
  template <class T>
  Command& Option(const char* name, T& to, const char* help, const char* shown) {
    app_->add_option(name, to, help)->type_name(shown);
    return *this;
  }
  /// A whole number from 0 on.
  template <class T>
  Command& Number(const char* name, T& to, const std::string& help) {
    app_->add_option_function<std::string>(
            name,
            [values = values_, &to, name](const std::string& text) { ParseNumber(name, text, to); },
            help)
        ->type_name("N");
    return *this;
  }
  /// A number that may be absent.
  template <class T>
  Command& Number(const char* name, std::optional<T>& to, const std::string& help) {
    app_->add_option_function<std::string>(
            name,
            [values = values_, &to, name](const std::string& text) {
              T number = {};
              ParseNumber(name, text, number);
              to = number;
            },
            help)
        ->type_name("N");
    return *this;
  }
  /// A text that may be absent, where absent and empty differ.
  Command& Text(const char* name, std::optional<std::string>& to, const char* help,
                const char* shown) {
    app_->add_option_function<std::string>(
            name, [values = values_, &to](const std::string& text) { to = text; }, help)
        ->type_name(shown);
    return *this;
  }
  /// An option that may be given several times.
  Command& Repeated(const char* name, std::vector<std::string>& to, const char* help,
                    const char* shown) {
    app_->add_option(name, to, help)->type_name(shown)->expected(1)->take_all();
    return *this;
  }
  /// One of a few names.
  template <class T>
  Command& Choice(const char* name, T& to, const std::map<std::string, T>& choices,
                  const std::string& help, const char* shown) {
    app_->add_option_function<std::string>(
            name,
            [values = values_, &to, choices, name](const std::string& text) {
              const auto found = choices.find(text);
              if (found == choices.end()) throw CLI::ValidationError(name, NotOneOf(choices, text));
              to = found->second;
            },
            help)
        ->type_name(shown);
    return *this;
  }
  /// An option without a value.
  Command& Flag(const char* name, bool& to, const char* help) {
    app_->add_flag(name, to, help);
    return *this;
  }
  /// The options that choose a part of a store.
  Command& Range(RangeArguments& range) {
    Text("--prefix", range.prefix, "Only strict descendants of this hierarchical key", "KEY");
    Text("--from", range.from, "Only keys from this one on", "KEY");
    return Text("--to", range.to, "Only keys before this one", "KEY");
  }

 private:
  template <class T>
  static std::string NotOneOf(const std::map<std::string, T>& choices, const std::string& found) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.push_back(name);
    return "found " + Quoted(found) + ", allowed is one of " + registry::JoinNames(names) +
           registry::DidYouMean(registry::Nearest(found, names));
  }

  CLI::App* app_;
  std::shared_ptr<Arguments> values_ = std::make_shared<Arguments>();
};

}  // namespace anystore::cli
