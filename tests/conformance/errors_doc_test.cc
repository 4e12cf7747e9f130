// The `Errors:` lists in the public headers, held against what functions were seen to return.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "anystore/conformance.h"
#include "conformance/map_store.h"

namespace anystore::conformance {
namespace {

using testing::MapStore;
using testing::Medium;

// What a header says of its functions: "Store::Put" -> the text after `Errors:`, up to the end of
// the comment, without what stands in parentheses.
using Documented = std::map<std::string, std::string>;

std::string WithoutParentheses(const std::string& text) {
  std::string plain;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) plain += c;
    if (c == ')') --depth;
  }
  return plain;
}

// Adds what `header` documents. Understands the headers' own form: a comment of `///` lines
// directly above a declaration, in a class that begins at the start of a line.
void ReadHeader(std::istream& header, Documented& documented) {
  static const std::regex kClass("^class (?:ANYSTORE_EXPORT )?(\\w+).*\\{$");
  static const std::regex kComment("^  /// ?(.*)$");
  static const std::regex kFunction("\\b(\\w+)\\(");
  std::string line;
  std::string in_class;
  std::string comment;
  while (std::getline(header, line)) {
    std::smatch match;
    if (std::regex_match(line, match, kClass)) {
      in_class = match[1];
    } else if (std::regex_match(line, match, kComment)) {
      comment += match[1].str() + "\n";
      continue;
    } else if (!in_class.empty() && std::regex_search(line, match, kFunction)) {
      const std::size_t errors = comment.find("Errors:");
      if (errors != std::string::npos) {
        documented.emplace(in_class + "::" + match[1].str(),
                           WithoutParentheses(comment.substr(errors + 7)));
      }
    }
    comment.clear();
  }
}

Documented ReadHeaders() {
  Documented documented;
  for (const char* const name : {"store.h", "results.h", "cursor.h", "datastore.h"}) {
    std::ifstream header(std::string(ANYSTORE_INCLUDE_DIR "/anystore/") + name);
    EXPECT_TRUE(header.is_open()) << name;
    ReadHeader(header, documented);
  }
  return documented;
}

std::optional<Code> CodeNamed(const std::string& name) {
  for (std::uint8_t code = 1; code < kCodeCount; ++code) {
    if (CodeName(static_cast<Code>(code)) == name) return static_cast<Code>(code);
  }
  return std::nullopt;
}

// The codes that the documentation of `function` lists, with "as Put" and "as `Writer::Apply`"
// followed.
std::set<Code> ListedCodes(const Documented& documented, const std::string& function) {
  const auto found = documented.find(function);
  if (found == documented.end()) return {};
  const std::string& text = found->second;
  static const std::regex kReference("\\bas `?([\\w:]+)");
  static const std::regex kWord("[a-z_]+");
  std::set<Code> codes;
  for (std::sregex_iterator at(text.begin(), text.end(), kReference), end; at != end; ++at) {
    std::string other = (*at)[1];
    if (other.find("::") == std::string::npos) {
      other = function.substr(0, function.find("::") + 2) + other;
    }
    codes.merge(ListedCodes(documented, other));
  }
  for (std::sregex_iterator at(text.begin(), text.end(), kWord), end; at != end; ++at) {
    if (const std::optional<Code> code = CodeNamed(at->str())) codes.insert(*code);
  }
  return codes;
}

using Provoked = std::map<std::string, std::set<Code>>;

// What was returned and is not listed, in words.
std::vector<std::string> Unlisted(const Documented& documented, const Provoked& provoked) {
  std::vector<std::string> unlisted;
  for (const auto& [function, codes] : provoked) {
    const std::set<Code> listed = ListedCodes(documented, function);
    for (const Code code : codes) {
      if (!listed.contains(code)) {
        unlisted.push_back(function + " returned " + std::string(CodeName(code)));
      }
    }
  }
  return unlisted;
}

TEST(ErrorsInHeaders, ListEveryCodeThatTheKitProvoked) {
  Provoked provoked;
  for (const Capabilities& claims : {testing::EverythingClaimed(), testing::LittleClaimed()}) {
    const Report report = conformance::Run(
        testing::MakeTarget("honest",
                            [&claims](std::shared_ptr<Medium> medium, const Environment& env) {
                              return std::make_unique<MapStore>(std::move(medium), env, claims);
                            }),
        {.quick = true});
    for (const auto& [function, codes] : report.provoked) {
      provoked[function].insert(codes.begin(), codes.end());
    }
  }
  EXPECT_GE(provoked.size(), 24U) << "some function was never called";
  for (const auto& [function, codes] : provoked) {
    EXPECT_TRUE(codes.contains(Code::kClosed) || function == "Store::Close")
        << function << " was never called on a closed store";
  }
  const Documented documented = ReadHeaders();
  for (const auto& [function, codes] : provoked) {
    EXPECT_TRUE(documented.contains(function)) << function << " has no list of errors";
  }
  EXPECT_EQ(Unlisted(documented, provoked), std::vector<std::string>{});
}

TEST(ErrorsInHeaders, AreReadWithTheirReferences) {
  std::istringstream header(R"(
class ANYSTORE_EXPORT Shelf final : public Furniture {
 public:
  /// Takes one.
  ///
  /// Errors: not_found (none is there, or closed) · io_error,
  /// no_space.
  Result<Value> Take(std::string_view key,
                     int count);
  /// Takes many.
  ///
  /// Errors: as Take · too_large.
  virtual Status TakeMany() = 0;
)");
  Documented documented;
  ReadHeader(header, documented);
  EXPECT_EQ(ListedCodes(documented, "Shelf::TakeMany"),
            (std::set<Code>{Code::kNotFound, Code::kIoError, Code::kNoSpace, Code::kTooLarge}));
  EXPECT_EQ(Unlisted(documented, {{"Shelf::Take", {Code::kIoError, Code::kClosed}}}),
            std::vector<std::string>{"Shelf::Take returned closed"});
}

}  // namespace
}  // namespace anystore::conformance
