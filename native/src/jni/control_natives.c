/* Natives of the control plane and of the blocking file functions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "natives.h"
#include "torus/errno.h"

/* The longest path, with its 0: of Linux and macOS; of Windows, where it is counted in UTF-16. */
#if defined(_WIN32)
#define CONTROL_PATH_MAX 32768
#else
#define CONTROL_PATH_MAX 4096
#endif

/* --- sockets ------------------------------------------------------------------------------------------------------ */

static jint JNICALL control__socket(JNIEnv *env, jclass type, jlong pointer, jint family, jint kind, jint protocol) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : torus_socket(backend, family, kind, protocol);
}

static jint JNICALL control__bind(JNIEnv *env, jclass type, jint fd, jbyteArray address) {
    (void)type;
    jbyte bytes[TORUS_SOCKADDR_BYTES];
    jsize length = address == NULL ? 0 : (*env)->GetArrayLength(env, address);
    if (length < 2 || length > TORUS_SOCKADDR_BYTES) {
        return -EINVAL;
    }
    (*env)->GetByteArrayRegion(env, address, 0, length, bytes);
    return torus_bind(fd, bytes, (uint32_t)length);
}

static jint JNICALL control__listen(JNIEnv *env, jclass type, jint fd, jint backlog) {
    (void)env;
    (void)type;
    return torus_listen(fd, backlog);
}

static jint JNICALL control__set_option(JNIEnv *env, jclass type, jint fd, jint level, jint name, jint value) {
    (void)env;
    (void)type;
    return torus_set_option(fd, level, name, value);
}

static jint JNICALL control__get_option(JNIEnv *env, jclass type, jint fd, jint level, jint name, jintArray out) {
    (void)type;
    if (out == NULL || (*env)->GetArrayLength(env, out) < 1) {
        return -EINVAL;
    }
    int value = 0;
    int result = torus_get_option(fd, level, name, &value);
    if (result >= 0) {
        jint stored = value;
        (*env)->SetIntArrayRegion(env, out, 0, 1, &stored);
    }
    return result;
}

static jint JNICALL control__membership(JNIEnv *env, jclass type, jint fd, jbyteArray group, jint index,
                                        jboolean join) {
    (void)type;
    jbyte bytes[TORUS_SOCKADDR_BYTES];
    jsize length = group == NULL ? 0 : (*env)->GetArrayLength(env, group);
    if (length < 2 || length > TORUS_SOCKADDR_BYTES) {
        return -EINVAL;
    }
    (*env)->GetByteArrayRegion(env, group, 0, length, bytes);
    return torus_membership(fd, bytes, (uint32_t)length, (uint32_t)index, join);
}

static jint JNICALL control__address(JNIEnv *env, jclass type, jint fd, jboolean peer, jbyteArray out) {
    (void)type;
    if (out == NULL || (*env)->GetArrayLength(env, out) < TORUS_SOCKADDR_BYTES) {
        return -EINVAL;
    }
    jbyte bytes[TORUS_SOCKADDR_BYTES] = {0};
    int length = peer ? torus_peer_address(fd, bytes) : torus_local_address(fd, bytes);
    if (length >= 0) {
        (*env)->SetByteArrayRegion(env, out, 0, TORUS_SOCKADDR_BYTES, bytes);
    }
    return length;
}

static jint JNICALL control__pipe(JNIEnv *env, jclass type, jlong pointer, jbyteArray path, jint end) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    struct torus_backend *backend = natives_backend(pointer);
    int result = natives_text(env, path, text, sizeof text);
    if (backend == NULL || result < 0) {
        return backend == NULL ? -EBADF : result;
    }
    bool known = end >= TORUS_PIPE_CLIENT && end <= TORUS_PIPE_FIRST_SERVER;
    return known ? torus_pipe(backend, text, (enum torus_pipe_end)end) : -EINVAL;
}

static jint JNICALL control__send_now(JNIEnv *env, jclass type, jint fd, jlong address, jint length) {
    (void)env;
    (void)type;
    return length < 0 ? -EINVAL : torus_send_now(fd, (uint64_t)address, (uint32_t)length);
}

