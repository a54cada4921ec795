/* Preloaded into a program (LD_PRELOAD), it makes the machine another one, for machine.rs:

   DESK_CLOCK_AHEAD    so many seconds is its clock ahead
   DESK_DISK           the folder whose disk is another one, and then of that disk:
   DESK_DISK_ROOM      so many bytes its files can grow, all together
   DESK_DISK_READ_ONLY nothing can be written on it
   DESK_STEPS          a file that gets a letter for each step on it: n(ew), r(enamed), u(nlinked), m(ade a folder), s(ynced)
   DESK_STOPS_AT       before this one of its steps the program is killed, counted from 1
   DESK_STEPS_FROM     from when this file or folder is there its steps count, and its room */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;
static char disk[PATH_MAX];
static long ahead, room = -1, stops_at, step_number;
static int read_only, steps = -1;
static const char *steps_from;

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("DESK_DISK"), *text;
    if ((text = getenv("DESK_CLOCK_AHEAD"))) ahead = atol(text);
    if (!where || !realpath(where, disk)) return;
    if ((text = getenv("DESK_DISK_ROOM"))) room = atol(text);
    if ((text = getenv("DESK_STOPS_AT"))) stops_at = atol(text);
    if ((text = getenv("DESK_STEPS"))) steps = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    steps_from = getenv("DESK_STEPS_FROM");
    read_only = getenv("DESK_DISK_READ_ONLY") != NULL;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += ahead;
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int failed = (int)syscall(SYS_gettimeofday, now, zone);
    if (!failed) now->tv_sec += ahead;
    return failed;
}
time_t time(time_t *now) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now) *now = at.tv_sec;
    return at.tv_sec;
}

static int within(const char *path) {
    size_t length = strlen(disk);
    return length && strncmp(path, disk, length) == 0 && (path[length] == 0 || path[length] == '/');
}

/* Where a name leads from an open folder; only the folder that it is in has to be there. */
static int on_disk(int folder, const char *name) {
    char path[PATH_MAX], link[64];
    if (!disk[0]) return 0;
    if (name[0] == '/') return within(name);
    if (folder == AT_FDCWD) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return within(path);
}

static int is_on_disk(int file) {
    return file > 2 && file != steps && on_disk(file, ".");
}

static void step(char kind) {
    int was = errno;
    if (steps_from && access(steps_from, F_OK) != 0) { errno = was; return; }
    pthread_mutex_lock(&in_order);
    if (++step_number == stops_at) kill(getpid(), SIGKILL);
    if (steps >= 0 && syscall(SYS_write, steps, &kind, 1) != 1) abort();
    pthread_mutex_unlock(&in_order);
    errno = was;
}

#define REFUSED(code) do { errno = code; return -1; } while (0)

static int there(int folder, const char *name) {
    struct stat about;
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

int openat64(int folder, const char *name, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (writes && on_disk(folder, name)) {
        int is_new = !there(folder, name);
        if (read_only && (!is_new || (flags & O_CREAT))) REFUSED(EROFS);
        if (is_new && (flags & O_CREAT)) step('n');
    }
    return (int)syscall(SYS_openat, folder, name, flags, mode);
}
int openat(int folder, const char *name, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(folder, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(AT_FDCWD, name, flags, mode);
}
int open(const char *name, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat64(AT_FDCWD, name, flags, mode);
}

/* Whether the disk takes a write that ends there; on a full disk what only writes over is taken. */
static int takes(int file, off_t end) {
    struct stat about;
    if (room < 0 || !is_on_disk(file) || (steps_from && access(steps_from, F_OK) != 0) || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return 1;
    pthread_mutex_lock(&in_order);
    long more = end > about.st_size ? (long)(end - about.st_size) : 0, left = room - more;
    if (left >= 0) room = left;
    pthread_mutex_unlock(&in_order);
    return left >= 0;
}

static off_t place_of(int file) {
    struct stat about;
    int flags = fcntl(file, F_GETFL);
    if (flags >= 0 && (flags & O_APPEND) && fstat(file, &about) == 0) return about.st_size;
    return lseek(file, 0, SEEK_CUR);
}

ssize_t write(int file, const void *content, size_t length) {
    if (room >= 0 && !takes(file, place_of(file) + (off_t)length)) REFUSED(ENOSPC);
    return syscall(SYS_write, file, content, length);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    off_t length = 0;
    for (int part = 0; part < count; part++) length += (off_t)parts[part].iov_len;
    if (room >= 0 && !takes(file, place_of(file) + length)) REFUSED(ENOSPC);
    return syscall(SYS_writev, file, parts, count);
}
ssize_t pwrite64(int file, const void *content, size_t length, off64_t place) {
    if (!takes(file, place + (off_t)length)) REFUSED(ENOSPC);
    return syscall(SYS_pwrite64, file, content, length, place);
}
ssize_t pwrite(int file, const void *content, size_t length, off_t place) { return pwrite64(file, content, length, place); }
int fallocate(int file, int mode, off_t from, off_t length) {
    if (!takes(file, from + length)) REFUSED(ENOSPC);
    return (int)syscall(SYS_fallocate, file, mode, from, length);
}
int posix_fallocate(int file, off_t from, off_t length) { return fallocate(file, 0, from, length) ? errno : 0; }
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *place, size_t length, unsigned flags) {
    if (room >= 0 && is_on_disk(to)) REFUSED(ENOSYS);
    return syscall(SYS_copy_file_range, from, at, to, place, length, flags);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
    if (room >= 0 && is_on_disk(to)) REFUSED(EINVAL);
    return syscall(SYS_sendfile, to, from, at, length);
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile64(to, from, at, length); }

int fsync(int file) {
    if (is_on_disk(file)) step('s');
    return (int)syscall(SYS_fsync, file);
}
int fdatasync(int file) {
    if (is_on_disk(file)) step('s');
    return (int)syscall(SYS_fdatasync, file);
}
int unlinkat(int folder, const char *name, int flags) {
    if (on_disk(folder, name) && there(folder, name)) {
        if (read_only) REFUSED(EROFS);
        step('u');
    }
    return (int)syscall(SYS_unlinkat, folder, name, flags);
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int rename(const char *from, const char *to) {
    if ((on_disk(AT_FDCWD, from) || on_disk(AT_FDCWD, to)) && there(AT_FDCWD, from)) {
        if (read_only) REFUSED(EROFS);
        step('r');
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int mkdir(const char *name, mode_t mode) {
    if (on_disk(AT_FDCWD, name) && !there(AT_FDCWD, name)) {
        if (read_only) REFUSED(EROFS);
        step('m');
    }
    return (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
}
int chmod(const char *name, mode_t mode) {
    if (read_only && on_disk(AT_FDCWD, name)) REFUSED(EROFS);
    return (int)syscall(SYS_fchmodat, AT_FDCWD, name, mode);
}
