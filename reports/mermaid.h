/* SPDX-License-Identifier: MIT */
/** @file
 *  A sequence diagram in Mermaid's language, which GitHub and GitLab draw. Private to reports. */
#ifndef REPORTS_MERMAID_H
#define REPORTS_MERMAID_H

#include "harness/trace/history.h"

#include <stdio.h>

/** Write the diagram of at most `max` moments: those that led to the violation of the trace, or to its end. */
void report_mermaid(FILE *out, struct rh_history *history, uint32_t max);

#endif
