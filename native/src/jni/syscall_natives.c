/* Natives of the system calls at two levels of abstraction. */
#include <errno.h>

#include "natives.h"

#include "../syscall/syscall.h"

#define SYSCALL_PATH_MAX 4096

/* The numbers of dev.torus.syscall.SyscallLevel. */
enum { SYSCALL_RAW, SYSCALL_API };

static const struct torus_syscalls *syscall__at(jint level) {
    return level == SYSCALL_RAW ? &torus_syscalls_raw : &torus_syscalls_api;
}

static jlong JNICALL syscall__open(JNIEnv *env, jclass type, jint level, jbyteArray path) {
    (void)type;
    char text[SYSCALL_PATH_MAX];
    int length = natives_text(env, path, text, sizeof text);
    return length < 0 ? length : syscall__at(level)->open(text);
}

static jint JNICALL syscall__write(JNIEnv *env, jclass type, jint level, jlong handle, jobject direct, jint offset,
                                   jint length) {
    (void)type;
    const char *bytes = direct == NULL ? NULL : (*env)->GetDirectBufferAddress(env, direct);
    if (bytes == NULL) {
        return -EFAULT;
    }
    if (offset < 0 || length < 0 || offset > (*env)->GetDirectBufferCapacity(env, direct) - length) {
        return -EINVAL;
    }
    return (jint)syscall__at(level)->write(handle, bytes + offset, (uint32_t)length);
}

static jint JNICALL syscall__close(JNIEnv *env, jclass type, jint level, jlong handle) {
    (void)env;
    (void)type;
    return (jint)syscall__at(level)->close(handle);
}

static jlong JNICALL syscall__standard(JNIEnv *env, jclass type, jint level, jint which) {
    (void)env;
    (void)type;
    return syscall__at(level)->standard(which);
}

static jlong JNICALL syscall__pid(JNIEnv *env, jclass type, jint level) {
    (void)env;
    (void)type;
    return syscall__at(level)->pid();
}

static jlong JNICALL syscall__nanos(JNIEnv *env, jclass type, jint level) {
    (void)env;
    (void)type;
    return syscall__at(level)->nanos();
}

const JNINativeMethod torus_syscall_natives[] = {
    {"syscallOpen", "(I[B)J", (void *)syscall__open},
    {"syscallWrite", "(IJLjava/nio/ByteBuffer;II)I", (void *)syscall__write},
    {"syscallClose", "(IJ)I", (void *)syscall__close},
    {"syscallStandard", "(II)J", (void *)syscall__standard},
    {"syscallPid", "(I)J", (void *)syscall__pid},
    {"syscallNanos", "(I)J", (void *)syscall__nanos},
};
const jint torus_syscall_natives_count = sizeof torus_syscall_natives / sizeof torus_syscall_natives[0];
