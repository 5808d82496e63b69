/*
 * JNI glue: checks arguments and calls; nothing else knows JNI. The Java class that the functions belong to is named by
 * the system property "torus.native.binding" while the library is loaded, so that it may be relocated into another
 * package and loaded twice.
 */
#include <jni.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "torus/backend.h"
#include "torus/os.h"

#define RING(handle) ((struct torus_opened *)(uintptr_t)(handle))
#define SOCKADDR_BYTES 128

/* An open ring and the functions that belong to it. */
struct torus_opened {
    const struct torus_backend *backend;
    struct torus_ring *ring;
};

static const struct torus_backend *jni__backend(int number) {
    switch (number) {
#if defined(__linux__)
        case 0:
            return &torus_uring;
        case 1:
            return &torus_epoll;
#endif
#if defined(__APPLE__) || defined(TORUS_KQUEUE_EMULATION)
        case 2:
            return &torus_kqueue;
#endif
#if defined(_WIN32)
        case 3:
            return &torus_iocp;
#endif
        default:
            return NULL;
    }
}

static jint JNICALL jni_abi_version(JNIEnv *env, jclass type) {
    (void)env, (void)type;
    return TORUS_ABI_VERSION;
}

static jlong JNICALL jni_open(JNIEnv *env, jclass type, jint number, jint sq, jint cq, jbyteArray why) {
    (void)type;
    char reason[256] = "";
    const struct torus_backend *backend = jni__backend(number);
    if (backend == NULL) {
        return -ENOSYS;
    }
    struct torus_opened *opened = malloc(sizeof *opened);
    if (opened == NULL) {
        return -ENOMEM;
    }
    opened->backend = backend;
    int result = backend->open((uint32_t)sq, (uint32_t)cq, &opened->ring, reason, sizeof reason);
    if (result >= 0) {
        return (jlong)(uintptr_t)opened;
    }
    free(opened);
    if (why != NULL) {
        jsize bytes = (jsize)strlen(reason);
        jsize room = (*env)->GetArrayLength(env, why);
        (*env)->SetByteArrayRegion(env, why, 0, bytes < room ? bytes : room, (const jbyte *)reason);
    }
    return result;
}

static void JNICALL jni_layout(JNIEnv *env, jclass type, jlong ring, jintArray out) {
    (void)type;
    struct torus_layout layout;
    RING(ring)->backend->layout(RING(ring)->ring, &layout);
    const jint numbers[] = {layout.sq_head, layout.sq_tail, layout.sq_flags,      layout.sq_array,  layout.sq_entries,
                            layout.cq_head, layout.cq_tail, layout.cq_entries_at, layout.cq_entries};
    jsize count = sizeof numbers / sizeof numbers[0];
    if ((*env)->GetArrayLength(env, out) >= count) {
        (*env)->SetIntArrayRegion(env, out, 0, count, numbers);
    }
}

static jobject JNICALL jni_memory(JNIEnv *env, jclass type, jlong ring, jint which) {
    (void)type;
    struct torus_layout layout;
    RING(ring)->backend->layout(RING(ring)->ring, &layout);
    switch (which) {
        case 0:
            return (*env)->NewDirectByteBuffer(env, layout.sq_ring, (jlong)layout.sq_ring_bytes);
        case 1:
            return (*env)->NewDirectByteBuffer(env, layout.sqes, (jlong)layout.sqes_bytes);
        default:
            return (*env)->NewDirectByteBuffer(env, layout.cq_ring, (jlong)layout.cq_ring_bytes);
    }
}

static jboolean JNICALL jni_supports(JNIEnv *env, jclass type, jlong ring, jint opcode) {
    (void)env, (void)type;
    return RING(ring)->backend->supports(RING(ring)->ring, opcode) ? JNI_TRUE : JNI_FALSE;
}

static jint JNICALL jni_enable(JNIEnv *env, jclass type, jlong ring) {
    (void)env, (void)type;
    return RING(ring)->backend->enable(RING(ring)->ring);
}

