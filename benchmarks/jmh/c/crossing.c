/* Functions that are called from Java in two ways, by JNI and by the foreign function interface: JNI's wrap the others.
 */
#include <fcntl.h>
#include <jni.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define NANOS_PER_SECOND INT64_C(1000000000)

EXPORT void crossing_empty(void) {
}

EXPORT int64_t crossing_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

EXPORT int32_t crossing_write(int32_t descriptor, int64_t address, int32_t length) {
    return (int32_t)write(descriptor, (const void *)(intptr_t)address, (size_t)length);
}

#define JNI(result, name) EXPORT result JNICALL Java_dev_torus_benchmarks_crossing_JniFunctions_##name

JNI(void, empty)(JNIEnv *env, jclass type) {
    (void)env;
    (void)type;
    crossing_empty();
}

JNI(jlong, clock)(JNIEnv *env, jclass type) {
    (void)env;
    (void)type;
    return crossing_clock();
}

JNI(jint, write)(JNIEnv *env, jclass type, jint descriptor, jlong address, jint length) {
    (void)env;
    (void)type;
    return crossing_write(descriptor, address, length);
}

JNI(jint, openNullDevice)(JNIEnv *env, jclass type) {
    (void)env;
    (void)type;
    return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

JNI(jlong, address)(JNIEnv *env, jclass type, jobject direct) {
    (void)type;
    return (jlong)(intptr_t)(*env)->GetDirectBufferAddress(env, direct);
}
