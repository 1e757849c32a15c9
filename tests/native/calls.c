/* System calls that fail, or that a process dies at: loaded before it by LD_PRELOAD.
 *
 * It counts the calls that concern places below one of the folders of HEADRACE_CALLS_BELOW (':' between
 * them), whoever makes them, the interpreter or native code, and appends each to HEADRACE_CALLS_LOG as
 * "NAME PATH". HEADRACE_CALLS_FAULT says what happens, with the line "fired NAME PATH" in the log first:
 *
 *   rename:2=28    the second rename fails with errno 28
 *   rename:2+=28   it and every call of any name after it
 *   any:17=kill    SIGKILL before the 17th call of any name
 *   any:17=clock   the clock goes back by HEADRACE_CALLS_CLOCK_S seconds from that call on
 *   (nothing)      it is back from the start
 *
 * Several stand with ',' between them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NAMES = 32, FAULTS = 8 };

struct fault {
    char name[24];
    long nth;
    int lasts;
    char action[8];
};

static char below[4 * PATH_MAX];
static struct fault faults[FAULTS];
static int n_faults;
static int log_fd = -1;
static volatile long total;
static volatile long counts[NAMES];
static volatile int lasting; /* the errno that every call fails with from now on */
static volatile long shift_s;
static volatile int has_shifted;
static const char *const names[NAMES] = {"open",  "rename", "mkdir",   "rmdir", "unlink", "fsync",
                                         "write", "read",   "opendir", "flock", "link",   "stat"};

/* Reads the variables; called when it is loaded, and by a child whose mother had none of them. */
__attribute__((constructor)) void begin(void) {
    const char *folders = getenv("HEADRACE_CALLS_BELOW"), *log = getenv("HEADRACE_CALLS_LOG");
    const char *spec = getenv("HEADRACE_CALLS_FAULT");
    if (folders == NULL || log == NULL)
        return;
    snprintf(below, sizeof below, "%s", folders);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (spec == NULL || *spec == 0)
        shift_s = atol(getenv("HEADRACE_CALLS_CLOCK_S"));
    while (spec != NULL && *spec != 0 && n_faults < FAULTS) {
        struct fault *f = &faults[n_faults++];
        char plus = 0;
        if (sscanf(spec, "%23[^:]:%ld%c", f->name, &f->nth, &plus) != 3)
            abort();
        f->lasts = plus == '+';
        const char *equals = strchr(spec, '='), *end = strchr(spec, ',');
        if (equals == NULL || sscanf(equals + 1, "%7[^,]", f->action) != 1)
            abort();
        spec = end == NULL ? NULL : end + 1;
    }
}

static void say(const char *word, const char *name, const char *path) {
    char line[PATH_MAX + 64];
    int size = snprintf(line, sizeof line, "%s%s %s\n", word, name, path);
    if (syscall(SYS_write, log_fd, line, size) != size)
        abort();
}

static int is_below(const char *path) {
    const char *folder = below;
    while (*folder != 0) {
        size_t size = strcspn(folder, ":");
        if (strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == 0))
            return 1;
        folder += size + (folder[size] == ':');
    }
    return 0;
}

static int fires(const struct fault *f, int name, long of_all, long of_name) {
    if (strcmp(f->name, "any") == 0)
        return f->nth == of_all;
    return strcmp(f->name, names[name]) == 0 && f->nth == of_name;
}

/* Whether the call is to fail; errno says how. */
static int fails(int name, const char *path) {
    if (log_fd < 0 || !is_below(path))
        return 0;
    say("", names[name], path);
    long of_all = __sync_add_and_fetch(&total, 1);
    long of_name = __sync_add_and_fetch(&counts[name], 1);
    for (int i = 0; i < n_faults; i++) {
        const struct fault *f = &faults[i];
        if (!fires(f, name, of_all, of_name))
            continue;
        say("fired ", names[name], path);
        if (strcmp(f->action, "kill") == 0)
            syscall(SYS_kill, getpid(), SIGKILL);
        if (strcmp(f->action, "clock") == 0) {
            shift_s = atol(getenv("HEADRACE_CALLS_CLOCK_S"));
            continue;
        }
        if (f->lasts)
            lasting = atoi(f->action);
        errno = atoi(f->action);
        return 1;
    }
    if (lasting) {
        errno = lasting;
        return 1;
    }
    return 0;
}

