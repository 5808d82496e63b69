/* Blocking functions for names in folders: rename, remove, make, list. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "os.h"
#include "torus/control.h"
#include "windows.h"

/* UTF-8 bytes of one name, with its 0: 255 UTF-16 units of at most three bytes. */
#define FOLDERS_NAME_BYTES (3 * MAX_PATH)

static bool folders__is_directory(const wchar_t *path) {
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* 0 or the error of a call on `path`. */
static int folders__result(BOOL done, const wchar_t *path) {
    if (done) {
        return 0;
    }
    DWORD code = GetLastError();
    return code == ERROR_PATH_NOT_FOUND ? windows_missing(path) : windows_error(code);
}

int torus_file_rename(const char *from, const char *to) {
    int result = 0;
    wchar_t *old = windows_path(from, &result);
    wchar_t *new = old == NULL ? NULL : windows_path(to, &result);
    if (new != NULL) {
        BOOL done = MoveFileExW(old, new, MOVEFILE_REPLACE_EXISTING);
        DWORD code = GetLastError();
        if (!done && code == ERROR_ACCESS_DENIED && folders__is_directory(new)) {
            result = folders__is_directory(old) ? -TORUS_ENOTEMPTY : -TORUS_EISDIR;
        } else {
            SetLastError(code);
            result = folders__result(done, GetFileAttributesW(old) == INVALID_FILE_ATTRIBUTES ? old : new);
        }
    }
    free(old);
    free(new);
    return result;
}

int torus_file_unlink(const char *path) {
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    result = folders__result(DeleteFileW(wide), wide);
    if (result == -TORUS_EACCES && folders__is_directory(wide)) {
        result = -TORUS_EISDIR;
    }
    free(wide);
    return result;
}

int torus_file_rmdir(const char *path) {
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    result = folders__result(RemoveDirectoryW(wide), wide);
    free(wide);
    return result;
}

int torus_file_mkdir(const char *path, int mode) {
    (void)mode; /* who may do what is inherited from the folder above */
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    result = folders__result(CreateDirectoryW(wide, NULL), wide);
    free(wide);
    return result;
}

static int folders__each(HANDLE search, WIN32_FIND_DATAW *found,
                         int (*each)(void *context, const char *name, size_t length), void *context) {
    char name[FOLDERS_NAME_BYTES];
    do {
        if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0) {
            continue;
        }
        int bytes = WideCharToMultiByte(CP_UTF8, 0, found->cFileName, -1, name, sizeof name, NULL, NULL);
        int result = bytes <= 0 ? os_error() : each(context, name, (size_t)bytes - 1);
        if (result != 0) {
            return result;
        }
    } while (FindNextFileW(search, found));
    return GetLastError() == ERROR_NO_MORE_FILES ? 0 : os_error();
}

int torus_file_list(const char *path, int (*each)(void *context, const char *name, size_t length), void *context) {
    int result = 0;
    wchar_t *wide = windows_path(path, &result);
    if (wide == NULL) {
        return result;
    }
    size_t length = wcslen(wide);
    wchar_t *pattern = malloc((length + 3) * sizeof *pattern);
    if (pattern == NULL) {
        free(wide);
        return -TORUS_ENOMEM;
    }
    memcpy(pattern, wide, length * sizeof *pattern);
    bool ends = length > 0 && (wide[length - 1] == L'\\' || wide[length - 1] == L'/');
    wcscpy(pattern + length, ends ? L"*" : L"\\*");
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) {
        DWORD attributes = GetFileAttributesW(wide);
        bool file = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
        result = file ? -TORUS_ENOTDIR : windows_missing(wide);
    } else {
        result = folders__each(search, &found, each, context);
        FindClose(search);
    }
    free(pattern);
    free(wide);
    return result;
}
