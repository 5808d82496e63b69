/* The part of jni.h that depends on the machine, for 64-bit Windows. */
#ifndef TORUS_JNI_MD_H
#define TORUS_JNI_MD_H

#define JNIEXPORT __declspec(dllexport)
#define JNIIMPORT __declspec(dllimport)
#define JNICALL __stdcall

typedef int jint;
typedef long long jlong;
typedef signed char jbyte;

#endif
