#include "system_calls.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace anystore::bench {
namespace {

/// What a call is for.
enum class Purpose : std::uint8_t { kFiles, kSync, kOther };

struct Known {
  std::uint64_t number;
  std::string_view name;
  Purpose purpose = Purpose::kFiles;
};

constexpr std::array kKnown{
    Known{SYS_openat, "openat"},
    Known{SYS_close, "close"},
    Known{SYS_read, "read"},
    Known{SYS_pread64, "pread"},
    Known{SYS_write, "write"},
    Known{SYS_pwrite64, "pwrite"},
    Known{SYS_pwritev, "pwritev"},
    Known{SYS_writev, "writev"},
    Known{SYS_fstat, "fstat"},
    Known{SYS_newfstatat, "fstatat"},
    Known{SYS_statx, "statx"},
    Known{SYS_fsync, "fsync", Purpose::kSync},
    Known{SYS_fdatasync, "fdatasync", Purpose::kSync},
    Known{SYS_syncfs, "syncfs", Purpose::kSync},
    Known{SYS_sync_file_range, "sync_file_range"},
    Known{SYS_mkdirat, "mkdirat"},
    Known{SYS_unlinkat, "unlinkat"},
    Known{SYS_linkat, "linkat"},
    Known{SYS_renameat, "renameat"},
    Known{SYS_renameat2, "renameat2"},
    Known{SYS_getdents64, "getdents"},
    Known{SYS_epoll_ctl, "epoll_ctl"},
    Known{SYS_fcntl, "fcntl"},
    Known{SYS_fchmod, "fchmod"},
    Known{SYS_ftruncate, "ftruncate"},
    Known{SYS_utimensat, "utimensat"},
    Known{SYS_fallocate, "fallocate"},
    Known{SYS_fadvise64, "fadvise"},
    Known{SYS_readahead, "readahead"},
    Known{SYS_futex, "futex", Purpose::kOther},
    Known{SYS_mmap, "mmap", Purpose::kOther},
    Known{SYS_munmap, "munmap", Purpose::kOther},
    Known{SYS_mremap, "mremap", Purpose::kOther},
    Known{SYS_mprotect, "mprotect", Purpose::kOther},
    Known{SYS_madvise, "madvise", Purpose::kOther},
    Known{SYS_brk, "brk", Purpose::kOther},
    Known{SYS_clone, "clone", Purpose::kOther},
    Known{SYS_clone3, "clone3", Purpose::kOther},
    Known{SYS_exit, "exit", Purpose::kOther},
    Known{SYS_rseq, "rseq", Purpose::kOther},
    Known{SYS_set_robust_list, "set_robust_list", Purpose::kOther},
    Known{SYS_rt_sigprocmask, "rt_sigprocmask", Purpose::kOther},
    Known{SYS_sched_yield, "sched_yield", Purpose::kOther},
    Known{SYS_clock_nanosleep, "clock_nanosleep", Purpose::kOther},
    Known{SYS_restart_syscall, "restart_syscall", Purpose::kOther},
    Known{SYS_getrandom, "getrandom", Purpose::kOther},
    Known{SYS_getpid, "getpid", Purpose::kOther},
    Known{SYS_gettid, "gettid", Purpose::kOther},
#ifdef SYS_mkdir
    Known{SYS_mkdir, "mkdir"},
    Known{SYS_rename, "rename"},
    Known{SYS_unlink, "unlink"},
    Known{SYS_rmdir, "rmdir"},
#endif
};

const Known* Find(std::uint64_t number) {
  const auto* const found = std::ranges::find(kKnown, number, &Known::number);
  return found == kKnown.end() ? nullptr : found;
}

Purpose PurposeOf(std::uint64_t number) {
  const Known* const known = Find(number);
  return known == nullptr ? Purpose::kFiles : known->purpose;
}

/// Lets the tracer look. Not raise(), which makes calls of its own afterwards.
void Stop() { static_cast<void>(syscall(SYS_tgkill, getpid(), gettid(), SIGSTOP)); }

/// A call that nobody makes with such an argument tells the tracer where the work ends.
constexpr long kEnd = 0x5afe'c0de;
void End() { static_cast<void>(syscall(SYS_getpgid, kEnd)); }

[[noreturn]] void RunTraced(const std::function<void()>& prepare,
                            const std::function<void()>& work) {
  int code = 1;
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    std::perror("ptrace");
    _exit(code);
  }
  Stop();
  try {
    prepare();
    Stop();
    work();
    End();
    code = 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "a counted child: %s\n", failure.what());
  }
  // Neither destructors nor what stands in buffers: they are the parent's.
  _exit(code);
}

