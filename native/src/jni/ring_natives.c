/* Natives of the ring: open, enter, memory. */
#include <errno.h>

#include "natives.h"
#include "torus/errno.h"

#define RING_TEXT 256

/* Order of the numbers that layout() fills. */
enum { LAYOUT_SQ_HEAD, LAYOUT_SQ_TAIL, LAYOUT_SQ_FLAGS, LAYOUT_SQ_ARRAY, LAYOUT_SQ_ENTRIES };
enum { LAYOUT_CQ_HEAD = LAYOUT_SQ_ENTRIES + 1, LAYOUT_CQ_TAIL, LAYOUT_CQ_OFFSET, LAYOUT_CQ_ENTRIES, LAYOUT_FIELDS };

static jint JNICALL ring__abi_version(JNIEnv *env, jclass type) {
    (void)env;
    (void)type;
    return TORUS_ABI_VERSION;
}

static const struct torus_backend_ops *ring__named(JNIEnv *env, jbyteArray name) {
    char text[RING_TEXT];
    return natives_text(env, name, text, sizeof text) < 0 ? NULL : torus_backend_named(text);
}

static jint JNICALL ring__available(JNIEnv *env, jclass type, jbyteArray name, jbyteArray reason) {
    (void)type;
    char text[RING_TEXT] = "";
    const struct torus_backend_ops *ops = ring__named(env, name);
    int result = ops == NULL ? torus_fail(text, sizeof text, TORUS_ENOSYS, "this library was built without it")
                             : ops->available(text, sizeof text);
    natives_tell(env, reason, text);
    return result;
}

static jlong JNICALL ring__open(JNIEnv *env, jclass type, jbyteArray name, jint sq_entries, jint cq_entries,
                                jbyteArray reason) {
    (void)type;
    char text[RING_TEXT] = "";
    struct torus_backend *backend = NULL;
    struct torus_config config = {(uint32_t)sq_entries, (uint32_t)cq_entries};
    const struct torus_backend_ops *ops = ring__named(env, name);
    int result;
    if (ops == NULL) {
        result = torus_fail(text, sizeof text, TORUS_ENOSYS, "this library was built without it");
    } else if (sq_entries <= 0 || cq_entries <= 0) {
        result = torus_fail(text, sizeof text, EINVAL, "%d and %d are no ring sizes", sq_entries, cq_entries);
    } else {
        result = ops->open(&config, &backend, text, sizeof text);
    }
    natives_tell(env, reason, text);
    return result < 0 ? result : (jlong)(intptr_t)backend;
}

static void JNICALL ring__close(JNIEnv *env, jclass type, jlong pointer) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend != NULL) {
        backend->ops->close(backend);
    }
}

static void JNICALL ring__describe(JNIEnv *env, jclass type, jlong pointer, jbyteArray out) {
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    char text[RING_TEXT] = "";
    if (backend != NULL) {
        backend->ops->describe(backend, text, sizeof text);
    }
    natives_tell(env, out, text);
}

static jlong JNICALL ring__operations(JNIEnv *env, jclass type, jlong pointer) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? 0 : (jlong)backend->ops->operations(backend);
}

static jint JNICALL ring__layout(JNIEnv *env, jclass type, jlong pointer, jintArray out) {
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || out == NULL || (*env)->GetArrayLength(env, out) < LAYOUT_FIELDS) {
        return -EINVAL;
    }
    struct torus_layout layout;
    backend->ops->layout(backend, &layout);
    jint fields[LAYOUT_FIELDS] = {
        [LAYOUT_SQ_HEAD] = layout.sq_head,
        [LAYOUT_SQ_TAIL] = layout.sq_tail,
        [LAYOUT_SQ_FLAGS] = layout.sq_flags,
        [LAYOUT_SQ_ARRAY] = layout.sq_array,
        [LAYOUT_SQ_ENTRIES] = (jint)layout.sq_entries,
        [LAYOUT_CQ_HEAD] = layout.cq_head,
        [LAYOUT_CQ_TAIL] = layout.cq_tail,
        [LAYOUT_CQ_OFFSET] = layout.cq_entries_offset,
        [LAYOUT_CQ_ENTRIES] = (jint)layout.cq_entries,
    };
    (*env)->SetIntArrayRegion(env, out, 0, LAYOUT_FIELDS, fields);
    return 0;
}

/* The memory of the submission ring (0), of the completion ring (1), of the submission entries (2). */
static jobject JNICALL ring__memory(JNIEnv *env, jclass type, jlong pointer, jint which) {
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL) {
        return NULL;
    }
    struct torus_layout layout;
    backend->ops->layout(backend, &layout);
    switch (which) {
        case 0:
            return (*env)->NewDirectByteBuffer(env, layout.sq_ring, (jlong)layout.sq_ring_bytes);
        case 1:
            return (*env)->NewDirectByteBuffer(env, layout.cq_ring, (jlong)layout.cq_ring_bytes);
        case 2:
            return (*env)->NewDirectByteBuffer(env, layout.entries,
                                               (jlong)(layout.sq_entries * sizeof(struct torus_sqe)));
        default:
            return NULL;
    }
}

