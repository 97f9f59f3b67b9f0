/* SPDX-License-Identifier: MIT */
/* Lines are compared as text, because both sides are written by the same printer; only a `_` where an item may stand fits
 * whatever stands there. */
#include "harness/schedule/line.h"

#include <stdio.h>
#include <string.h>

/* Where what is behind "who -> whom" begins: at ": ", or at the end. */
static size_t head_of(const char *line)
{
    const char *colon = strstr(line, ": ");
    return colon == NULL ? strlen(line) : (size_t)(colon - line);
}

/* Cut " (n)" off a head; returns n, 1 without it. */
static uint32_t cut_place(const char *line, size_t *head)
{
    size_t at = *head;
    uint32_t place = 0;
    uint32_t unit = 1;
    if (at < 4 || line[at - 1] != ')') {
        return 1;
    }
    at--;
    while (at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9' && unit < 1000000) {
        place += unit * (uint32_t)(line[--at] - '0');
        unit *= 10;
    }
    if (unit == 1 || at < 3 || line[at - 1] != '(' || line[at - 2] != ' ') {
        return 1;
    }
    *head = at - 2;
    return place;
}

uint32_t rh_line_place(const char *line)
{
    size_t head = head_of(line);
    return cut_place(line, &head);
}

size_t rh_line_placed(const char *name, uint32_t n, char *buffer, size_t capacity)
{
    size_t head = head_of(name);
    if (n <= 1) {
        return (size_t)snprintf(buffer, capacity, "%s", name);
    }
    return (size_t)snprintf(buffer, capacity, "%.*s (%lu)%s", (int)head, name, (unsigned long)n,
                            name + head);
}

/* Behind the item that begins here. */
static const char *behind_item(const char *at)
{
    unsigned depth = 0;
    for (; *at != '\0'; at++) {
        if (*at == '"') {
            for (at++; *at != '\0' && *at != '"'; at++) {
                at += *at == '\\' && at[1] != '\0';
            }
            if (*at == '\0') {
                return at;
            }
        } else if (*at == '[' || *at == '{') {
            depth++;
        } else if (depth == 0 && (strchr(",]}", *at) != NULL || (*at == ':' && at[1] == ' '))) {
            return at;
        } else if (*at == ']' || *at == '}') {
            depth--;
        }
    }
    return at;
}

static bool is_any(const char *line, const char *begin)
{
    bool opens = line == begin || strchr("[{ ", line[-1]) != NULL;
    bool closes = line[1] == '\0' || strchr(",]}", line[1]) != NULL;
    return *line == '_' && opens && closes;
}

static bool value_means(const char *line, const char *name)
{
    const char *begin = line;
    while (*line != '\0') {
        if (is_any(line, begin)) {
            name = behind_item(name);
            line++;
        } else if (*line++ != *name++) {
            return false;
        }
    }
    return *name == '\0';
}

bool rh_line_means(const char *line, const char *name)
{
    size_t behind = head_of(line);
    size_t head = behind;
    size_t name_head = head_of(name);
    (void)cut_place(line, &head);
    if (head != name_head || memcmp(line, name, head) != 0) {
        return false;
    }
    if (line[behind] == '\0') {
        return true;
    }
    const char *value = line + behind + 2;
    return name[name_head] == '\0' ? strcmp(value, "_") == 0
                                   : value_means(value, name + name_head + 2);
}