/// Follows the threads of one child from stop to stop.
class Tracer {
 public:
  explicit Tracer(pid_t child) : child_(child) {}

  /// Whether the child ran to its end.
  [[nodiscard]] bool Follow(std::string* why_not) {
    int status = 0;
    if (waitpid(child_, &status, __WALL) != child_ || !WIFSTOPPED(status)) {
      *why_not = "no process may be traced here";
      return false;
    }
    constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, child_, nullptr, kOptions) != 0) {
      *why_not = "ptrace: " + std::generic_category().message(errno);
      kill(child_, SIGKILL);
      waitpid(child_, &status, __WALL);
      return false;
    }
    Resume(child_, 0);
    for (;;) {
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0) {
        *why_not = "waitpid: " + std::generic_category().message(errno);
        return false;
      }
      if (WIFSTOPPED(status)) {
        threads_.insert(thread);
        Resume(thread, SignalOf(thread, WSTOPSIG(status)));
        continue;
      }
      threads_.erase(thread);
      if (thread != child_) continue;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && phase_ == Phase::kAfter) return true;
      *why_not = phase_ == Phase::kWork && !tells_ ? "the kernel does not tell which calls are made"
                                                   : "the child failed";
      return false;
    }
  }

  [[nodiscard]] SystemCalls TakeCalls() { return std::move(calls_); }

 private:
  enum class Phase : std::uint8_t { kBefore, kWork, kAfter };

  void Resume(pid_t thread, int signal) const {
    const auto request = phase_ == Phase::kWork ? PTRACE_SYSCALL : PTRACE_CONT;
    // A thread may be gone by now.
    static_cast<void>(ptrace(request, thread, nullptr, static_cast<long>(signal)));
  }

  /// What a stop is about; the signal to hand on, 0 for none.
  int SignalOf(pid_t thread, int signal) {
    if (signal == (SIGTRAP | 0x80)) {
      NoteCall(thread);
      return 0;
    }
    if (signal == SIGSTOP && thread == child_ && phase_ == Phase::kBefore) Begin();
    // Others of these are the tracer's own, or the first stop of a new thread.
    return signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
  }

  void Begin() {
    phase_ = Phase::kWork;
    // The others go on uncounted until they stop.
    for (const pid_t thread : threads_) {
      if (thread != child_) static_cast<void>(syscall(SYS_tgkill, child_, thread, SIGSTOP));
    }
  }

  void NoteCall(pid_t thread) {
    __ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0) return;
    tells_ = true;
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || phase_ != Phase::kWork) return;
    if (info.entry.nr == SYS_getpgid && info.entry.args[0] == kEnd) {
      phase_ = Phase::kAfter;
    } else {
      calls_.Add(info.entry.nr);
    }
  }

  pid_t child_;
  std::set<pid_t> threads_ = {};
  Phase phase_ = Phase::kBefore;
  bool tells_ = false;
  SystemCalls calls_ = {};
};

}  // namespace

std::uint64_t SystemCalls::on_files() const {
  std::uint64_t sum = 0;
  for (const auto& [number, count] : counts_) {
    if (PurposeOf(number) != Purpose::kOther) sum += count;
  }
  return sum;
}

std::uint64_t SystemCalls::syncs() const {
  std::uint64_t sum = 0;
  for (const auto& [number, count] : counts_) {
    if (PurposeOf(number) == Purpose::kSync) sum += count;
  }
  return sum;
}

std::string SystemCalls::Text(double operations) const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> counts(counts_.begin(), counts_.end());
  std::ranges::stable_sort(counts,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string on_files;
  std::string others;
  for (const auto& [number, count] : counts) {
    const Known* const known = Find(number);
    std::array<char, 32> times{};
    std::snprintf(times.data(), times.size(), " %.3g", static_cast<double>(count) / operations);
    std::string& out = PurposeOf(number) == Purpose::kOther ? others : on_files;
    out += out.empty() ? "" : ", ";
    out += known != nullptr ? std::string(known->name) : "call " + std::to_string(number);
    out += times.data();
  }
  return on_files + (others.empty() ? "" : "; besides " + others);
}

std::optional<SystemCalls> CountSystemCalls(const std::function<void()>& prepare,
                                            const std::function<void()>& work,
                                            std::string* why_not) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) RunTraced(prepare, work);
  if (child < 0) {
    *why_not = "fork: " + std::generic_category().message(errno);
    return std::nullopt;
  }
  Tracer tracer(child);
  if (!tracer.Follow(why_not)) return std::nullopt;
  return tracer.TakeCalls();
}

}  // namespace anystore::bench
