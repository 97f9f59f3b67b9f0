/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: writing JSON with indentation, one call per token. */
#ifndef HARNESS_SCENARIO_SCHEMA_JSON_H
#define HARNESS_SCENARIO_SCHEMA_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/document/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json {
    struct rh_text_buffer *text;
    unsigned depth;
    bool is_first;  /**< of the object or list under way */
    bool after_key; /**< the next value stands behind its key */
};

void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);
/** Write a key; one value follows. */
void json_key(struct json *json, const char *key);
void json_string(struct json *json, const char *value);
void json_number(struct json *json, uint64_t value);
void json_truth(struct json *json, bool value);
void json_null(struct json *json);
/** Shorthands: a key with its value. */
void json_pair(struct json *json, const char *key, const char *value);
void json_list(struct json *json, const char *key, const char *const *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
