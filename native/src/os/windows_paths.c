/* Paths: UTF-8 from Java, UTF-16 with no limit of 260 characters for Windows. */
#include <stdlib.h>
#include <string.h>

#include "windows.h"

/* From here on the path gets the prefix that lifts the limit of MAX_PATH; a folder's name is limited to 248. */
#define PATHS_LONG 240
#define PATHS_PREFIX L"\\\\?\\"
#define PATHS_UNC_PREFIX L"\\\\?\\UNC\\"
#define PATHS_PREFIX_ROOM 8

static wchar_t *windows__wide(const char *path, int *result) {
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (length <= 0) {
        *result = -TORUS_EILSEQ;
        return NULL;
    }
    wchar_t *wide = malloc((size_t)length * sizeof *wide);
    if (wide == NULL) {
        *result = -TORUS_ENOMEM;
        return NULL;
    }
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, length);
    return wide;
}

wchar_t *windows_path(const char *path, int *result) {
    wchar_t *wide = windows__wide(path, result);
    if (wide == NULL || wcslen(wide) < PATHS_LONG || wcsncmp(wide, PATHS_PREFIX, 4) == 0 ||
        wcsncmp(wide, L"\\\\.\\", 4) == 0) {
        return wide;
    }
    /* The prefix turns normalising off, so it is done first. */
    DWORD room = GetFullPathNameW(wide, 0, NULL, NULL);
    wchar_t *full = room == 0 ? NULL : malloc((room + PATHS_PREFIX_ROOM) * sizeof *full);
    if (full == NULL) {
        *result = room == 0 ? windows_error(GetLastError()) : -TORUS_ENOMEM;
        free(wide);
        return NULL;
    }
    bool unc = wcsncmp(wide, L"\\\\", 2) == 0;
    const wchar_t *prefix = unc ? PATHS_UNC_PREFIX : PATHS_PREFIX;
    size_t prefix_length = wcslen(prefix);
    GetFullPathNameW(wide, room, full + PATHS_PREFIX_ROOM, NULL);
    free(wide);
    wchar_t *normal = full + PATHS_PREFIX_ROOM + (unc ? 2 : 0);
    memmove(full + prefix_length, normal, (wcslen(normal) + 1) * sizeof *full);
    memcpy(full, prefix, prefix_length * sizeof *full);
    return full;
}

int windows_missing(const wchar_t *path) {
    size_t length = wcslen(path);
    wchar_t *parent = malloc((length + 1) * sizeof *parent);
    if (parent == NULL) {
        return -TORUS_ENOENT;
    }
    wcscpy(parent, path);
    int result = -TORUS_ENOENT;
    while (length > 0) {
        do {
            length--;
        } while (length > 0 && parent[length] != L'\\' && parent[length] != L'/');
        parent[length] = 0;
        DWORD attributes = GetFileAttributesW(parent);
        if (attributes != INVALID_FILE_ATTRIBUTES) {
            result = (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0 ? -TORUS_ENOTDIR : -TORUS_ENOENT;
            break;
        }
    }
    free(parent);
    return result;
}
