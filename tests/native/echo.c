/* A writer that keeps what it is given, and a reader that gives it back, once: by JSON what came by
   JSON, by Arrow data what came by Arrow data. With one process as its only user. */

#include "headrace.h"

#include <stdlib.h>
#include <string.h>

static char *json;
static struct ArrowSchema schema;
static struct ArrowArray array;
static int has_arrow, handle;

static char *copy_of(const char *text) { return strcpy(malloc(strlen(text) + 1), text); }

void free_string(char *string) { free(string); }
char *last_error(void *of) { return of == &handle ? copy_of("") : NULL; }

void *create_writer(const char *config) { return config ? &handle : NULL; }
void *create_reader(const char *config) { return config ? &handle : NULL; }

char *write_batch(void *writer, const char *records) {
    (void)writer;
    free(json);
    json = copy_of(records);
    return copy_of("[]");
}

char *write_batch_arrow(void *writer, struct ArrowSchema *from, struct ArrowArray *given) {
    (void)writer;
    if (has_arrow) {
        schema.release(&schema);
        array.release(&array);
    }
    schema = *from; /* taken: moved out, and marked as released where it was */
    array = *given;
    from->release = NULL;
    given->release = NULL;
    has_arrow = 1;
    return copy_of("[]");
}

char *extract_batch(void *reader) {
    char *text = json;
    (void)reader;
    json = NULL;
    return text;
}

int extract_batch_arrow(void *reader, struct ArrowSchema *into, struct ArrowArray *filled) {
    (void)reader;
    if (!has_arrow)
        return 0;
    *into = schema;
    *filled = array;
    has_arrow = 0;
    return 1;
}
