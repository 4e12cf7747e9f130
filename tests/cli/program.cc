#include "cli/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "anystore/open.h"

namespace anystore::testing {
namespace {

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

ProgramTest::ProgramTest(const std::filesystem::path& parent) : scratch_(parent) {
  std::filesystem::create_directory(directory() / "work");
}

Outcome ProgramTest::Run(const std::string& line) const {
  WriteFile("../line", line);
  const std::string program_directory =
      std::filesystem::path(ANYSTORE_PROGRAM).parent_path().string();
  const std::string shell = "cd '" + (directory() / "work").string() + "' && HOME='" +
                            directory().string() + "' PATH='" + program_directory +
                            "':\"$PATH\" timeout 300 bash -o pipefail ../line"
                            " >../out 2>../err </dev/null";
  const int status = std::system(shell.c_str());
  return {.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = ReadFile("../out"),
          .err = ReadFile("../err")};
}

pid_t ProgramTest::Start(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), ANYSTORE_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  }
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, ANYSTORE_PROGRAM, &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

std::string ProgramTest::Expect(const std::string& line) const {
  Outcome outcome = Run(line);
  EXPECT_EQ(outcome.exit, 0) << line << "\n" << outcome.err;
  EXPECT_EQ(outcome.err, "") << line;
  return outcome.out;
}

std::string ProgramTest::ExpectComplaint(int exit, const std::string& line) const {
  Outcome outcome = Run(line);
  EXPECT_EQ(outcome.exit, exit) << line << "\n" << outcome.out << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("anystore: ")) << line << "\n" << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << line << "\n" << outcome.err;
  return outcome.err;
}

void ProgramTest::WriteFile(const std::string& name, std::string_view bytes) const {
  std::ofstream file(directory() / "work" / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string ProgramTest::ReadFile(const std::string& name) const {
  return Slurp(directory() / "work" / name);
}

bool ProgramTest::Exists(const std::string& name) const {
  return std::filesystem::exists(std::filesystem::symlink_status(directory() / "work" / name));
}

std::string ProgramTest::FilesIn(const std::string& name) const {
  std::vector<std::string> paths;
  const std::filesystem::path top = directory() / "work" / name;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
    if (!entry.is_directory()) paths.push_back(entry.path().lexically_relative(top).string());
  }
  std::ranges::sort(paths);
  std::string joined;
  for (const std::string& path : paths) joined.append(joined.empty() ? "" : " ").append(path);
  return joined;
}

void FillStore(const std::string& url, int count) {
  Result<Store> store = Open(url, {.mode = OpenMode::kCreate});
  ASSERT_TRUE(store.has_value()) << store.error().ToString();
  Result<std::unique_ptr<Batch>> batch = store->NewBatch();
  ASSERT_TRUE(batch.has_value());
  for (int i = 0; i < count; ++i) {
    const std::string key = "/record/" + std::to_string(1'000'000 + i);
    ASSERT_TRUE((*batch)->Put(key, key + std::string(static_cast<std::size_t>(i % 170), 'v')));
  }
  ASSERT_TRUE((*batch)->Commit().has_value());
  ASSERT_TRUE(store->Close().has_value());
}

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::uint64_t NumberIn(const std::string& json, const std::string& name) {
  const std::string mark = "\"" + name + "\":";
  const std::size_t at = json.find(mark);
  std::uint64_t number = 0;
  EXPECT_NE(at, std::string::npos) << name << " in " << json;
  if (at == std::string::npos) return number;
  const char* const digits = json.data() + at + mark.size();
  const auto parsed = std::from_chars(digits, json.data() + json.size(), number);
  EXPECT_EQ(parsed.ec, std::errc()) << name << " in " << json;
  return number;
}

}  // namespace anystore::testing
