/* The system's library: Win32. */
#include "syscall.h"
#include "windows.h"

static int64_t api__failure(void) {
    return -syscall_linux_errno(GetLastError());
}

static int64_t api__open(const char *path) {
    WCHAR wide[SYSCALL_PATH_CHARS];
    int chars = syscall_wide(path, wide, SYSCALL_PATH_CHARS);
    if (chars < 0) {
        return chars;
    }
    HANDLE file = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    return file == INVALID_HANDLE_VALUE ? api__failure() : (int64_t)(intptr_t)file;
}

static int64_t api__write(int64_t handle, const void *bytes, uint32_t length) {
    HANDLE file = (HANDLE)(intptr_t)handle;
    if (syscall_is_console(file)) {
        return syscall_console_write(file, bytes, length);
    }
    DWORD written = 0;
    return WriteFile(file, bytes, length, &written, NULL) ? (int64_t)written : api__failure();
}

static int64_t api__close(int64_t handle) {
    return CloseHandle((HANDLE)(intptr_t)handle) ? 0 : api__failure();
}

static int64_t api__standard(int which) {
    return (int64_t)(intptr_t)GetStdHandle(which == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

static int64_t api__pid(void) {
    return GetCurrentProcessId();
}

static int64_t api__nanos(void) {
    LARGE_INTEGER ticks;
    LARGE_INTEGER frequency;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&frequency);
    int64_t seconds = ticks.QuadPart / frequency.QuadPart;
    int64_t rest = ticks.QuadPart % frequency.QuadPart;
    return seconds * SYSCALL_NANOS_PER_SECOND + rest * SYSCALL_NANOS_PER_SECOND / frequency.QuadPart;
}

const struct torus_syscalls torus_syscalls_api = {api__open,     api__write, api__close,
                                                  api__standard, api__pid,   api__nanos};
