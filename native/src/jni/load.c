/*
 * Loading. Java says by a system property which class has the natives, so that the class can be renamed by shading and
 * several copies can be loaded by several class loaders.
 */
#include <errno.h>
#include <string.h>

#include "natives.h"
#include "torus/errno.h"

/* Set by NativeLibrary around System.load. Not a name that a shading tool would take for a class or package. */
#define LOAD_PROPERTY "torus.native.binding"
#define LOAD_NAME_MAX 512

/* Fetches the property as an internal class name: its length, or -1 with or without an exception pending. */
static int load__class_name(JNIEnv *env, char *out) {
    jclass system = (*env)->FindClass(env, "java/lang/System");
    if (system == NULL) {
        return -1;
    }
    jmethodID get = (*env)->GetStaticMethodID(env, system, "getProperty", "(Ljava/lang/String;)Ljava/lang/String;");
    jstring key = (*env)->NewStringUTF(env, LOAD_PROPERTY);
    if (get == NULL || key == NULL) {
        return -1;
    }
    jstring value = (jstring)(*env)->CallStaticObjectMethod(env, system, get, key);
    if ((*env)->ExceptionCheck(env) || value == NULL) {
        return -1;
    }
    jsize bytes = (*env)->GetStringUTFLength(env, value);
    if (bytes <= 0 || bytes >= LOAD_NAME_MAX) {
        return -1;
    }
    (*env)->GetStringUTFRegion(env, value, 0, (*env)->GetStringLength(env, value), out);
    out[bytes] = 0;
    for (char *at = strchr(out, '.'); at != NULL; at = strchr(at, '.')) {
        *at = '/';
    }
    return bytes;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void)reserved;
    JNIEnv *env = NULL;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_8) != JNI_OK) {
        return JNI_ERR;
    }
    char name[LOAD_NAME_MAX];
    if (load__class_name(env, name) < 0) {
        return JNI_ERR;
    }
    jclass binding = (*env)->FindClass(env, name);
    if (binding == NULL ||
        (*env)->RegisterNatives(env, binding, torus_ring_natives, torus_ring_natives_count) != JNI_OK ||
        (*env)->RegisterNatives(env, binding, torus_control_natives, torus_control_natives_count) != JNI_OK ||
        (*env)->RegisterNatives(env, binding, torus_syscall_natives, torus_syscall_natives_count) != JNI_OK) {
        return JNI_ERR;
    }
    return JNI_VERSION_1_8;
}

int natives_text(JNIEnv *env, jbyteArray array, char *out, size_t size) {
    if (array == NULL) {
        return -EINVAL;
    }
    jsize length = (*env)->GetArrayLength(env, array);
    if ((size_t)length >= size) {
        return -TORUS_ENAMETOOLONG;
    }
    (*env)->GetByteArrayRegion(env, array, 0, length, (jbyte *)out);
    out[length] = 0;
    return memchr(out, 0, (size_t)length) == NULL ? (int)length : -EINVAL;
}

void natives_tell(JNIEnv *env, jbyteArray array, const char *text) {
    if (array == NULL) {
        return;
    }
    jsize room = (*env)->GetArrayLength(env, array);
    jsize length = (jsize)strlen(text);
    (*env)->SetByteArrayRegion(env, array, 0, length < room ? length : room, (const jbyte *)text);
}
