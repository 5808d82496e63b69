/*
 * The glue to Java. It checks what comes from Java, calls, and keeps nothing: two copies of the library, or one copy
 * used by shaded classes, do not know of each other.
 */
#ifndef TORUS_NATIVES_H
#define TORUS_NATIVES_H

#include <jni.h>
#include <stddef.h>
#include <stdint.h>

#include "torus/backend.h"
#include "torus/control.h"

/* The natives of dev.torus.kernel.internal.natives.NativeBinding, in three tables. */
extern const JNINativeMethod torus_ring_natives[];
extern const jint torus_ring_natives_count;
extern const JNINativeMethod torus_control_natives[];
extern const jint torus_control_natives_count;
extern const JNINativeMethod torus_syscall_natives[];
extern const jint torus_syscall_natives_count;

static inline struct torus_backend *natives_backend(jlong pointer) {
    return (struct torus_backend *)(intptr_t)pointer;
}

/* Copies an array into `out` and ends it with 0: its length, or -EINVAL (null, or a 0 within), or -ENAMETOOLONG. */
int natives_text(JNIEnv *env, jbyteArray array, char *out, size_t size);

/* Copies a text that ends in 0 into an array of Java, as much as fits. */
void natives_tell(JNIEnv *env, jbyteArray array, const char *text);

#endif
