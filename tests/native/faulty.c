/* A reader and a writer that do what the config's "do" says, most of it wrong.

   Compiled with VERSION, NO_LAST_ERROR, NO_CLOSE, NO_FREE_STRING or NO_EXTRACT it has another
   version, or lacks a function. It counts its strings: those that are out, and those that came
   back without having been. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 64

static char *out[LIMIT];
static int bad_frees, live_handles;
static char message[256];

struct part {
    char what[64];
    char output[1024];
    char mark[1024];
    int calls;
};

static char *give(const char *text) {
    for (int i = 0; i < LIMIT; i++)
        if (!out[i])
            return out[i] = strcpy(malloc(strlen(text) + 1), text);
    abort();
}

int strings_out(void) {
    int count = 0;
    for (int i = 0; i < LIMIT; i++)
        count += out[i] != NULL;
    return count;
}

int bad_frees_seen(void) { return bad_frees; }
int handles_out(void) { return live_handles; }

#ifndef NO_FREE_STRING
void free_string(char *string) {
    for (int i = 0; i < LIMIT; i++)
        if (string && out[i] == string) {
            out[i] = NULL;
            free(string);
            return;
        }
    bad_frees++;
}
#endif

#ifdef VERSION
unsigned abi_version(void) { return VERSION; }
#endif

#ifndef NO_LAST_ERROR
char *last_error(void *handle) {
    (void)handle;
    return message[0] ? give(message) : NULL;
}
#endif

static void value_of(const char *config, const char *key, char *value, size_t size) {
    const char *found = strstr(config, key);
    size_t length = 0;
    if (found)
        for (found += strlen(key); found[length] != '"' && length < size - 1; length++)
            value[length] = found[length];
    value[length] = 0;
}

static int is(struct part *part, const char *what) { return strcmp(part->what, what) == 0; }

static void *create(const char *config) {
    struct part *part = calloc(1, sizeof *part);
    message[0] = 0;
    value_of(config, "\"do\":\"", part->what, sizeof part->what);
    value_of(config, "\"output_path\":\"", part->output, sizeof part->output);
    value_of(config, "\"mark\":\"", part->mark, sizeof part->mark);
    if (is(part, "segv in create"))
        raise(SIGSEGV);
    if (is(part, "refuse") || is(part, "refuse and say why")) {
        if (is(part, "refuse and say why"))
            strcpy(message, "I do not want to");
        free(part);
        return NULL;
    }
    live_handles++;
    return part;
}

static void end(void *handle) {
    if (handle)
        live_handles--;
    free(handle);
}

/* What readers and writers may do alike; NULL and *done = 0 where it is something else. */
static char *misbehave(struct part *part, int *done) {
    *done = 1;
    message[0] = 0;
    if (is(part, "segv"))
        raise(SIGSEGV);
    if (is(part, "abort"))
        abort();
    if (is(part, "exit 0"))
        exit(0);
    if (is(part, "exit 7"))
        exit(7);
    if (is(part, "hang")) {
        FILE *mark = part->mark[0] ? fopen(part->mark, "w") : NULL;
        if (mark)
            fclose(mark);
        for (;;)
            pause();
    }
    if (is(part, "null"))
        return NULL;
    if (is(part, "null and say why")) {
        strcpy(message, "the disk is made of cheese");
        return NULL;
    }
    if (is(part, "bad utf-8"))
        return give("[{\"n\": \"\xff\"}]");
    if (is(part, "bad json"))
        return give("[{\"n\": 1}");
    if (is(part, "no list"))
        return give("7");
    if (is(part, "an object that says why"))
        return give("{\"error\": \"the disk is made of cheese\"}");
    if (is(part, "no objects"))
        return give("[7]");
    *done = 0;
    return NULL;
}

void *create_reader(const char *config) { return create(config); }
void free_reader(void *reader) { end(reader); }

#ifndef NO_EXTRACT
char *extract_batch(void *handle) {
    struct part *part = handle;
    int done;
    part->calls++;
    if (part->calls == 1)
        return give("[{\"n\": 1}, {\"n\": 2}]");
    char *text = misbehave(part, &done);
    if (done)
        return text;
    if (part->calls == 2)
        return give("[]");
    if (part->calls == 3 && is(part, "a record that does not fit"))
        return give("[{\"n\": 3}, {\"n\": \"x\"}]");
    if (part->calls == 3 && is(part, "a new column"))
        return give("[{\"n\": 3, \"new\": true}, {\"n\": 4}]");
    if (part->calls == 3)
        return give("[{\"n\": 3}]");
    return NULL;
}
#endif

void *create_writer(const char *config) { return create(config); }
void free_writer(void *writer) { end(writer); }

static char *file(struct part *part, int rows) {
    char path[1200], text[2048];
    snprintf(path, sizeof path, "%s/part-%d.txt", part->output, part->calls);
    FILE *opened = fopen(path, "w");
    fputs("x", opened);
    fclose(opened);
    snprintf(text, sizeof text, "{\"files\": [{\"path\": \"%s\", \"rows\": %d, \"bytes\": 1}]}",
             path, rows);
    return give(text);
}

char *write_batch(void *handle, const char *records) {
    struct part *part = handle;
    int done, rows = 0;
    part->calls++;
    char *text = misbehave(part, &done);
    if (done)
        return text;
    for (const char *at = records; (at = strstr(at, "\"n\":")); at++)
        rows++;
    if (is(part, "wrong count"))
        rows++;
    if (is(part, "no file"))
        return give("[{\"path\": \"nowhere\", \"rows\": 1, \"bytes\": 1}]");
    return file(part, rows);
}

#ifndef NO_CLOSE
char *close_writer(void *handle) {
    struct part *part = handle;
    message[0] = 0;
    if (is(part, "segv in close"))
        raise(SIGSEGV);
    return give("[]");
}
#endif
