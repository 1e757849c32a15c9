/* A reader in C: the numbers from 0 to `count` and their squares, by JSON and by Arrow data.

   gcc -std=c99 -Wall -Wextra -O2 -shared -fPIC -I ../../../rust/capi/include \
       -o libnumbers_reader.so numbers_reader.c */

#include "headrace.h"

#include "json.h"

struct reader {
    int64_t next, count, batch_rows;
};

static char create_error[128];

static char *copy_of(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

uint32_t abi_version(void) { return 1; }

void free_string(char *string) { free(string); }

/* Reading numbers cannot fail, so that only create_reader has anything to say. */
char *last_error(void *reader) {
    return !reader && *create_error ? copy_of(create_error) : NULL;
}

void *create_reader(const char *config_json) {
    const char *count = json_member(config_json, "count");
    const char *batch_rows = json_member(config_json, "batch_rows");
    struct reader *reader = count ? calloc(1, sizeof *reader) : NULL;
    create_error[0] = 0;
    if (!reader) {
        strcpy(create_error, "config needs a count");
        return NULL;
    }
    reader->count = strtoll(count, NULL, 10);
    reader->batch_rows = batch_rows ? strtoll(batch_rows, NULL, 10) : 1000;
    return reader;
}

void free_reader(void *reader) { free(reader); }

char *reader_schema(void *reader) {
    (void)reader;
    return copy_of("[{\"name\": \"n\", \"type\": \"int64\", \"nullable\": false},"
                   " {\"name\": \"square\", \"type\": \"int64\", \"nullable\": false}]");
}

static int64_t rows_of(const struct reader *reader) {
    int64_t left = reader->count - reader->next;
    return left < reader->batch_rows ? left : reader->batch_rows;
}

char *extract_batch(void *handle) {
    struct reader *reader = handle;
    int64_t rows = rows_of(reader);
    char *json = rows > 0 ? malloc((size_t)rows * 64 + 3) : NULL, *at = json;
    if (!json)
        return NULL;
    for (int64_t row = 0; row < rows; row++, reader->next++)
        at += sprintf(at, "%c{\"n\": %lld, \"square\": %lld}", row ? ',' : '[',
                      (long long)reader->next, (long long)(reader->next * reader->next));
    strcpy(at, "]");
    return json;
}

/* Everything that is handed over is one allocation for each struct, which its release frees. */

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    free(schema->private_data);
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release)
            array->children[i]->release(array->children[i]);
    free(array->private_data);
    array->release = NULL;
}

static void fill_schema(struct ArrowSchema *schema) {
    static const char *const names[] = {"n", "square"};
    struct {
        struct ArrowSchema *pointers[2], columns[2];
    } *children = calloc(1, sizeof *children);
    for (int i = 0; i < 2; i++) {
        children->pointers[i] = &children->columns[i];
        children->columns[i] = (struct ArrowSchema){
            .format = "l", .name = names[i], .release = release_schema};
    }
    *schema = (struct ArrowSchema){.format = "+s", .name = "", .n_children = 2,
                                   .children = children->pointers, .release = release_schema,
                                   .private_data = children};
}

static struct ArrowArray column(int64_t first, int64_t rows, int is_square) {
    struct {
        const void *buffers[2];
        int64_t values[];
    } *data = malloc(sizeof *data + (size_t)rows * sizeof(int64_t));
    for (int64_t row = 0; row < rows; row++)
        data->values[row] = is_square ? (first + row) * (first + row) : first + row;
    data->buffers[0] = NULL; /* no value is null */
    data->buffers[1] = data->values;
    return (struct ArrowArray){.length = rows, .n_buffers = 2, .buffers = data->buffers,
                               .release = release_array, .private_data = data};
}

int extract_batch_arrow(void *handle, struct ArrowSchema *schema, struct ArrowArray *array) {
    struct reader *reader = handle;
    int64_t rows = rows_of(reader);
    struct {
        struct ArrowArray *pointers[2], columns[2];
        const void *buffers[1];
    } *children;
    if (rows <= 0)
        return 0;
    children = calloc(1, sizeof *children);
    for (int i = 0; i < 2; i++) {
        children->pointers[i] = &children->columns[i];
        children->columns[i] = column(reader->next, rows, i);
    }
    *array = (struct ArrowArray){.length = rows, .n_buffers = 1, .n_children = 2,
                                 .buffers = children->buffers, .children = children->pointers,
                                 .release = release_array, .private_data = children};
    fill_schema(schema);
    reader->next += rows;
    return 1;
}