static jint JNICALL ring__enable(JNIEnv *env, jclass type, jlong pointer) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : backend->ops->enable(backend);
}

static jint JNICALL ring__arm_wakeup(JNIEnv *env, jclass type, jlong pointer, jobject entries, jint offset) {
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    char *memory = entries == NULL ? NULL : (*env)->GetDirectBufferAddress(env, entries);
    if (backend == NULL || memory == NULL || offset < 0 || offset % (jint)sizeof(struct torus_sqe) != 0 ||
        offset > (*env)->GetDirectBufferCapacity(env, entries) - (jlong)sizeof(struct torus_sqe)) {
        return -EINVAL;
    }
    return backend->ops->arm_wakeup(backend, (struct torus_sqe *)(void *)(memory + offset));
}

static jint JNICALL ring__enter(JNIEnv *env, jclass type, jlong pointer, jint to_submit, jint min_complete,
                                jlong timeout_ns) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL) {
        return -EBADF;
    }
    if (to_submit < 0 || min_complete < 0 || min_complete > 1) {
        return -EINVAL;
    }
    return backend->ops->enter(backend, (uint32_t)to_submit, (uint32_t)min_complete, timeout_ns);
}

static void JNICALL ring__wakeup(JNIEnv *env, jclass type, jlong pointer) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend != NULL) {
        backend->ops->wakeup(backend);
    }
}

static jlong JNICALL ring__register(JNIEnv *env, jclass type, jlong pointer, jobject memory) {
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    void *address = memory == NULL ? NULL : (*env)->GetDirectBufferAddress(env, memory);
    if (backend == NULL || address == NULL) {
        return -EINVAL;
    }
    jlong bytes = (*env)->GetDirectBufferCapacity(env, memory);
    uint64_t base = (uint64_t)(uintptr_t)address;
    int result = bytes <= 0 ? -EINVAL : backend->ops->register_region(backend, base, (uint64_t)bytes);
    return result < 0 ? result : (jlong)base;
}

static jint JNICALL ring__unregister(JNIEnv *env, jclass type, jlong pointer, jlong base) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    return backend == NULL ? -EBADF : backend->ops->unregister_region(backend, (uint64_t)base);
}

static jint JNICALL ring__register_buffers(JNIEnv *env, jclass type, jlong pointer, jint group, jlong base,
                                           jint entries) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || group < 0 || entries <= 0) {
        return backend == NULL ? -EBADF : -EINVAL;
    }
    return backend->ops->register_buffers(backend, (uint32_t)group, (uint64_t)base, (uint32_t)entries);
}

static jint JNICALL ring__unregister_buffers(JNIEnv *env, jclass type, jlong pointer, jint group) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || group < 0) {
        return backend == NULL ? -EBADF : -EINVAL;
    }
    return backend->ops->unregister_buffers(backend, (uint32_t)group);
}

static jlong JNICALL ring__counter(JNIEnv *env, jclass type, jlong pointer, jint counter) {
    (void)env;
    (void)type;
    struct torus_backend *backend = natives_backend(pointer);
    if (backend == NULL || counter < 0 || counter >= TORUS_COUNTERS) {
        return 0;
    }
    return (jlong)backend->ops->counter(backend, (enum torus_counter)counter);
}

#define BUFFER "Ljava/nio/ByteBuffer;"
const JNINativeMethod torus_ring_natives[] = {
    {"abiVersion", "()I", (void *)ring__abi_version},
    {"available", "([B[B)I", (void *)ring__available},
    {"open", "([BII[B)J", (void *)ring__open},
    {"close", "(J)V", (void *)ring__close},
    {"describe", "(J[B)V", (void *)ring__describe},
    {"operations", "(J)J", (void *)ring__operations},
    {"layout", "(J[I)I", (void *)ring__layout},
    {"memory", "(JI)" BUFFER, (void *)ring__memory},
    {"enable", "(J)I", (void *)ring__enable},
    {"armWakeup", "(J" BUFFER "I)I", (void *)ring__arm_wakeup},
    {"enter", "(JIIJ)I", (void *)ring__enter},
    {"wakeup", "(J)V", (void *)ring__wakeup},
    {"register", "(J" BUFFER ")J", (void *)ring__register},
    {"unregister", "(JJ)I", (void *)ring__unregister},
    {"registerBuffers", "(JIJI)I", (void *)ring__register_buffers},
    {"unregisterBuffers", "(JI)I", (void *)ring__unregister_buffers},
    {"counter", "(JI)J", (void *)ring__counter},
};
const jint torus_ring_natives_count = sizeof torus_ring_natives / sizeof torus_ring_natives[0];
