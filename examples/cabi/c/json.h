/* Just enough JSON to find a member of an object and the items of an array. It trusts the text:
   headrace hands over what its own encoder wrote. */

#ifndef JSON_H
#define JSON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const char *json_space(const char *at) { return at + strspn(at, " \t\r\n"); }

/* The first byte behind the string that begins here. */
static inline const char *json_string_end(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* The first byte behind the value that begins here. */
static inline const char *json_end(const char *at) {
    int depth = 0;
    do {
        if (*at == '"') {
            at = json_string_end(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (*at && (depth > 0 || !strchr(",]} \t\r\n", *at)));
    return at;
}

/* The value of a member of the object that begins here; NULL where it has none of that name. */
static inline const char *json_member(const char *object, const char *name) {
    const char *at = json_space(json_space(object) + 1);
    while (*at == '"') {
        const char *key = at + 1, *end = json_string_end(at);
        const char *value = json_space(json_space(end) + 1);
        if ((size_t)(end - 1 - key) == strlen(name) && !strncmp(key, name, strlen(name)))
            return value;
        at = json_space(json_end(value));
        at = json_space(at + (*at == ','));
    }
    return NULL;
}

/* A copy of the string that begins here, its escapes resolved, to be freed; NULL where it is no
   string, or has an escape of a character beyond ASCII, which headrace does not write. */
static inline char *json_text(const char *at) {
    const char *end = at && *at == '"' ? json_string_end(at) : NULL;
    char *text = end ? malloc((size_t)(end - at)) : NULL, *out = text;
    unsigned code;
    if (!text)
        return NULL;
    for (at++; at < end - 1; at++) {
        static const char escapes[] = "b\bf\fn\nr\rt\t";
        const char *found;
        if (*at != '\\') {
            *out++ = *at;
        } else if (*++at == 'u') {
            if (sscanf(at + 1, "%4x", &code) != 1 || code == 0 || code > 127) {
                free(text);
                return NULL;
            }
            *out++ = (char)code;
            at += 4;
        } else {
            found = strchr(escapes, *at);
            *out++ = found ? found[1] : *at;
        }
    }
    *out = 0;
    return text;
}

#endif
