/* SPDX-License-Identifier: MIT */
/*
 * Linked into every program of a coverage build, and into no other: a process that ends by a signal or by _exit writes its
 * counters down first. Otherwise all that led to a panic, and every child that was killed, would count as never reached.
 *
 * SIGKILL cannot be helped. Whoever handles a signal itself goes on doing so.
 */
#include <signal.h>
#include <stddef.h>

void __gcov_dump(void);
void __real__exit(int code);
void __wrap__exit(int code);

void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}

static void dump(int number)
{
    __gcov_dump();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

__attribute__((constructor)) static void watch(void)
{
    static const int numbers[] = {SIGABRT, SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGBUS, SIGFPE};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (signal(numbers[i], dump) == SIG_IGN) {
            (void)signal(numbers[i], SIG_IGN); /* as it was started */
        }
    }
}