static jboolean JNICALL jni_arm_wakeup(JNIEnv *env, jclass type, jlong ring, jobject entries, jint offset) {
    (void)type;
    char *base = (*env)->GetDirectBufferAddress(env, entries);
    if (base == NULL) {
        return JNI_FALSE;
    }
    struct torus_sqe *entry = (struct torus_sqe *)(void *)(base + offset);
    return RING(ring)->backend->arm_wakeup(RING(ring)->ring, entry) ? JNI_TRUE : JNI_FALSE;
}

static jint JNICALL jni_enter(JNIEnv *env, jclass type, jlong ring, jint to_submit, jint min_complete, jlong timeout) {
    (void)env, (void)type;
    return RING(ring)->backend->enter(RING(ring)->ring, (uint32_t)to_submit, (uint32_t)min_complete, timeout);
}

static jint JNICALL jni_wakeup(JNIEnv *env, jclass type, jlong ring) {
    (void)env, (void)type;
    return RING(ring)->backend->wakeup(RING(ring)->ring);
}

static jlong JNICALL jni_register_region(JNIEnv *env, jclass type, jlong ring, jobject buffer) {
    (void)type;
    void *address = (*env)->GetDirectBufferAddress(env, buffer);
    jlong bytes = (*env)->GetDirectBufferCapacity(env, buffer);
    if (address == NULL || bytes <= 0) {
        return -EINVAL;
    }
    uint64_t base = (uint64_t)(uintptr_t)address;
    int result = RING(ring)->backend->register_region(RING(ring)->ring, base, (uint64_t)bytes);
    return result < 0 ? result : (jlong)base;
}

static jint JNICALL jni_unregister_region(JNIEnv *env, jclass type, jlong ring, jlong base) {
    (void)env, (void)type;
    return RING(ring)->backend->unregister_region(RING(ring)->ring, (uint64_t)base);
}

static jint JNICALL jni_register_buffers(JNIEnv *env, jclass type, jlong ring, jint group, jlong base, jint entries) {
    (void)env, (void)type;
    return RING(ring)->backend->register_buffers(RING(ring)->ring, (uint16_t)group, (uint64_t)base, (uint32_t)entries);
}

static jint JNICALL jni_unregister_buffers(JNIEnv *env, jclass type, jlong ring, jint group) {
    (void)env, (void)type;
    return RING(ring)->backend->unregister_buffers(RING(ring)->ring, (uint16_t)group);
}

static jlong JNICALL jni_counter(JNIEnv *env, jclass type, jlong ring, jint counter) {
    (void)env, (void)type;
    return (jlong)RING(ring)->backend->counter(RING(ring)->ring, counter);
}

static void JNICALL jni_close(JNIEnv *env, jclass type, jlong ring) {
    (void)env, (void)type;
    RING(ring)->backend->close(RING(ring)->ring);
    free(RING(ring));
}

/* ---- sockets ---------------------------------------------------------------------------------------------------- */

static jint jni__own(jlong ring, int fd) {
    if (fd < 0) {
        return fd;
    }
    int result = RING(ring)->backend->own(RING(ring)->ring, fd);
    if (result < 0) {
        torus_close(fd);
        return result;
    }
    return fd;
}

/* io_uring waits inside the kernel by itself; the emulating backends try and wait for readiness. */
static int jni__nonblocking(jlong ring) {
#if defined(__linux__)
    return RING(ring)->backend != &torus_uring;
#else
    (void)ring;
    return 1;
#endif
}

static jint JNICALL jni_socket(JNIEnv *env, jclass type, jlong ring, jint family, jint kind, jint protocol) {
    (void)env, (void)type;
    return jni__own(ring, torus_socket(family, kind, protocol, jni__nonblocking(ring)));
}

static jint JNICALL jni_bind(JNIEnv *env, jclass type, jint fd, jbyteArray sockaddr) {
    (void)type;
    uint8_t bytes[SOCKADDR_BYTES];
    jsize length = (*env)->GetArrayLength(env, sockaddr);
    if (length > SOCKADDR_BYTES) {
        return -EINVAL;
    }
    (*env)->GetByteArrayRegion(env, sockaddr, 0, length, (jbyte *)bytes);
    return torus_bind(fd, bytes, (size_t)length);
}

