/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of a build with sanitizers, which this program says that it is: a
 * call that is refused is named, and the sanitizers' own are allowed. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/sandbox.h"
#include "host/sandbox_calls.h"
#include "tests/harness.h"

/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __gcov_exit(void) __attribute__((weak));
extern void __asan_init(void);
/* One of a sanitizer goes before. */
__attribute__((weak)) void __asan_init(void)
{
}
/* NOLINTEND(readability-identifier-naming) */

TEST(a_call_that_is_refused_is_named)
{
    char text[128] = "";
    int status = 0;
    int ends[2];
    if (sandbox_architecture == 0 || __gcov_exit != NULL) {
        SKIP("this host filters no calls, or the program is instrumented");
    }
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        struct sandbox sandbox = {.calls = SANDBOX_THREADS};
        (void)dup2(ends[1], STDERR_FILENO);
        sandbox_enter(&sandbox);
        if (sandbox.calls != (SANDBOX_THREADS | SANDBOX_CHECKED) ||
            sandbox.table != sandbox_count(sandbox.calls)) {
            _exit(1);
        }
        /* One that only sanitizers have. */
        (void)prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        _exit(listen(socket(AF_INET, SOCK_STREAM, 0), 1));
    }
    close(ends[1]);
    waitpid(child, &status, 0);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    EXPECT(read(ends[0], text, sizeof(text) - 1) > 0);
    char *says = xasprintf("cairn: sandbox: call %d was refused\n", SYS_socket);
    EXPECT_STR(text, says);
    free(says);
    close(ends[0]);
}
