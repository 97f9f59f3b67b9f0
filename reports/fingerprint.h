/* SPDX-License-Identifier: MIT */
/** @file
 *  What makes a failure the same as another, in words and as a digest. Private to reports. */
#ifndef REPORTS_FINGERPRINT_H
#define REPORTS_FINGERPRINT_H

#include <rehearse/report.h>

#define REPORT_KEY_BYTES 33

struct report_fingerprint {
    char words[640];            /**< "links/one-notice a,b crash"; "" if nothing is violated */
    char key[REPORT_KEY_BYTES]; /**< 32 hexadecimal digits; equal for what is the same failure */
};

/** Take it from the entry, or from its trace, or without one from its violation. */
void report_fingerprint(const struct rh_report_entry *entry, struct report_fingerprint *ret);

#endif
