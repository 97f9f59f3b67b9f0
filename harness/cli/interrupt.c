/* SPDX-License-Identifier: MIT */
#include "harness/cli/cli.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    asked = number;
}

void cli_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int cli_interrupt_signal(void)
{
    return (int)asked;
}
