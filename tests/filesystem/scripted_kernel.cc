#include "filesystem/scripted_kernel.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace anystore {

#if defined(__x86_64__) && defined(SECCOMP_RET_TRAP)

namespace {

thread_local std::vector<ScriptedCall>* script = nullptr;

/// The kernel comes here instead of making the call; what is put into the register is its answer.
void Answer(int /*signal*/, siginfo_t* info, void* context) {
  if (script == nullptr) return;
  for (ScriptedCall& call : *script) {
    if (call.number != info->si_syscall) continue;
    const std::size_t at = std::min(call.count++, call.answers.size() - 1);
    greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    registers[REG_RAX] = call.answers[at];
    if (call.answers[at] < 0 || !call.fill) continue;
    call.fill(reinterpret_cast<void*>(registers[REG_RSI]),
              reinterpret_cast<void*>(registers[REG_RDX]));
  }
}

bool Trap(const std::vector<ScriptedCall>& calls) {
  std::vector<sock_filter> filter = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)}};
  for (const ScriptedCall& call : calls) {
    filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(call.number)});
    filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP});
  }
  filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  const sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace

bool RunScripted(std::vector<ScriptedCall>& calls, const std::function<void()>& body) {
  struct sigaction action = {};
  action.sa_sigaction = &Answer;
  action.sa_flags = SA_SIGINFO;
  struct sigaction before = {};
  if (sigaction(SIGSYS, &action, &before) != 0) return false;
  bool ran = false;
  // The filter holds for the thread, and goes with it.
  std::thread([&] {
    script = &calls;
    if (!Trap(calls)) return;
    body();
    ran = true;
  }).join();
  sigaction(SIGSYS, &before, nullptr);
  return ran;
}

#else

bool RunScripted(std::vector<ScriptedCall>&, const std::function<void()>&) { return false; }

#endif

}  // namespace anystore
