/* A caller in C: writes two files into argv[1] and prints what the library says. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

uint32_t abi_version(void);
void *create_writer(const char *config_json);
char *write_batch(void *writer, const char *records_json);
char *close_writer(void *writer);
char *last_error(void *writer);
void free_string(char *string);
void free_writer(void *writer);

static void say(const char *what, char *string) {
    printf("%s %s\n", what, string ? string : "NULL");
    free_string(string);
}

int main(int count, char **arguments) {
    char config[4096];
    void *writer;

    if (count != 2)
        return 2;
    printf("abi %u\n", (unsigned)abi_version());
    say("create", create_writer("{}"));
    say("error", last_error(NULL));

    snprintf(config, sizeof config,
             "{\"output_path\": \"%s\", \"file_bytes\": 1, \"schema\": ["
             "{\"name\": \"id\", \"type\": \"int64\", \"nullable\": false},"
             "{\"name\": \"price\", \"type\": \"decimal128(38, 2)\"}]}",
             arguments[1]);
    writer = create_writer(config);
    if (!writer)
        return 1;
    say("write", write_batch(writer, "[{\"id\": 9223372036854775807, \"price\": \"1.50\"},"
                                     " {\"id\": -9223372036854775808}]"));
    say("error", last_error(writer));
    say("write", write_batch(writer, "[{\"id\": 1}, {\"id\": 1.5}]"));
    say("error", last_error(writer));
    say("write", write_batch(writer, "[{\"id\": 2, \"price\": {\"$decimal\": \"-0.01\"}}]"));
    say("close", close_writer(writer));
    say("write", write_batch(writer, "[{\"id\": 3}]"));
    say("error", last_error(writer));
    free_writer(writer);
    say("write", write_batch(NULL, "[]"));
    say("error", last_error(NULL));
    return 0;
}
