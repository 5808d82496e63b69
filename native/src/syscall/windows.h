/* What both levels share on Windows: text and error numbers. */
#ifndef TORUS_SYSCALL_WINDOWS_H
#define TORUS_SYSCALL_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#include <stdint.h>
#include <windows.h>

#define SYSCALL_PATH_CHARS 4096

/* UTF-8 to UTF-16, ended by 0: the number of characters without it, or -errno. */
int syscall_wide(const char *utf8, WCHAR *out, int size);

/* A Win32 error as Linux's number, positive. */
int64_t syscall_linux_errno(DWORD code);

/* Whether the handle is a console. It takes text, not bytes: UTF-16 through WriteConsoleW. */
BOOL syscall_is_console(HANDLE handle);

/*
 * Writes UTF-8 to a console, whatever code page that is set to. A sequence that is cut at the end is left for the next
 * call: the count of bytes written, or -errno.
 */
int64_t syscall_console_write(HANDLE console, const char *utf8, uint32_t length);

#endif
