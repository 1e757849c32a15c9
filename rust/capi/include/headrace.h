/* The C ABI of headrace: what a library of a reader or a writer exports.

   Made by cbindgen of rust/capi; docs/c-abi.md says what the functions are held to. A library
   implements the functions of its part that are not called optional, and others as it likes.

   SPDX-License-Identifier: Apache-2.0 */

#ifndef HEADRACE_H
#define HEADRACE_H

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifdef __cplusplus
extern "C" {
#endif

// Optional. The version of this ABI: 1. A library without it is taken to have version 1.
uint32_t abi_version(void);

// Takes back a string that a function of the library returned, once. NULL is let pass.
//
// # Safety
// `string` is NULL or from a function of this library and not yet freed.
void free_string(char *string);

// Optional. Why the last call on `handle`, a reader or a writer, failed; NULL or empty where it
// did not. For NULL: why the calling thread's last `create_reader` or `create_writer` failed.
//
// # Safety
// `handle` is NULL or from [`create_writer`] and not yet freed.
char *last_error(void *handle);

// Opens a writer by its JSON config. NULL is a failure, and `last_error(NULL)` tells why.
//
// # Safety
// `config_json` is NULL or points to a NUL-terminated string that does not change meanwhile.
void *create_writer(const char *config_json);

// Writes a JSON array of records, all or none. A JSON array of the files that are complete now,
// each `{"path", "rows", "bytes"}`, or an object with such `files`. NULL is always a failure.
//
// # Safety
// `writer` is NULL or from [`create_writer`] and not yet freed; `records_json` is NULL or points
// to a NUL-terminated string that does not change meanwhile.
char *write_batch(void *writer, const char *records_json);

// Optional, and taken in place of `write_batch` where it is there: writes the rows of a struct
// array, all or none, and returns as `write_batch` does. The library takes schema and array over,
// whatever comes of it, and releases each once.
//
// # Safety
// `writer` as for [`write_batch`]; `schema` and `array` are NULL or point to structs as the Arrow
// C Data Interface describes them, the caller's to give away.
char *write_batch_arrow(void *writer, struct ArrowSchema *schema, struct ArrowArray *array);

// Optional. Ends the writer's open files and returns them as `write_batch` does; none where it
// was closed before. NULL is a failure. A library without it writes whole files in each call.
//
// # Safety
// `writer` is NULL or from [`create_writer`] and not yet freed.
char *close_writer(void *writer);

// Optional. Ends a writer's life, once; files that it did not complete are removed. NULL is let
// pass.
//
// # Safety
// `writer` is NULL or from [`create_writer`] and not yet freed, and no call on it is under way.
void free_writer(void *writer);

// Opens a reader by its JSON config. NULL is a failure, and `last_error(NULL)` tells why.
//
// # Safety
// `config_json` is NULL or points to a NUL-terminated string that does not change meanwhile.
void *create_reader(const char *config_json);

// Optional. The reader's columns: a JSON array of `{"name", "type", "nullable"}`. NULL is a
// failure. Without it the contract's columns hold, or those of the first batch.
//
// # Safety
// `reader` is NULL or from [`create_reader`] and not yet freed.
char *reader_schema(void *reader);

// The next records as a JSON array; an empty one is not the end. NULL is the end where
// `last_error(reader)` is NULL or empty, and a failure otherwise; in a library without
// `last_error` nobody can tell, and the run's report says so.
//
// # Safety
// `reader` is NULL or from [`create_reader`] and not yet freed.
char *extract_batch(void *reader);

// Optional, and taken in place of `extract_batch` where it is there: 1 and the next records as a
// struct array, which the caller then releases; 0 at the end, with nothing filled; -1 on failure,
// with nothing filled, and `last_error(reader)` tells why.
//
// # Safety
// `reader` as for [`extract_batch`]; `schema` and `array` are NULL or point to room for such
// structs.
int extract_batch_arrow(void *reader, struct ArrowSchema *schema, struct ArrowArray *array);

// Optional. Ends a reader's life, once. NULL is let pass.
//
// # Safety
// `reader` is NULL or from [`create_reader`] and not yet freed, and no call on it is under way.
void free_reader(void *reader);

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_H */
