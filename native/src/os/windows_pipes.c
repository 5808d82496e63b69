/* The ends of named pipes. */
#include <stdlib.h>
#include <wchar.h>

#include "os.h"
#include "torus/control.h"
#include "windows.h"

/* What the system keeps for either direction; a write of more waits for the reader. */
#define PIPES_BUFFER_BYTES 65536
#define PIPES_PREFIX_LENGTH 9

/* The same file system under two names: \\.\pipe\ and \\?\pipe\, in capitals or not. */
static bool pipes__is_name(const wchar_t *path) {
    bool prefix = _wcsnicmp(path, L"\\\\.\\pipe\\", PIPES_PREFIX_LENGTH) == 0 ||
                  _wcsnicmp(path, L"\\\\?\\pipe\\", PIPES_PREFIX_LENGTH) == 0;
    return prefix && path[PIPES_PREFIX_LENGTH] != 0;
}

/* INVALID_HANDLE_VALUE: the error is that of the thread. */
static HANDLE pipes__open(const wchar_t *path, enum torus_pipe_end end) {
    if (end == TORUS_PIPE_CLIENT) {
        /* The server may ask who we are, not act as us. */
        DWORD attributes = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
        return CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, attributes, NULL);
    }
    DWORD first = end == TORUS_PIPE_FIRST_SERVER ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0;
    return CreateNamedPipeW(path, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, PIPES_BUFFER_BYTES, PIPES_BUFFER_BYTES, 0, NULL);
}

static int pipes__error(enum torus_pipe_end end) {
    DWORD code = GetLastError();
    /* What Windows says to the second who wants to be the first. */
    bool taken = end == TORUS_PIPE_FIRST_SERVER && (code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY);
    return taken ? -TORUS_EADDRINUSE : windows_error(code);
}

int torus_pipe(struct torus_backend *backend, const char *path, enum torus_pipe_end end) {
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    HANDLE pipe = pipes__is_name(wide) ? pipes__open(wide, end) : NULL;
    result = pipe == NULL ? -TORUS_EINVAL : pipe == INVALID_HANDLE_VALUE ? pipes__error(end) : 0;
    free(wide);
    if (result < 0) {
        return result;
    }
    int fd = windows_descriptor((uintptr_t)pipe);
    result = fd < 0 ? -TORUS_EMFILE : backend->ops->attach(backend, fd, TORUS_KIND_PIPE);
    if (result < 0) {
        CloseHandle(pipe);
    }
    return result;
}