static jint JNICALL jni_listen(JNIEnv *env, jclass type, jint fd, jint backlog) {
    (void)env, (void)type;
    return torus_listen(fd, backlog);
}

static jint JNICALL jni_set_option(JNIEnv *env, jclass type, jint fd, jint level, jint name, jint value) {
    (void)env, (void)type;
    return torus_set_option(fd, level, name, value);
}

static jint JNICALL jni_get_option(JNIEnv *env, jclass type, jint fd, jint level, jint name, jintArray value) {
    (void)type;
    int32_t number = 0;
    int result = torus_get_option(fd, level, name, &number);
    if (result == 0 && (*env)->GetArrayLength(env, value) >= 1) {
        jint out = number;
        (*env)->SetIntArrayRegion(env, value, 0, 1, &out);
    }
    return result;
}

static jint jni__address(JNIEnv *env, int (*get)(int, uint8_t *), jint fd, jbyteArray out) {
    uint8_t bytes[SOCKADDR_BYTES];
    if ((*env)->GetArrayLength(env, out) < SOCKADDR_BYTES) {
        return -EINVAL;
    }
    memset(bytes, 0, sizeof bytes);
    int length = get(fd, bytes);
    if (length >= 0) {
        (*env)->SetByteArrayRegion(env, out, 0, SOCKADDR_BYTES, (const jbyte *)bytes);
    }
    return length;
}

static jint JNICALL jni_local_address(JNIEnv *env, jclass type, jint fd, jbyteArray out) {
    (void)type;
    return jni__address(env, torus_local_address, fd, out);
}

static jint JNICALL jni_peer_address(JNIEnv *env, jclass type, jint fd, jbyteArray out) {
    (void)type;
    return jni__address(env, torus_peer_address, fd, out);
}

static jint JNICALL jni_adopt(JNIEnv *env, jclass type, jlong ring, jint fd) {
    (void)env, (void)type;
    int result = torus_adopt(fd, jni__nonblocking(ring));
    return result < 0 ? result : RING(ring)->backend->own(RING(ring)->ring, fd);
}

