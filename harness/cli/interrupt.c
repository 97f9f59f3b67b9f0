/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM set a flag that runs look at between their events. A behaviour in C whose turn does not end never
 * gets there; then an alarm takes the only thread out of it, back to where the reports are written. What that turn held
 * is lost, which is of no matter to a process about to end; should it hold something that reporting needs, a second alarm
 * ends the process.
 *
 * SIGPIPE sets the flag as well where reports are to be written: nobody reads on, but files are not lost for that.
 */
#include "harness/cli/cli.h"

#include <signal.h>
#include <unistd.h>

#define PATIENCE_SECONDS 2U

static volatile sig_atomic_t asked;
static volatile sig_atomic_t is_armed;
static sigjmp_buf point;

static void on_signal(int number)
{
    asked = number;
    (void)alarm(PATIENCE_SECONDS);
}

static void on_alarm(int number)
{
    static const char text[] = "interrupted in something that does not end\n";
    (void)number;
    if (is_armed != 0) {
        is_armed = 0;
        (void)alarm(PATIENCE_SECONDS);
        siglongjmp(point, 1);
    }
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        _exit(128 + (int)asked);
    }
    _exit(128 + (int)asked);
}

static void on_pipe(int number)
{
    asked = asked == 0 ? number : asked;
}

void cli_interrupt_watch_pipe(void)
{
    struct sigaction action = {.sa_handler = on_pipe};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPIPE, &action, NULL);
}

void cli_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction alarmed = {.sa_handler = on_alarm};
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&alarmed.sa_mask);
    (void)sigaction(SIGALRM, &alarmed, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupt_is_pipe(void)
{
    return asked == SIGPIPE;
}

int cli_interrupt_signal(void)
{
    return (int)asked;
}

sigjmp_buf *cli_interrupt_point(void)
{
    return &point;
}

void cli_interrupt_arm(void)
{
    is_armed = 1;
}

void cli_interrupt_disarm(void)
{
    is_armed = 0;
}

void cli_interrupt_done(void)
{
    (void)alarm(0);
}
