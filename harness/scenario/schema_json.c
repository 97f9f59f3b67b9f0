/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/scenario/schema_json.h"

static void begin_value(struct json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth > 0) {
        (void)rh_text_buffer_append(json->text, json->is_first ? "\n" : ",\n",
                                    json->is_first ? 1 : 2);
        (void)rh_text_buffer_repeat(json->text, ' ', (size_t)json->depth * 2);
    }
    json->is_first = false;
}

void json_open(struct json *json, char bracket)
{
    begin_value(json);
    (void)rh_text_buffer_append(json->text, &bracket, 1);
    json->depth++;
    json->is_first = true;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (!json->is_first) {
        (void)rh_text_buffer_append(json->text, "\n", 1);
        (void)rh_text_buffer_repeat(json->text, ' ', (size_t)json->depth * 2);
    }
    (void)rh_text_buffer_append(json->text, &bracket, 1);
    json->is_first = false;
}

/* The texts are those of the tables: printable ASCII. */
static void quote(struct json *json, const char *value)
{
    (void)rh_text_buffer_append(json->text, "\"", 1);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            (void)rh_text_buffer_append(json->text, "\\", 1);
        }
        (void)rh_text_buffer_append(json->text, value, 1);
    }
    (void)rh_text_buffer_append(json->text, "\"", 1);
}

void json_key(struct json *json, const char *key)
{
    begin_value(json);
    quote(json, key);
    (void)rh_text_buffer_append(json->text, ": ", 2);
    json->after_key = true;
}

void json_string(struct json *json, const char *value)
{
    begin_value(json);
    quote(json, value);
}

void json_number(struct json *json, uint64_t value)
{
    begin_value(json);
    (void)rh_text_buffer_print(json->text, "%" PRIu64, value);
}

void json_truth(struct json *json, bool value)
{
    begin_value(json);
    (void)rh_text_buffer_print(json->text, "%s", value ? "true" : "false");
}

void json_null(struct json *json)
{
    begin_value(json);
    (void)rh_text_buffer_print(json->text, "null");
}

void json_pair(struct json *json, const char *key, const char *value)
{
    json_key(json, key);
    json_string(json, value);
}

void json_list(struct json *json, const char *key, const char *const *values, size_t count)
{
    json_key(json, key);
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        json_string(json, values[i]);
    }
    json_close(json, ']');
}
