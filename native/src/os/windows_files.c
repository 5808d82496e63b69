/*
 * Blocking file functions for worker threads.
 *
 * Files are opened overlapped, because the ring reads and writes them too. Such a handle has no position of its own, so
 * the backend keeps one beside it. A call that blocks waits for an event of its own; the lowest bit of the event's
 * handle keeps the completion away from the port (GetQueuedCompletionStatus, Remarks).
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../backend/iocp_files.h"
#include "os.h"
#include "torus/control.h"
#include "windows.h"

/* Linux's numbers, as in BlockingFiles.O_* and S_*. */
#define FILE_ACCESS 3
#define FILE_CREAT 0x40
#define FILE_EXCL 0x80
#define FILE_TRUNC 0x200
#define FILE_APPENDS 0x400
#define FILE_S_DIRECTORY 0x4000
#define FILE_S_REGULAR 0x8000
#define FILE_S_LINK 0xA000
#define FILE_S_CHARACTER 0x2000
#define FILE_S_FIFO 0x1000
#define FILE_MODE_READ 0444
#define FILE_MODE_WRITE 0222
#define FILE_MODE_EXECUTE 0111
#define FILE_MODE_OWNER_WRITES 0200

#define FILE_SHARED (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* From 1601 to 1970, and the unit of FILETIME. */
#define FILE_EPOCH INT64_C(116444736000000000)
#define FILE_TICK_NANOS 100

/* Access that the flags ask for, 0 if they do not fit together. */
static DWORD file__access(int flags) {
    static const DWORD access[] = {GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE};
    if ((flags & ~(FILE_ACCESS | FILE_CREAT | FILE_EXCL | FILE_TRUNC | FILE_APPENDS)) != 0 ||
        (flags & FILE_ACCESS) == FILE_ACCESS) {
        return 0;
    }
    if ((flags & FILE_APPENDS) == 0 || (flags & FILE_ACCESS) == 0) {
        return access[flags & FILE_ACCESS];
    }
    /* Without the right to write data anywhere else, each write goes to the end, in one step. */
    return (FILE_GENERIC_WRITE & ~(DWORD)FILE_WRITE_DATA) | ((flags & FILE_ACCESS) == 2 ? GENERIC_READ : 0);
}

static DWORD file__disposition(int flags) {
    if ((flags & FILE_CREAT) == 0) {
        return (flags & FILE_TRUNC) != 0 ? TRUNCATE_EXISTING : OPEN_EXISTING;
    }
    if ((flags & FILE_EXCL) != 0) {
        return CREATE_NEW;
    }
    return (flags & FILE_TRUNC) != 0 ? CREATE_ALWAYS : OPEN_ALWAYS;
}

/* The error of a path that could not be opened or changed. */
static int file__path_error(const wchar_t *path) {
    DWORD code = GetLastError();
    if (code == ERROR_PATH_NOT_FOUND) {
        return windows_missing(path);
    }
    DWORD attributes = code == ERROR_ACCESS_DENIED ? GetFileAttributesW(path) : INVALID_FILE_ATTRIBUTES;
    bool directory = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return directory ? -TORUS_EISDIR : windows_error(code);
}

static HANDLE file__create(const wchar_t *path, int flags, int mode) {
    DWORD attributes = FILE_FLAG_OVERLAPPED | FILE_ATTRIBUTE_NORMAL;
    if ((flags & FILE_CREAT) != 0 && (mode & FILE_MODE_OWNER_WRITES) == 0) {
        attributes |= FILE_ATTRIBUTE_READONLY;
    }
    if (wcsncmp(path, L"\\\\.\\pipe\\", 9) == 0) {
        attributes |= SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION; /* the server may not act as us */
    }
    if ((flags & FILE_TRUNC) != 0 && (flags & FILE_APPENDS) != 0) {
        /* Emptying needs the right that appending gives up. */
        int first = (flags & ~(FILE_APPENDS | FILE_ACCESS)) | 1;
        HANDLE emptied =
            CreateFileW(path, GENERIC_WRITE, FILE_SHARED, NULL, file__disposition(first), attributes, NULL);
        if (emptied == INVALID_HANDLE_VALUE) {
            return emptied;
        }
        CloseHandle(emptied);
        flags &= ~(FILE_TRUNC | FILE_EXCL);
    }
    return CreateFileW(path, file__access(flags), FILE_SHARED, NULL, file__disposition(flags), attributes, NULL);
}

int torus_file_open(struct torus_backend *backend, const char *path, int flags, int mode) {
    if (file__access(flags) == 0) {
        return -TORUS_EINVAL;
    }
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    HANDLE file = file__create(wide, flags, mode);
    result = file == INVALID_HANDLE_VALUE ? file__path_error(wide) : 0;
    free(wide);
    if (result < 0) {
        return result;
    }
    int fd = windows_descriptor((uintptr_t)file);
    result = fd < 0 ? -TORUS_EMFILE : backend->ops->attach(backend, fd, TORUS_KIND_FILE);
    if (result < 0) {
        CloseHandle(file);
    }
    return result;
}

int torus_file_close(struct torus_backend *backend, int fd) {
    int result = backend->ops->detach(backend, fd, TORUS_KIND_FILE);
    if (result < 0) {
        return result;
    }
    return CloseHandle(windows_handle(fd)) ? 0 : os_error();
}

