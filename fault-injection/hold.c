/* SPDX-License-Identifier: MIT */
/* Hold: a held message is one that is not picked. Its host keeps it; the menu only says which, and until when. */
#include "fault-injection/menu.h"

const struct fault_family fault_hold = {.answer = NULL};
