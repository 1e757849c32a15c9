/* A writer in C: JSON lines, one file for each batch.

   gcc -std=c99 -Wall -Wextra -O2 -shared -fPIC -I ../../../rust/capi/include \
       -o libjsonl_writer.so jsonl_writer.c */

#include "headrace.h"

#include "json.h"

/* What a writer keeps; last_error tells of the last call. */
struct writer {
    char *folder;
    unsigned files;
    char error[512];
};

static char create_error[512];

static char *copy_of(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

uint32_t abi_version(void) { return 1; }

void free_string(char *string) { free(string); }

char *last_error(void *handle) {
    struct writer *writer = handle;
    const char *error = writer ? writer->error : create_error;
    return *error ? copy_of(error) : NULL;
}

void *create_writer(const char *config_json) {
    struct writer *writer = calloc(1, sizeof *writer);
    create_error[0] = 0;
    if (writer)
        writer->folder = json_text(json_member(config_json, "output_path"));
    if (!writer || !writer->folder) {
        strcpy(create_error, "output_path is missing, or no memory is left");
        free(writer);
        return NULL;
    }
    return writer;
}

void free_writer(void *handle) {
    struct writer *writer = handle;
    if (writer)
        free(writer->folder);
    free(writer);
}

/* Each record on its own line: records hold no line ends outside of strings, nor within. */
static long write_lines(FILE *file, const char *records) {
    long rows = 0;
    const char *at = json_space(json_space(records) + 1);
    while (*at == '{') {
        const char *end = json_end(at);
        fwrite(at, 1, (size_t)(end - at), file);
        fputc('\n', file);
        rows++;
        at = json_space(end);
        at = json_space(at + (*at == ','));
    }
    return rows;
}

char *write_batch(void *handle, const char *records_json) {
    struct writer *writer = handle;
    size_t room = strlen(writer->folder) + 64;
    char *path = malloc(room), *answer = malloc(128);
    FILE *file;
    long rows = 0, bytes = -1;
    writer->error[0] = 0;
    if (path && answer) {
        snprintf(path, room, "%s/part-%u.jsonl", writer->folder, writer->files);
        file = fopen(path, "wbx"); /* never over a file that is there */
        if (file) {
            rows = write_lines(file, records_json);
            bytes = ferror(file) ? -1 : ftell(file);
            bytes = fclose(file) ? -1 : bytes;
        }
    }
    if (bytes < 0) {
        snprintf(writer->error, sizeof writer->error, "cannot write %.400s", path ? path : "");
        free(path);
        free(answer);
        return NULL;
    }
    /* A path may be relative to output_path, which spares the escapes. */
    sprintf(answer, "[{\"path\": \"part-%u.jsonl\", \"rows\": %ld, \"bytes\": %ld}]",
            writer->files++, rows, bytes);
    free(path);
    return answer;
}
