/* What the Windows files share: winsock before windows.h, paths, and one way from any system code to an errno. */
#ifndef TORUS_WINDOWS_H
#define TORUS_WINDOWS_H

#include <winsock2.h>
#include <mswsock.h>
#include <windows.h>
#include <ws2tcpip.h>

#include <stdbool.h>
#include <stdint.h>

#include "torus/errno.h"

/* The longest socket address that is passed on, which is that of a Unix domain socket: afunix.h, which MinGW has not.
 */
#define WINDOWS_UNIX_PATH_BYTES 108
struct windows_sockaddr_unix {
    uint16_t family;
    char path[WINDOWS_UNIX_PATH_BYTES]; /* in UTF-8 */
};
#define WINDOWS_SOCKADDR_BYTES sizeof(struct windows_sockaddr_unix)

/* -errno of an error of Win32 or Winsock; one without a counterpart is -(0x10000 + code). */
int windows_error(uint32_t code);

/* -errno of the NTSTATUS of an operation that ended; 0 for success. */
int windows_status(uint32_t status);

/* The descriptor as the system has it. */
static inline HANDLE windows_handle(int fd) {
    return (HANDLE)(intptr_t)fd;
}

static inline SOCKET windows_socket(int fd) {
    return (SOCKET)(intptr_t)fd;
}

/* A descriptor of ours for a handle, or -1: numbers beyond 31 bits do not occur, and would not fit into an entry. */
static inline int windows_descriptor(uintptr_t handle) {
    return handle <= INT32_MAX ? (int)handle : -1;
}

/* Linux's sockaddr as Windows wants it, which differs in the number of the family: bytes used, or -errno. */
int windows_address(const void *address, uint32_t length, struct sockaddr_storage *out);

/* And back, into at most `room` bytes: the whole length. */
uint32_t windows_linux_address(const struct sockaddr *address, int length, void *out, uint32_t room);

/* A path in UTF-8 as UTF-16 that may be longer than MAX_PATH; free() it. NULL and *result: -errno. */
wchar_t *windows_path(const char *path, int *result);

/* What is wrong with a path that was not found: -ENOTDIR if a file stands where a folder should, else -ENOENT. */
int windows_missing(const wchar_t *path);

#endif