static jint JNICALL control__shutdown_now(JNIEnv *env, jclass type, jint fd, jint how) {
    (void)env;
    (void)type;
    return torus_shutdown_now(fd, (uint32_t)how);
}

static jint JNICALL control__adopt(JNIEnv *env, jclass type, jlong pointer, jint fd) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : torus_adopt(backend, fd);
}

static jint JNICALL control__release(JNIEnv *env, jclass type, jlong pointer, jint fd) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : torus_release(backend, fd);
}

static jint JNICALL control__close(JNIEnv *env, jclass type, jlong pointer, jint fd) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : torus_close(backend, fd);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static jint JNICALL control__file_open(JNIEnv *env, jclass type, jlong pointer, jbyteArray path, jint flags,
                                       jint mode) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    struct torus_backend *backend = natives_backend(pointer);
    int result = natives_text(env, path, text, sizeof text);
    if (backend == NULL || result < 0) {
        return backend == NULL ? -EBADF : result;
    }
    return torus_file_open(backend, text, flags, mode);
}

static jint JNICALL control__file_close(JNIEnv *env, jclass type, jlong pointer, jint fd) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : torus_file_close(backend, fd);
}

static jint JNICALL control__file_read(JNIEnv *env, jclass type, jlong pointer, jint fd, jlong address, jint length,
                                       jlong position) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || length < 0) {
        return backend == NULL ? -EBADF : -EINVAL;
    }
    return torus_file_read(backend, fd, (uint64_t)address, (uint32_t)length, position);
}

static jint JNICALL control__file_write(JNIEnv *env, jclass type, jlong pointer, jint fd, jlong address, jint length,
                                        jlong position) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || length < 0) {
        return backend == NULL ? -EBADF : -EINVAL;
    }
    return torus_file_write(backend, fd, (uint64_t)address, (uint32_t)length, position);
}

static jint JNICALL control__file_sync(JNIEnv *env, jclass type, jint fd, jboolean data_only) {
    (void)env;
    (void)type;
    return torus_file_sync(fd, data_only != JNI_FALSE);
}

static jint JNICALL control__file_truncate(JNIEnv *env, jclass type, jint fd, jlong length) {
    (void)env;
    (void)type;
    return torus_file_truncate(fd, length);
}

static jint control__store_status(JNIEnv *env, jlongArray out, int result, const int64_t *status) {
    if (result >= 0) {
        jlong fields[TORUS_STAT_FIELDS];
        for (int i = 0; i < TORUS_STAT_FIELDS; i++) {
            fields[i] = status[i];
        }
        (*env)->SetLongArrayRegion(env, out, 0, TORUS_STAT_FIELDS, fields);
    }
    return result;
}

static jint JNICALL control__file_stat(JNIEnv *env, jclass type, jbyteArray path, jboolean follow_links,
                                       jlongArray out) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    int64_t status[TORUS_STAT_FIELDS];
    if (out == NULL || (*env)->GetArrayLength(env, out) < TORUS_STAT_FIELDS) {
        return -EINVAL;
    }
    int result = natives_text(env, path, text, sizeof text);
    result = result < 0 ? result : torus_file_stat(text, follow_links != JNI_FALSE, status);
    return control__store_status(env, out, result, status);
}

static jint JNICALL control__file_fstat(JNIEnv *env, jclass type, jint fd, jlongArray out) {
    (void)type;
    int64_t status[TORUS_STAT_FIELDS];
    if (out == NULL || (*env)->GetArrayLength(env, out) < TORUS_STAT_FIELDS) {
        return -EINVAL;
    }
    return control__store_status(env, out, torus_file_fstat(fd, status), status);
}

static jint JNICALL control__file_rename(JNIEnv *env, jclass type, jbyteArray from, jbyteArray to) {
    (void)type;
    char old_path[CONTROL_PATH_MAX];
    char new_path[CONTROL_PATH_MAX];
    int result = natives_text(env, from, old_path, sizeof old_path);
    result = result < 0 ? result : natives_text(env, to, new_path, sizeof new_path);
    return result < 0 ? result : torus_file_rename(old_path, new_path);
}

