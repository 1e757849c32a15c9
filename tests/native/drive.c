/* Reads all of a reader's library and writes it by a writer's, by JSON and by Arrow data where both
   have it, some of it wrong on purpose: for valgrind and sanitizers, which then look for what was
   not given back.

   drive READER READER_CONFIG WRITER WRITER_CONFIG */

#include "headrace.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct library {
    void *loaded;
    void *(*create)(const char *);
    void (*free_part)(void *);
    char *(*last_error)(void *);
    void (*free_string)(char *);
};

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why ? why : "it does not say why");
    exit(1);
}

static void *find(void *loaded, const char *name) {
    void *found;
    *(void **)&found = dlsym(loaded, name);
    return found;
}

static struct library load(const char *path, const char *create, const char *free_part) {
    struct library library = {.loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    if (!library.loaded)
        fail(path, dlerror());
    *(void **)&library.create = find(library.loaded, create);
    *(void **)&library.free_part = find(library.loaded, free_part);
    *(void **)&library.last_error = find(library.loaded, "last_error");
    *(void **)&library.free_string = find(library.loaded, "free_string");
    return library;
}

static void *opened(const struct library *library, const char *config) {
    void *part = library->create("{}"); /* neither part works without any config */
    char *why = part ? NULL : library->last_error(NULL);
    if (part || !why)
        fail("create", "it takes an empty config, or does not say why not");
    library->free_string(why);
    part = library->create(config);
    if (!part)
        fail("create", library->last_error(NULL));
    return part;
}

static void taken(const struct library *library, void *part, char *text, const char *what) {
    if (!text)
        fail(what, library->last_error(part));
    library->free_string(text);
}

static long by_json(const struct library *from, void *reader, const struct library *to, void *writer) {
    char *(*extract)(void *), *(*write)(void *, const char *), *records;
    long batches = 0;
    *(void **)&extract = find(from->loaded, "extract_batch");
    *(void **)&write = find(to->loaded, "write_batch");
    for (; (records = extract(reader)); batches++) {
        taken(to, writer, write(writer, records), "write_batch");
        from->free_string(records);
    }
    return batches;
}

static long by_arrow(const struct library *from, void *reader, const struct library *to, void *writer) {
    int (*extract)(void *, struct ArrowSchema *, struct ArrowArray *), found;
    char *(*write)(void *, struct ArrowSchema *, struct ArrowArray *);
    struct ArrowSchema schema;
    struct ArrowArray array;
    long batches = 0;
    *(void **)&extract = find(from->loaded, "extract_batch_arrow");
    *(void **)&write = find(to->loaded, "write_batch_arrow");
    if (!extract)
        return -1;
    for (; (found = extract(reader, &schema, &array)) == 1; batches++) {
        if (write) {
            taken(to, writer, write(writer, &schema, &array), "write_batch_arrow");
        } else {
            array.release(&array);
            schema.release(&schema);
        }
    }
    if (found)
        fail("extract_batch_arrow", from->last_error(reader));
    return batches;
}

int main(int count, char **arguments) {
    char *(*close)(void *);
    if (count != 5)
        return 2;
    struct library from = load(arguments[1], "create_reader", "free_reader");
    struct library to = load(arguments[3], "create_writer", "free_writer");
    *(void **)&close = find(to.loaded, "close_writer");
    for (int way = 0; way < 2; way++) {
        void *reader = opened(&from, arguments[2]), *writer = opened(&to, arguments[4]);
        long batches = way ? by_arrow(&from, reader, &to, writer) : by_json(&from, reader, &to, writer);
        printf("%s: %ld batches\n", way ? "arrow" : "json", batches);
        if (close)
            taken(&to, writer, close(writer), "close_writer");
        from.free_part(reader);
        to.free_part(writer);
        /* A second pair is given up half way. */
        reader = opened(&from, arguments[2]);
        writer = opened(&to, arguments[4]);
        from.free_part(reader);
        to.free_part(writer);
    }
    return 0;
}