static int fails_at(int name, int folder, const char *path) {
    char whole[2 * PATH_MAX], link[64];
    if (path[0] == '/')
        return fails(name, path);
    ssize_t size = 0;
    if (folder == AT_FDCWD)
        size = getcwd(whole, PATH_MAX) == NULL ? 0 : (ssize_t)strlen(whole);
    else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        size = syscall(SYS_readlinkat, AT_FDCWD, link, whole, PATH_MAX);
    }
    if (size <= 0)
        return 0;
    snprintf(whole + size, sizeof whole - (size_t)size, *path == 0 ? "" : "/%s", path);
    return fails(name, whole);
}

static int fails_on(int name, int descriptor) { return fails_at(name, descriptor, ""); }

enum { OPEN, RENAME, MKDIR, RMDIR, UNLINK, FSYNC, WRITE, READ, OPENDIR, FLOCK, LINK, STAT };

/* A function of the C library that first asks `question`. */
#define ASKS(result, bad, name, question, params, args)                                            \
    result name params {                                                                           \
        static result(*real) params;                                                               \
        if (real == NULL)                                                                          \
            real = (result(*) params)dlsym(RTLD_NEXT, #name);                                      \
        return (question) ? (bad) : real args;                                                     \
    }

/* A mode is passed on whether it was given or not, as the system does. */
#define ASKS_OPEN(name)                                                                            \
    int name(const char *path, int flags, ...) {                                                   \
        static int (*real)(const char *, int, ...);                                                \
        if (real == NULL)                                                                          \
            real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);                       \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = va_arg(more, mode_t);                                                        \
        va_end(more);                                                                              \
        return fails_at(OPEN, AT_FDCWD, path) ? -1 : real(path, flags, mode);                      \
    }
ASKS_OPEN(open)
ASKS_OPEN(open64)

#define ASKS_PATH(name, kind)                                                                      \
    ASKS(int, -1, name, fails_at(kind, AT_FDCWD, path), (const char *path), (path))
#define ASKS_FD(name, kind) ASKS(int, -1, name, fails_on(kind, fd), (int fd), (fd))
#define ASKS_MODE(name, kind)                                                                      \
    ASKS(int, -1, name, fails_at(kind, AT_FDCWD, path), (const char *path, mode_t mode), (path, mode))
#define ASKS_TWO(name, kind)                                                                       \
    ASKS(int, -1, name, fails_at(kind, AT_FDCWD, to), (const char *from, const char *to), (from, to))
#define ASKS_STAT(name)                                                                            \
    ASKS(int, -1, name, fails_at(STAT, AT_FDCWD, path), (const char *path, struct stat64 *into),   \
         (path, into))

ASKS_TWO(rename, RENAME)
ASKS_TWO(link, LINK)
ASKS_TWO(symlink, LINK)
ASKS_MODE(mkdir, MKDIR)
ASKS_PATH(rmdir, RMDIR)
ASKS_PATH(unlink, UNLINK)
ASKS(int, -1, unlinkat, fails_at(flags & AT_REMOVEDIR ? RMDIR : UNLINK, fd, path),
     (int fd, const char *path, int flags), (fd, path, flags))
ASKS_FD(fsync, FSYNC)
ASKS_FD(fdatasync, FSYNC)
ASKS(ssize_t, -1, write, fails_on(WRITE, fd), (int fd, const void *from, size_t size),
     (fd, from, size))
ASKS(ssize_t, -1, writev, fails_on(WRITE, fd), (int fd, const struct iovec *from, int count),
     (fd, from, count))
ASKS(ssize_t, -1, read, fails_on(READ, fd), (int fd, void *into, size_t size), (fd, into, size))
ASKS(DIR *, NULL, opendir, fails_at(OPENDIR, AT_FDCWD, path), (const char *path), (path))
ASKS(DIR *, NULL, fdopendir, fails_on(OPENDIR, fd), (int fd), (fd))
ASKS(int, -1, flock, fails_on(FLOCK, fd), (int fd, int how), (fd, how))
ASKS_STAT(stat64)
ASKS_STAT(lstat64)
ASKS(int, -1, fstatat64, fails_at(STAT, fd, path),
     (int fd, const char *path, struct stat64 *into, int flags), (fd, path, into, flags))

/* By how much the clock is back; that it is asked is noted once. */
static long back_s(void) {
    if (shift_s != 0 && !has_shifted)
        say("fired ", "clock", "");
    has_shifted = shift_s != 0;
    return shift_s;
}

int clock_gettime(clockid_t clock, struct timespec *into) {
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, into);
    if (result == 0 && clock == CLOCK_REALTIME)
        into->tv_sec -= back_s();
    return result;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into != NULL)
        *into = now.tv_sec;
    return now.tv_sec;
}
