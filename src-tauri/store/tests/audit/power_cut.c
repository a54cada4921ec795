/* Preloaded into a program (LD_PRELOAD), it writes down in their order what the program does to the files below a folder and
   what it says on standard error, for power_cut.rs to replay. Whoever reads the log has all that a disk was ever given.

   DESK_RECORDER_FOLDER   the folder
   DESK_RECORDER_LOG      the log, which is appended to
   DESK_RECORDER_ENDS     after so many calls on files the program ends at once, as if it was killed; none: it does not

   An entry is a kind (one byte), the length of the name (four bytes), a place in the file and the length of the content
   (eight bytes each), all as this machine has numbers, then the name and the content:
   w  written                  t  cut to the length that stands as the place       s  brought to disk
   d  the folder brought to disk; the content is what stands in it, each name before a NUL
   u  removed                  r  renamed; the content is the new name             a  said on standard error
   ?  something that the replay does not know

   The file of the index of the log (-shm) is left out: SQLite makes it anew. Bringing to disk is written down and not done. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static long calls_left = 0;
static char folder[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("DESK_RECORDER_FOLDER"), *log = getenv("DESK_RECORDER_LOG"), *ends = getenv("DESK_RECORDER_ENDS");
    if (!where || !log || !realpath(where, folder)) return;
    calls_left = ends ? atol(ends) : 0;
    log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The name below the folder, "" for the folder itself; NULL for what is not written down. */
static const char *below(const char *path) {
    size_t length = strlen(folder), all = strlen(path);
    if (log_file < 0 || strncmp(path, folder, length) != 0) return NULL;
    if (path[length] == 0) return "";
    if (path[length] != '/' || (all > 4 && strcmp(path + all - 4, "-shm") == 0)) return NULL;
    return path + length + 1;
}

static const char *name_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = log_file < 0 ? -1 : readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    const char *gone = " (deleted)";
    if ((size_t)length > strlen(gone) && strcmp(path + length - strlen(gone), gone) == 0) return NULL;
    return below(path);
}

static void note(char kind, const char *name, uint64_t place, const void *content, uint64_t length) {
    uint32_t of_name = (uint32_t)strlen(name);
    struct iovec parts[] = {{&kind, 1}, {&of_name, 4}, {&place, 8}, {&length, 8}, {(void *)name, of_name}, {(void *)content, length}};
    if (syscall(SYS_writev, log_file, parts, 6) != (long)(21 + of_name + length)) abort();
    if (kind != 'a' && calls_left > 0 && --calls_left == 0) _exit(9);
}

/* The call and its entry belong together, whatever other threads do. */
#define DONE(kind, name, place, content, length) \
    do { int was = errno; if (name) note(kind, name, place, content, length); errno = was; } while (0)
#define BEGIN char path[PATH_MAX]; pthread_mutex_lock(&in_order)
#define END(result) pthread_mutex_unlock(&in_order); return result

ssize_t write(int file, const void *content, size_t length) {
    BEGIN;
    const char *name = name_of(file, path);
    off_t place = name ? lseek(file, 0, SEEK_CUR) : 0;
    ssize_t written = syscall(SYS_write, file, content, length);
    if (written > 0) DONE('w', name, (uint64_t)place, content, (uint64_t)written);
    if (written > 0 && file == 2 && log_file >= 0) DONE('a', "", 0, content, (uint64_t)written);
    END(written);
}

ssize_t pwrite64(int file, const void *content, size_t length, off64_t place) {
    BEGIN;
    const char *name = name_of(file, path);
    ssize_t written = syscall(SYS_pwrite64, file, content, length, place);
    if (written > 0) DONE('w', name, (uint64_t)place, content, (uint64_t)written);
    END(written);
}
ssize_t pwrite(int file, const void *content, size_t length, off_t place) { return pwrite64(file, content, length, place); }

int ftruncate64(int file, off64_t length) {
    BEGIN;
    const char *name = name_of(file, path);
    int failed = (int)syscall(SYS_ftruncate, file, length);
    if (!failed) DONE('t', name, (uint64_t)length, "", 0);
    END(failed);
}
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

static void note_folder(void) {
    static char names[65536];
    size_t length = 0;
    DIR *open_folder = opendir(folder);
    if (!open_folder) abort();
    for (struct dirent *entry; (entry = readdir(open_folder));) {
        size_t more = strlen(entry->d_name) + 1;
        if (length + more > sizeof names) abort();
        memcpy(names + length, entry->d_name, more);
        length += more;
    }
    closedir(open_folder);
    note('d', "", 0, names, length);
}

static int to_disk(int file, long call) {
    BEGIN;
    const char *name = name_of(file, path);
    int was = errno, failed = 0;
    if (!name) failed = (int)syscall(call, file);
    else if (*name) note('s', name, 0, "", 0);
    else note_folder();
    if (name) errno = was;
    END(failed);
}
int fsync(int file) { return to_disk(file, SYS_fsync); }
int fdatasync(int file) { return to_disk(file, SYS_fdatasync); }

int unlink(const char *name) {
    BEGIN;
    (void)path;
    int failed = (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
    if (!failed) DONE('u', below(name), 0, "", 0);
    END(failed);
}

int rename(const char *from, const char *to) {
    BEGIN;
    (void)path;
    const char *new_name = below(to);
    int failed = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!failed && new_name) DONE('r', below(from), 0, new_name, strlen(new_name));
    END(failed);
}

/* What would write past this recorder. */
static int unknown(int file) {
    BEGIN;
    const char *name = name_of(file, path);
    DONE('?', name, 0, "", 0);
    END(name ? (errno = EOPNOTSUPP, -1) : 0);
}
int fallocate(int file, int mode, off_t from, off_t length) {
    return unknown(file) ? -1 : (int)syscall(SYS_fallocate, file, mode, from, length);
}
int posix_fallocate(int file, off_t from, off_t length) { return fallocate(file, 0, from, length) ? errno : 0; }
ssize_t writev(int file, const struct iovec *parts, int count) {
    return unknown(file) ? -1 : syscall(SYS_writev, file, parts, count);
}
