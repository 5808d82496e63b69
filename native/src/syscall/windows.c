/* Text and error numbers of Windows. */
#include "windows.h"

/* Linux's numbers: this file is compiled against Windows' errno.h, which has others. */
enum {
    LINUX_ENOENT = 2,
    LINUX_EIO = 5,
    LINUX_EBADF = 9,
    LINUX_ENOMEM = 12,
    LINUX_EACCES = 13,
    LINUX_EBUSY = 16,
    LINUX_EEXIST = 17,
    LINUX_EINVAL = 22,
    LINUX_ENOSPC = 28,
    LINUX_EPIPE = 32,
    LINUX_ENAMETOOLONG = 36,
    LINUX_EILSEQ = 84
};

#define CONSOLE_CHUNK 512

static const struct {
    DWORD windows;
    int code;
} errors[] = {
    {ERROR_FILE_NOT_FOUND, LINUX_ENOENT},
    {ERROR_PATH_NOT_FOUND, LINUX_ENOENT},
    {ERROR_INVALID_NAME, LINUX_ENOENT},
    {ERROR_BAD_PATHNAME, LINUX_ENOENT},
    {ERROR_ACCESS_DENIED, LINUX_EACCES},
    {ERROR_INVALID_HANDLE, LINUX_EBADF},
    {ERROR_NOT_ENOUGH_MEMORY, LINUX_ENOMEM},
    {ERROR_SHARING_VIOLATION, LINUX_EBUSY},
    {ERROR_FILE_EXISTS, LINUX_EEXIST},
    {ERROR_INVALID_PARAMETER, LINUX_EINVAL},
    {ERROR_DISK_FULL, LINUX_ENOSPC},
    {ERROR_HANDLE_DISK_FULL, LINUX_ENOSPC},
    {ERROR_BROKEN_PIPE, LINUX_EPIPE},
    {ERROR_NO_DATA, LINUX_EPIPE},
    {ERROR_PIPE_NOT_CONNECTED, LINUX_EPIPE},
    {ERROR_FILENAME_EXCED_RANGE, LINUX_ENAMETOOLONG},
    {ERROR_NO_UNICODE_TRANSLATION, LINUX_EILSEQ},
};

int64_t syscall_linux_errno(DWORD code) {
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].windows == code) {
            return errors[i].code;
        }
    }
    return LINUX_EIO;
}

int syscall_wide(const char *utf8, WCHAR *out, int size) {
    int chars = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, out, size);
    if (chars > 0) {
        return chars - 1;
    }
    return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? -LINUX_ENAMETOOLONG : -LINUX_EILSEQ;
}

BOOL syscall_is_console(HANDLE handle) {
    DWORD mode;
    return GetConsoleMode(handle, &mode);
}

/* How many bytes of a chunk end with a whole character. */
static uint32_t windows__whole(const char *utf8, uint32_t length) {
    uint32_t tail = 0;
    while (tail < length && tail < 4 && ((unsigned char)utf8[length - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    if (tail == length || tail == 4) {
        return length; /* no UTF-8: let the conversion put its replacement character */
    }
    unsigned char lead = (unsigned char)utf8[length - 1 - tail];
    uint32_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > tail + 1 ? length - tail - 1 : length;
}

int64_t syscall_console_write(HANDLE console, const char *utf8, uint32_t length) {
    WCHAR wide[CONSOLE_CHUNK];
    uint32_t bytes = length < CONSOLE_CHUNK ? length : CONSOLE_CHUNK;
    bytes = windows__whole(utf8, bytes);
    if (bytes == 0) {
        return length == 0 ? 0 : -LINUX_EILSEQ;
    }
    int chars = MultiByteToWideChar(CP_UTF8, 0, utf8, (int)bytes, wide, CONSOLE_CHUNK);
    for (int done = 0; done < chars;) {
        DWORD written = 0;
        if (!WriteConsoleW(console, wide + done, (DWORD)(chars - done), &written, NULL)) {
            return -syscall_linux_errno(GetLastError());
        }
        done += (int)written;
    }
    return bytes;
}