static jint JNICALL jni_close_socket(JNIEnv *env, jclass type, jlong ring, jint fd) {
    (void)env, (void)type;
    int result = RING(ring)->backend->disown(RING(ring)->ring, fd);
    return result < 0 ? result : torus_close(fd);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* A zero-terminated copy on the heap, or NULL. */
static char *jni__path(JNIEnv *env, jbyteArray path) {
    jsize length = (*env)->GetArrayLength(env, path);
    char *copy = malloc((size_t)length + 1);
    if (copy != NULL) {
        (*env)->GetByteArrayRegion(env, path, 0, length, (jbyte *)copy);
        copy[length] = 0;
    }
    return copy;
}

static jint JNICALL jni_file_open(JNIEnv *env, jclass type, jbyteArray path, jint flags, jint mode) {
    (void)type;
    char *name = jni__path(env, path);
    int result = name == NULL ? -ENOMEM : torus_file_open(name, flags, mode);
    free(name);
    return result;
}

static jint JNICALL jni_file_read(JNIEnv *env, jclass type, jint fd, jlong address, jint bytes, jlong position) {
    (void)env, (void)type;
    return torus_file_read(fd, (void *)(uintptr_t)address, (uint32_t)bytes, position);
}

static jint JNICALL jni_file_write(JNIEnv *env, jclass type, jint fd, jlong address, jint bytes, jlong position) {
    (void)env, (void)type;
    return torus_file_write(fd, (const void *)(uintptr_t)address, (uint32_t)bytes, position);
}

static jint JNICALL jni_file_sync(JNIEnv *env, jclass type, jint fd, jboolean data_only) {
    (void)env, (void)type;
    return torus_file_sync(fd, data_only);
}

static jint JNICALL jni_file_truncate(JNIEnv *env, jclass type, jint fd, jlong bytes) {
    (void)env, (void)type;
    return torus_file_truncate(fd, bytes);
}

static jint jni__fields(JNIEnv *env, int result, const int64_t *fields, jlongArray out) {
    if (result >= 0 && (*env)->GetArrayLength(env, out) >= TORUS_STAT_FIELDS) {
        (*env)->SetLongArrayRegion(env, out, 0, TORUS_STAT_FIELDS, (const jlong *)fields);
    }
    return result;
}

static jint JNICALL jni_file_stat(JNIEnv *env, jclass type, jbyteArray path, jboolean follow, jlongArray out) {
    (void)type;
    int64_t fields[TORUS_STAT_FIELDS];
    char *name = jni__path(env, path);
    int result = name == NULL ? -ENOMEM : torus_file_stat(name, follow, fields);
    free(name);
    return jni__fields(env, result, fields, out);
}

static jint JNICALL jni_file_fstat(JNIEnv *env, jclass type, jint fd, jlongArray out) {
    (void)type;
    int64_t fields[TORUS_STAT_FIELDS];
    int result = torus_file_fstat(fd, fields);
    return jni__fields(env, result, fields, out);
}

static jint JNICALL jni_file_rename(JNIEnv *env, jclass type, jbyteArray from, jbyteArray to) {
    (void)type;
    char *old_name = jni__path(env, from);
    char *new_name = jni__path(env, to);
    int result = old_name == NULL || new_name == NULL ? -ENOMEM : torus_file_rename(old_name, new_name);
    free(old_name);
    free(new_name);
    return result;
}

static jint jni__with_path(JNIEnv *env, jbyteArray path, int (*call)(const char *)) {
    char *name = jni__path(env, path);
    int result = name == NULL ? -ENOMEM : call(name);
    free(name);
    return result;
}

static jint JNICALL jni_file_unlink(JNIEnv *env, jclass type, jbyteArray path) {
    (void)type;
    return jni__with_path(env, path, torus_file_unlink);
}

static jint JNICALL jni_file_rmdir(JNIEnv *env, jclass type, jbyteArray path) {
    (void)type;
    return jni__with_path(env, path, torus_file_rmdir);
}

static jint JNICALL jni_file_mkdir(JNIEnv *env, jclass type, jbyteArray path, jint mode) {
    (void)type;
    char *name = jni__path(env, path);
    int result = name == NULL ? -ENOMEM : torus_file_mkdir(name, mode);
    free(name);
    return result;
}

/* Names, each followed by a zero byte. */
struct jni__names {
    char *bytes;
    size_t used, room;
};

static int jni__collect(void *context, const char *name) {
    struct jni__names *names = context;
    size_t length = strlen(name) + 1;
    if (names->used + length > names->room) {
        size_t room = 2 * (names->room + length);
        char *larger = realloc(names->bytes, room);
        if (larger == NULL) {
            return -ENOMEM;
        }
        names->bytes = larger;
        names->room = room;
    }
    memcpy(names->bytes + names->used, name, length);
    names->used += length;
    return 0;
}

/* The names in result[0], or -errno. */
static jint JNICALL jni_file_list(JNIEnv *env, jclass type, jbyteArray path, jobjectArray out) {
    (void)type;
    struct jni__names names = {NULL, 0, 0};
    char *name = jni__path(env, path);
    int result = name == NULL ? -ENOMEM : torus_file_list(name, jni__collect, &names);
    free(name);
    if (result >= 0) {
        jbyteArray bytes = (*env)->NewByteArray(env, (jsize)names.used);
        if (bytes == NULL) {
            result = -ENOMEM;
        } else {
            (*env)->SetByteArrayRegion(env, bytes, 0, (jsize)names.used, (const jbyte *)names.bytes);
            (*env)->SetObjectArrayElement(env, out, 0, bytes);
        }
    }
    free(names.bytes);
    return result;
}

static jint JNICALL jni_file_close(JNIEnv *env, jclass type, jint fd) {
    (void)env, (void)type;
    return torus_close(fd);
}

/* ---- registration ----------------------------------------------------------------------------------------------- */

#define METHOD(name, signature, function) \
    { (char *)(name), (char *)(signature), (void *)(function) }

static const JNINativeMethod jni__methods[] = {
    METHOD("abiVersion", "()I", jni_abi_version),
    METHOD("open", "(III[B)J", jni_open),
    METHOD("layout", "(J[I)V", jni_layout),
    METHOD("memory", "(JI)Ljava/nio/ByteBuffer;", jni_memory),
    METHOD("supports", "(JI)Z", jni_supports),
    METHOD("enable", "(J)I", jni_enable),
    METHOD("armWakeup", "(JLjava/nio/ByteBuffer;I)Z", jni_arm_wakeup),
    METHOD("enter", "(JIIJ)I", jni_enter),
    METHOD("wakeup", "(J)I", jni_wakeup),
    METHOD("registerRegion", "(JLjava/nio/ByteBuffer;)J", jni_register_region),
    METHOD("unregisterRegion", "(JJ)I", jni_unregister_region),
    METHOD("registerBuffers", "(JIJI)I", jni_register_buffers),
    METHOD("unregisterBuffers", "(JI)I", jni_unregister_buffers),
    METHOD("counter", "(JI)J", jni_counter),
    METHOD("close", "(J)V", jni_close),
    METHOD("socket", "(JIII)I", jni_socket),
    METHOD("bind", "(I[B)I", jni_bind),
    METHOD("listen", "(II)I", jni_listen),
    METHOD("setOption", "(IIII)I", jni_set_option),
    METHOD("getOption", "(III[I)I", jni_get_option),
    METHOD("localAddress", "(I[B)I", jni_local_address),
    METHOD("peerAddress", "(I[B)I", jni_peer_address),
    METHOD("adopt", "(JI)I", jni_adopt),
    METHOD("closeSocket", "(JI)I", jni_close_socket),
    METHOD("fileOpen", "([BII)I", jni_file_open),
    METHOD("fileRead", "(IJIJ)I", jni_file_read),
    METHOD("fileWrite", "(IJIJ)I", jni_file_write),
    METHOD("fileSync", "(IZ)I", jni_file_sync),
    METHOD("fileTruncate", "(IJ)I", jni_file_truncate),
    METHOD("fileStat", "([BZ[J)I", jni_file_stat),
    METHOD("fileFstat", "(I[J)I", jni_file_fstat),
    METHOD("fileRename", "([B[B)I", jni_file_rename),
    METHOD("fileUnlink", "([B)I", jni_file_unlink),
    METHOD("fileRmdir", "([B)I", jni_file_rmdir),
    METHOD("fileMkdir", "([BI)I", jni_file_mkdir),
    METHOD("fileList", "([B[[B)I", jni_file_list),
    METHOD("fileClose", "(I)I", jni_file_close),
};

static jclass jni__binding(JNIEnv *env) {
    jclass system = (*env)->FindClass(env, "java/lang/System");
    if (system == NULL) {
        return NULL;
    }
    jmethodID get = (*env)->GetStaticMethodID(env, system, "getProperty", "(Ljava/lang/String;)Ljava/lang/String;");
    jstring key = (*env)->NewStringUTF(env, "torus.native.binding");
    if (get == NULL || key == NULL) {
        return NULL;
    }
    jstring name = (jstring)(*env)->CallStaticObjectMethod(env, system, get, key);
    if ((*env)->ExceptionCheck(env) || name == NULL) {
        return NULL;
    }
    const char *utf = (*env)->GetStringUTFChars(env, name, NULL);
    if (utf == NULL) {
        return NULL;
    }
    jclass binding = (*env)->FindClass(env, utf);
    (*env)->ReleaseStringUTFChars(env, name, utf);
    return binding;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void)reserved;
    JNIEnv *env = NULL;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) {
        return JNI_ERR;
    }
    jclass binding = jni__binding(env);
    if (binding == NULL) {
        return JNI_ERR;
    }
    jint count = sizeof jni__methods / sizeof jni__methods[0];
    return (*env)->RegisterNatives(env, binding, jni__methods, count) == 0 ? JNI_VERSION_1_8 : JNI_ERR;
}