/* Starts a transfer and waits for it: bytes or -errno. */
static int file__transfer(int fd, bool writes, void *memory, uint32_t length, int64_t position) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (event == NULL) {
        return os_error();
    }
    OVERLAPPED overlapped = {
        .Offset = (DWORD)position,
        .OffsetHigh = (DWORD)(position >> 32),
        .hEvent = (HANDLE)((uintptr_t)event | 1),
    };
    DWORD bytes = 0;
    BOOL done = writes ? WriteFile(windows_handle(fd), memory, length, NULL, &overlapped)
                       : ReadFile(windows_handle(fd), memory, length, NULL, &overlapped);
    if (done || GetLastError() == ERROR_IO_PENDING) {
        done = GetOverlappedResult(windows_handle(fd), &overlapped, &bytes, TRUE);
    }
    int result = done ? (int)bytes : iocp_file_error(GetLastError(), writes, bytes);
    CloseHandle(event);
    return result;
}

static int file__io(struct torus_backend *backend, int fd, bool writes, uint64_t address, uint32_t length,
                    int64_t position) {
    _Atomic int64_t *current = iocp_file_position(backend, fd);
    if (current == NULL) {
        return -TORUS_EBADF;
    }
    if (length > INT32_MAX || position < -1) {
        return -TORUS_EINVAL;
    }
    bool moves = position == -1;
    int64_t at = moves ? atomic_load_explicit(current, memory_order_relaxed) : position;
    int result = file__transfer(fd, writes, (void *)(uintptr_t)address, length, at);
    if (moves && result > 0) {
        atomic_store_explicit(current, at + result, memory_order_relaxed);
    }
    return result;
}

int torus_file_read(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position) {
    return file__io(backend, fd, false, address, length, position);
}

int torus_file_write(struct torus_backend *backend, int fd, uint64_t address, uint32_t length, int64_t position) {
    return file__io(backend, fd, true, address, length, position);
}

int torus_file_sync(int fd, bool data_only) {
    (void)data_only;
    if (FlushFileBuffers(windows_handle(fd))) {
        return 0;
    }
    /* Flushing needs the right to write. Through a file that was opened for reading nothing was written. */
    return GetLastError() == ERROR_ACCESS_DENIED ? 0 : os_error();
}

int torus_file_truncate(int fd, int64_t length) {
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = length};
    if (length < 0) {
        return -TORUS_EINVAL;
    }
    if (SetFileInformationByHandle(windows_handle(fd), FileEndOfFileInfo, &end, sizeof end)) {
        return 0;
    }
    /* As ftruncate(2) has it for a file that is not open for writing. */
    return GetLastError() == ERROR_ACCESS_DENIED ? -TORUS_EINVAL : os_error();
}

/* --- status ------------------------------------------------------------------------------------------------------- */

static int64_t file__nanos(int64_t ticks) {
    return (ticks - FILE_EPOCH) * FILE_TICK_NANOS;
}

static int64_t file__time(FILETIME time) {
    return file__nanos((int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime));
}

static int64_t file__mode(DWORD attributes, bool link) {
    int64_t permissions = FILE_MODE_READ | ((attributes & FILE_ATTRIBUTE_READONLY) != 0 ? 0 : FILE_MODE_WRITE);
    if (link) {
        return FILE_S_LINK | permissions | FILE_MODE_EXECUTE;
    }
    bool directory = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return directory ? FILE_S_DIRECTORY | permissions | FILE_MODE_EXECUTE : FILE_S_REGULAR | permissions;
}

/* Whether a reparse point is a symbolic link (others, such as files kept in a cloud, are files). */
static bool file__is_link(HANDLE file, DWORD attributes) {
    FILE_ATTRIBUTE_TAG_INFO tag;
    return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
           GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof tag) &&
           tag.ReparseTag == IO_REPARSE_TAG_SYMLINK;
}

static int file__status(HANDLE file, int64_t *out) {
    memset(out, 0, TORUS_STAT_FIELDS * sizeof *out);
    DWORD type = GetFileType(file);
    if (type == FILE_TYPE_PIPE || type == FILE_TYPE_CHAR) {
        out[TORUS_STAT_MODE] =
            (type == FILE_TYPE_PIPE ? FILE_S_FIFO : FILE_S_CHARACTER) | FILE_MODE_READ | FILE_MODE_WRITE;
        return 0;
    }
    BY_HANDLE_FILE_INFORMATION info;
    FILE_BASIC_INFO basic;
    if (!GetFileInformationByHandle(file, &info)) {
        return os_error();
    }
    out[TORUS_STAT_MODE] = file__mode(info.dwFileAttributes, file__is_link(file, info.dwFileAttributes));
    out[TORUS_STAT_SIZE] = (int64_t)((uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow);
    out[TORUS_STAT_MTIME] = file__time(info.ftLastWriteTime);
    out[TORUS_STAT_ATIME] = file__time(info.ftLastAccessTime);
    bool changed = GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic);
    out[TORUS_STAT_CTIME] = changed ? file__nanos(basic.ChangeTime.QuadPart) : out[TORUS_STAT_MTIME];
    out[TORUS_STAT_INODE] = (int64_t)((uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow);
    out[TORUS_STAT_DEVICE] = info.dwVolumeSerialNumber;
    out[TORUS_STAT_LINKS] = info.nNumberOfLinks;
    return 0;
}

int torus_file_stat(const char *path, bool follow_links, int64_t *out) {
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | (follow_links ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
    HANDLE file = CreateFileW(wide, FILE_READ_ATTRIBUTES, FILE_SHARED, NULL, OPEN_EXISTING, flags, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        result = file__path_error(wide);
    } else {
        result = file__status(file, out);
        CloseHandle(file);
    }
    free(wide);
    return result;
}

int torus_file_fstat(int fd, int64_t *out) {
    return file__status(windows_handle(fd), out);
}
