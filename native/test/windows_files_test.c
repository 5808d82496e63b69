/* Windows: paths, files and named pipes, by the blocking functions and by the ring. */
#include <windows.h>

#include <stddef.h>
#include <string.h>

#include "driver.h"
#include "torus/errno.h"

#define FLAG_CREATE 0x40
#define FLAG_READ_WRITE 2
#define FLAG_APPEND 0x400
#define PATH_BYTES 4096
#define PIPE_NAME "\\\\.\\pipe\\torus-windows-test"

static char folder[PATH_BYTES];

static const char *path(const char *name) {
    static char text[PATH_BYTES];
    snprintf(text, sizeof text, "%s\\%s", folder, name);
    return text;
}

static int count_names(void *context, const char *name, size_t length) {
    (void)name;
    (void)length;
    ++*(int *)context;
    return 0;
}

static int find_name(void *context, const char *name, size_t length) {
    (void)length;
    return strcmp(name, context) == 0;
}

static uint64_t address(const void *memory) {
    return (uint64_t)(uintptr_t)memory;
}

static void read_at(struct driver *driver, int fd, void *memory, uint32_t bytes, uint64_t at, uint64_t user_data) {
    struct torus_sqe *entry = driver_entry(driver, TORUS_OP_READ, fd, user_data);
    entry->addr = address(memory);
    entry->len = bytes;
    entry->off = at;
}

static void write_at(struct driver *driver, int fd, void *memory, uint32_t bytes, uint64_t at, uint64_t user_data) {
    read_at(driver, fd, memory, bytes, at, user_data);
    driver->layout.entries[(driver->tail - 1) & (driver->layout.sq_entries - 1)].opcode = TORUS_OP_WRITE;
}

/* Names that are no ASCII, and paths longer than MAX_PATH, by every function that takes one. */
static void names(struct driver *driver) {
    static const char odd[] = "gr\xc3\xbc\xc3\x9f \xe5\x9c\x88 \xf0\x9f\x8d\xa9";
    char deep[PATH_BYTES];
    int64_t status[TORUS_STAT_FIELDS];
    snprintf(deep, sizeof deep, "%s", path(odd));
    CHECK_EQUAL(0, torus_file_mkdir(deep, 0700));
    CHECK_EQUAL(1, torus_file_list(folder, find_name, (void *)odd));
    while (strlen(deep) < 600) {
        strcat(deep, "\\a-folder-whose-name-is-rather-long-so-that-few-are-needed");
        CHECK_EQUAL(0, torus_file_mkdir(deep, 0700));
    }
    char file[PATH_BYTES];
    char other[PATH_BYTES];
    snprintf(file, sizeof file, "%s/with/../%s", deep, odd);
    snprintf(other, sizeof other, "%s\\other", deep);
    int fd = torus_file_open(driver->backend, file, FLAG_READ_WRITE | FLAG_CREATE, 0600);
    CHECK(fd >= 0);
    CHECK_EQUAL(5, torus_file_write(driver->backend, fd, address("hello"), 5, 0));
    CHECK_EQUAL(0, torus_file_close(driver->backend, fd));
    CHECK_EQUAL(0, torus_file_stat(file, true, status));
    CHECK_EQUAL(5, status[TORUS_STAT_SIZE]);
    CHECK_EQUAL(0, torus_file_rename(file, other));
    CHECK_EQUAL(-TORUS_ENOENT, torus_file_stat(file, true, status));
    int found = 0;
    CHECK_EQUAL(0, torus_file_list(deep, count_names, &found));
    CHECK_EQUAL(1, found);
    CHECK_EQUAL(-TORUS_ENOTEMPTY, torus_file_rmdir(deep));
    CHECK_EQUAL(0, torus_file_unlink(other));
    while (strlen(deep) > strlen(folder)) {
        CHECK_EQUAL(0, torus_file_rmdir(deep));
        *strrchr(deep, '\\') = 0;
    }
    CHECK_EQUAL(-TORUS_EILSEQ, torus_file_open(driver->backend, "\xff\xfe", 0, 0));
    CHECK_EQUAL(-TORUS_ENOENT, torus_file_open(driver->backend, path("a?b"), 0, 0));
}

