/*
 * The lowest level that Windows keeps stable: the functions of ntdll. (Numbers of its system calls change with every
 * build, and under Wine the instruction would enter Linux.)
 */
#include "syscall.h"
#include "windows.h"

#include <winternl.h>

/* winternl.h declares only some of these; ntdll exports them all since Windows NT. */
NTSYSAPI NTSTATUS NTAPI NtWriteFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, PVOID context,
                                    PIO_STATUS_BLOCK status, PVOID bytes, ULONG length, PLARGE_INTEGER offset,
                                    PULONG key);
NTSYSAPI NTSTATUS NTAPI NtQueryPerformanceCounter(PLARGE_INTEGER ticks, PLARGE_INTEGER frequency);
#ifndef __MINGW32__
NTSYSAPI BOOLEAN NTAPI RtlDosPathNameToNtPathName_U(PCWSTR path, PUNICODE_STRING out, PWSTR *part, PVOID relative);
#endif

#if defined(__GNUC__) && !defined(__clang__)
/* NtCurrentTeb reads at an offset of the gs segment, which GCC 12 takes for an address near 0. */
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif

/* ntifs.h of the driver kit; winternl.h leaves these out. */
#define RAW_FILE_OVERWRITE_IF 5
#define RAW_FILE_SYNCHRONOUS_IO_NONALERT 0x20
#define RAW_FILE_NON_DIRECTORY_FILE 0x40
#define RAW_STATUS_PENDING ((NTSTATUS)0x103)

/* Where ntdll keeps what GetStdHandle tells: RTL_USER_PROCESS_PARAMETERS, after the flags and the console's handle. */
#define RAW_STANDARD_OUTPUT_OFFSET 0x28
#define RAW_STANDARD_ERROR_OFFSET 0x30

static int64_t raw__result(NTSTATUS status) {
    return -syscall_linux_errno(RtlNtStatusToDosError(status));
}

static int64_t raw__open(const char *path) {
    WCHAR wide[SYSCALL_PATH_CHARS];
    int chars = syscall_wide(path, wide, SYSCALL_PATH_CHARS);
    if (chars < 0) {
        return chars;
    }
    UNICODE_STRING name;
    if (!RtlDosPathNameToNtPathName_U(wide, &name, NULL, NULL)) {
        return -syscall_linux_errno(ERROR_BAD_PATHNAME);
    }
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    IO_STATUS_BLOCK done = {0};
    HANDLE file = NULL;
    NTSTATUS status = NtCreateFile(&file, FILE_GENERIC_WRITE, &attributes, &done, NULL, FILE_ATTRIBUTE_NORMAL,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, RAW_FILE_OVERWRITE_IF,
                                   RAW_FILE_SYNCHRONOUS_IO_NONALERT | RAW_FILE_NON_DIRECTORY_FILE, NULL, 0);
    RtlFreeUnicodeString(&name);
    return status < 0 ? raw__result(status) : (int64_t)(intptr_t)file;
}

static int64_t raw__write(int64_t handle, const void *bytes, uint32_t length) {
    HANDLE file = (HANDLE)(intptr_t)handle;
    if (syscall_is_console(file)) {
        return syscall_console_write(file, bytes, length); /* a console is no file for ntdll on every version */
    }
    IO_STATUS_BLOCK done = {0};
    NTSTATUS status = NtWriteFile(file, NULL, NULL, NULL, &done, (PVOID)(uintptr_t)bytes, length, NULL, NULL);
    if (status == RAW_STATUS_PENDING) { /* a handle that another opened for overlapped use */
        WaitForSingleObject(file, INFINITE);
        status = (NTSTATUS)done.Status;
    }
    return status < 0 ? raw__result(status) : (int64_t)done.Information;
}

static int64_t raw__close(int64_t handle) {
    NTSTATUS status = NtClose((HANDLE)(intptr_t)handle);
    return status < 0 ? raw__result(status) : 0;
}

static int64_t raw__standard(int which) {
    const char *parameters = (const char *)NtCurrentTeb()->ProcessEnvironmentBlock->ProcessParameters;
    size_t offset = which == 1 ? RAW_STANDARD_OUTPUT_OFFSET : RAW_STANDARD_ERROR_OFFSET;
    return (int64_t)(intptr_t) * (const HANDLE *)(parameters + offset);
}

static int64_t raw__pid(void) {
    /* TEB.ClientId.UniqueProcess, at 0x40 on every 64-bit Windows: what GetCurrentProcessId reads */
    return (int64_t)(intptr_t) * (const HANDLE *)((const char *)NtCurrentTeb() + 0x40);
}

static int64_t raw__nanos(void) {
    LARGE_INTEGER ticks;
    LARGE_INTEGER frequency;
    NTSTATUS status = NtQueryPerformanceCounter(&ticks, &frequency);
    if (status < 0) {
        return raw__result(status);
    }
    int64_t seconds = ticks.QuadPart / frequency.QuadPart;
    int64_t rest = ticks.QuadPart % frequency.QuadPart;
    return seconds * SYSCALL_NANOS_PER_SECOND + rest * SYSCALL_NANOS_PER_SECOND / frequency.QuadPart;
}

const struct torus_syscalls torus_syscalls_raw = {raw__open,     raw__write, raw__close,
                                                  raw__standard, raw__pid,   raw__nanos};
