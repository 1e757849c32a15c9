/* A reader of one batch by Arrow data, three rows of id, name and tags, that is misshapen as the
   config's "do" says. */

#include "headrace.h"

#include <stdlib.h>
#include <string.h>

static struct ArrowSchema column_schemas[3], item_schema;
static struct ArrowArray columns[3], items;
static struct ArrowSchema *schema_children[] = {column_schemas, column_schemas + 1, column_schemas + 2};
static struct ArrowSchema *schema_items[] = {&item_schema};
static struct ArrowArray *array_children[] = {columns, columns + 1, columns + 2};
static struct ArrowArray *array_items[] = {&items};

static int64_t ids[] = {1, 2, 3};
static int32_t name_offsets[] = {0, 1, 2, 3}, tag_offsets[] = {0, 1, 1, 2};
static unsigned char two_of_three[] = {5};
static const void *no_mask[1], *id_buffers[] = {NULL, ids};
static const void *name_buffers[] = {NULL, name_offsets, "abc"};
static const void *tag_buffers[] = {NULL, tag_offsets}, *item_buffers[] = {NULL, ids};
static char what[64];
static int handle, is_read, releases;

void free_string(char *string) { free(string); }
void *create_reader(const char *config) {
    const char *found = strstr(config, "\"do\":\"") + 6;
    memcpy(what, found, strcspn(found, "\""));
    return &handle;
}
char *extract_batch(void *reader) { return reader ? NULL : NULL; }
int releases_seen(void) { return releases; }

static void schema_released(struct ArrowSchema *schema) {
    releases++;
    schema->release = NULL;
}
static void array_released(struct ArrowArray *array) {
    releases++;
    array->release = NULL;
}

static int is(const char *other) { return strcmp(what, other) == 0; }

static struct ArrowSchema schema_of(const char *format, const char *name) {
    return (struct ArrowSchema){
        .format = format, .name = name, .flags = ARROW_FLAG_NULLABLE, .release = schema_released};
}

static struct ArrowArray array_of(int64_t length, const void **buffers, int64_t count) {
    return (struct ArrowArray){
        .length = length, .n_buffers = count, .buffers = buffers, .release = array_released};
}

int extract_batch_arrow(void *reader, struct ArrowSchema *schema, struct ArrowArray *array) {
    if (!reader || is_read++)
        return 0;
    column_schemas[0] = schema_of("l", "id");
    column_schemas[1] = schema_of("u", "name");
    column_schemas[2] = schema_of("+l", "tags");
    column_schemas[2].n_children = 1;
    column_schemas[2].children = schema_items;
    item_schema = schema_of("l", "item");
    columns[0] = array_of(3, id_buffers, 2);
    columns[1] = array_of(3, name_buffers, 3);
    columns[2] = array_of(3, tag_buffers, 2);
    columns[2].n_children = 1;
    columns[2].children = array_items;
    items = array_of(2, item_buffers, 2);
    *schema = schema_of("+s", "");
    schema->n_children = 3;
    schema->children = schema_children;
    *array = array_of(3, no_mask, 1);
    array->n_children = 3;
    array->children = array_children;

    if (is("fewer arrays"))
        array->n_children = 2;
    if (is("fewer columns"))
        schema->n_children = 2;
    if (is("columns below zero"))
        schema->n_children = array->n_children = -1;
    if (is("no children"))
        array->children = NULL;
    if (is("a child that is null"))
        array_children[1] = NULL;
    if (is("a child that is released"))
        columns[1].release = NULL;
    if (is("no format"))
        column_schemas[0].format = NULL;
    if (is("a format of bytes"))
        column_schemas[0].format = "\xff";
    if (is("an unknown format"))
        column_schemas[0].format = "zzz";
    if (is("a name of bytes"))
        column_schemas[0].name = "\xff\xfe";
    if (is("a list of nothing"))
        column_schemas[2].n_children = 0;
    if (is("a map of integers"))
        column_schemas[2].format = "+m";
    if (is("within itself"))
        schema_items[0] = &column_schemas[2];
    if (is("fewer buffers"))
        columns[0].n_buffers = 1;
    if (is("more buffers"))
        columns[0].n_buffers = 3;
    if (is("no buffers"))
        columns[0].buffers = NULL;
    if (is("a buffer that is null"))
        id_buffers[1] = NULL;
    if (is("a length below zero"))
        array->length = -1;
    if (is("a column's length below zero"))
        columns[0].length = -1;
    if (is("an item's length below zero"))
        items.length = -1;
    if (is("an offset below zero"))
        columns[0].offset = -1;
    if (is("a length beyond memory"))
        columns[0].length = INT64_MAX;
    if (is("a short column"))
        columns[0].length = 2;
    if (is("a short list"))
        items.length = 1;
    if (is("bad offsets"))
        name_offsets[2] = 0;
    if (is("a last offset below zero"))
        name_offsets[3] = -1;
    if (is("bad utf-8"))
        name_buffers[2] = "a\xff" "c";
    if (is("more nulls than rows"))
        columns[0].null_count = 4;
    if (is("nulls below zero"))
        columns[0].null_count = -2;
    if (is("nulls without a mask"))
        columns[0].null_count = 1;
    if (is("a mask without nulls") || is("uncounted nulls") || is("wrong nulls")) {
        id_buffers[0] = two_of_three;
        columns[0].null_count = is("uncounted nulls") ? -1 : is("wrong nulls") ? 2 : 0;
    }
    if (is("no struct")) {
        *schema = column_schemas[0];
        *array = columns[0];
    }
    if (is("unsigned"))
        column_schemas[0].format = "L";
    return 1;
}