/* An appending handle writes at the end wherever it is told to write, and others move their own position. */
static void positions(struct driver *driver) {
    char *memory = driver_memory(driver, 64);
    int appends = torus_file_open(driver->backend, path("f"), 1 | FLAG_CREATE | FLAG_APPEND, 0600);
    int reads = torus_file_open(driver->backend, path("f"), 0, 0);
    CHECK(appends >= 0 && reads >= 0);
    memcpy(memory, "abcdef", 6);
    write_at(driver, appends, memory, 3, 0, 1);
    driver_expect(driver, 1, 3, 0);
    write_at(driver, appends, memory + 3, 3, 0, 2);
    driver_expect(driver, 2, 3, 0);
    memset(memory, 0, 6);
    read_at(driver, reads, memory, 2, UINT64_MAX, 3);
    driver_expect(driver, 3, 2, 0);
    CHECK_EQUAL(4, torus_file_read(driver->backend, reads, address(memory + 2), 10, -1));
    CHECK(memcmp(memory, "abcdef", 6) == 0);
    read_at(driver, reads, memory, 2, UINT64_MAX, 4);
    driver_expect(driver, 4, 0, 0);
    write_at(driver, reads, memory, 2, 0, 5);
    driver_expect(driver, 5, -TORUS_EBADF, 0);
    CHECK_EQUAL(0, torus_file_sync(reads, false));
    CHECK_EQUAL(-TORUS_EINVAL, torus_file_truncate(reads, 0));
    CHECK_EQUAL(0, torus_file_close(driver->backend, appends));
    CHECK_EQUAL(0, torus_file_close(driver->backend, reads));
    CHECK_EQUAL(-TORUS_EBADF, torus_file_close(driver->backend, reads));
    CHECK_EQUAL(-TORUS_EBADF, torus_file_read(driver->backend, reads, address(memory), 1, 0));
    CHECK_EQUAL(0, torus_file_unlink(path("f")));
}

/* A pipe in message mode: what waits, what does not fit, what is cancelled, and the end. */
static void pipes(struct driver *driver) {
    char *memory = driver_memory(driver, 256);
    HANDLE server = CreateNamedPipeA(PIPE_NAME, PIPE_ACCESS_DUPLEX,
                                     PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, 1, 4096, 4096, 0, NULL);
    CHECK(server != INVALID_HANDLE_VALUE);
    int fd = torus_file_open(driver->backend, PIPE_NAME, FLAG_READ_WRITE, 0);
    CHECK(fd >= 0);
    DWORD mode = PIPE_READMODE_MESSAGE;
    CHECK(SetNamedPipeHandleState((HANDLE)(intptr_t)fd, &mode, NULL, NULL));
    DWORD moved = 0;
    char there[64];
    memcpy(memory, "ping", 4);
    write_at(driver, fd, memory, 4, 0, 1);
    driver_expect(driver, 1, 4, 0);
    CHECK(ReadFile(server, there, sizeof there, &moved, NULL) && moved == 4 && memcmp(there, "ping", 4) == 0);

    read_at(driver, fd, memory + 64, 64, 0, 2);
    driver_expect_nothing(driver);
    CHECK(WriteFile(server, "pong!", 5, &moved, NULL));
    driver_expect(driver, 2, 5, 0);
    CHECK(memcmp(memory + 64, "pong!", 5) == 0);

    /* longer than the buffer, once when it is there already and once when it comes later */
    CHECK(WriteFile(server, "0123456789", 10, &moved, NULL));
    read_at(driver, fd, memory, 4, 0, 3);
    driver_expect(driver, 3, 4, 0);
    read_at(driver, fd, memory + 4, 64, 0, 4);
    driver_expect(driver, 4, 6, 0);
    CHECK(memcmp(memory, "0123456789", 10) == 0);
    read_at(driver, fd, memory, 4, 0, 5);
    driver_expect_nothing(driver);
    CHECK(WriteFile(server, "abcdefgh", 8, &moved, NULL));
    driver_expect(driver, 5, 4, 0);
    read_at(driver, fd, memory + 4, 64, 0, 6);
    driver_expect(driver, 6, 4, 0);
    CHECK(memcmp(memory, "abcdefgh", 8) == 0);

    read_at(driver, fd, memory, 64, 0, 7);
    driver_expect_nothing(driver);
    driver_cancel(driver, 7, 8);
    driver_expect(driver, 7, -TORUS_ECANCELED, 0);
    driver_expect(driver, 8, 0, 0);

    read_at(driver, fd, memory, 64, 0, 9);
    driver_expect_nothing(driver);
    CHECK(DisconnectNamedPipe(server) && CloseHandle(server));
    driver_expect(driver, 9, 0, 0);
    write_at(driver, fd, memory, 4, 0, 10);
    driver_expect(driver, 10, -TORUS_EPIPE, 0);
    CHECK_EQUAL(0, torus_file_close(driver->backend, fd));
    CHECK_EQUAL(-TORUS_ENOENT, torus_file_open(driver->backend, PIPE_NAME, FLAG_READ_WRITE, 0));
}

int main(void) {
    struct driver driver;
    wchar_t wide[MAX_PATH];
    driver_open(&driver, "iocp", 64, 256);
    CHECK(GetTempPathW(MAX_PATH, wide) > 0);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, -1, folder, sizeof folder, NULL, NULL) > 0);
    snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "torus-test-%lu", GetCurrentProcessId());
    CHECK_EQUAL(0, torus_file_mkdir(folder, 0700));
    names(&driver);
    positions(&driver);
    pipes(&driver);
    CHECK_EQUAL(0, torus_file_rmdir(folder));
    driver_close(&driver);
    return 0;
}