static jint JNICALL control__file_unlink(JNIEnv *env, jclass type, jbyteArray path) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    int result = natives_text(env, path, text, sizeof text);
    return result < 0 ? result : torus_file_unlink(text);
}

static jint JNICALL control__file_rmdir(JNIEnv *env, jclass type, jbyteArray path) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    int result = natives_text(env, path, text, sizeof text);
    return result < 0 ? result : torus_file_rmdir(text);
}

static jint JNICALL control__file_mkdir(JNIEnv *env, jclass type, jbyteArray path, jint mode) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    int result = natives_text(env, path, text, sizeof text);
    return result < 0 ? result : torus_file_mkdir(text, mode);
}

/* Names one after the other, each with its 0. */
struct control__names {
    char *bytes;
    size_t used;
    size_t capacity;
};

static int control__add_name(void *context, const char *name, size_t length) {
    struct control__names *names = context;
    size_t needed = names->used + length + 1;
    if (needed > INT32_MAX) {
        return -TORUS_EOVERFLOW;
    }
    if (needed > names->capacity) {
        size_t capacity = needed * 2 + 1024;
        char *bytes = realloc(names->bytes, capacity);
        if (bytes == NULL) {
            return -ENOMEM;
        }
        names->bytes = bytes;
        names->capacity = capacity;
    }
    memcpy(names->bytes + names->used, name, length + 1);
    names->used = needed;
    return 0;
}

static jint JNICALL control__file_list(JNIEnv *env, jclass type, jbyteArray path, jobjectArray out) {
    (void)type;
    char text[CONTROL_PATH_MAX];
    if (out == NULL || (*env)->GetArrayLength(env, out) < 1) {
        return -EINVAL;
    }
    struct control__names names = {0};
    int result = natives_text(env, path, text, sizeof text);
    result = result < 0 ? result : torus_file_list(text, control__add_name, &names);
    if (result >= 0) {
        jbyteArray bytes = (*env)->NewByteArray(env, (jsize)names.used);
        if (bytes != NULL) { /* else an OutOfMemoryError is pending */
            (*env)->SetByteArrayRegion(env, bytes, 0, (jsize)names.used, (const jbyte *)names.bytes);
            (*env)->SetObjectArrayElement(env, out, 0, bytes);
        }
    }
    free(names.bytes);
    return result;
}

const JNINativeMethod torus_control_natives[] = {
    {"socket", "(JIII)I", (void *)control__socket},
    {"bind", "(I[B)I", (void *)control__bind},
    {"listen", "(II)I", (void *)control__listen},
    {"setOption", "(IIII)I", (void *)control__set_option},
    {"getOption", "(III[I)I", (void *)control__get_option},
    {"membership", "(I[BIZ)I", (void *)control__membership},
    {"address", "(IZ[B)I", (void *)control__address},
    {"pipe", "(J[BI)I", (void *)control__pipe},
    {"sendNow", "(IJI)I", (void *)control__send_now},
    {"shutdownNow", "(II)I", (void *)control__shutdown_now},
    {"adopt", "(JI)I", (void *)control__adopt},
    {"releaseSocket", "(JI)I", (void *)control__release},
    {"closeSocket", "(JI)I", (void *)control__close},
    {"fileOpen", "(J[BII)I", (void *)control__file_open},
    {"fileClose", "(JI)I", (void *)control__file_close},
    {"fileRead", "(JIJIJ)I", (void *)control__file_read},
    {"fileWrite", "(JIJIJ)I", (void *)control__file_write},
    {"fileSync", "(IZ)I", (void *)control__file_sync},
    {"fileTruncate", "(IJ)I", (void *)control__file_truncate},
    {"fileStat", "([BZ[J)I", (void *)control__file_stat},
    {"fileFstat", "(I[J)I", (void *)control__file_fstat},
    {"fileRename", "([B[B)I", (void *)control__file_rename},
    {"fileUnlink", "([B)I", (void *)control__file_unlink},
    {"fileRmdir", "([B)I", (void *)control__file_rmdir},
    {"fileMkdir", "([BI)I", (void *)control__file_mkdir},
    {"fileList", "([B[[B)I", (void *)control__file_list},
};
const jint torus_control_natives_count = sizeof torus_control_natives / sizeof torus_control_natives[0];
