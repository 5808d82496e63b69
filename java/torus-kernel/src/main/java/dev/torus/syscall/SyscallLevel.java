package dev.torus.syscall;

/** How far above the processor a call to the operating system is made. */
public enum SyscallLevel {
    /**
     * The processor's instruction that enters the system ({@code syscall} on x86-64, {@code svc} on arm64), on Linux and
     * macOS. On Windows, where the numbers of system calls change with every build, ntdll's functions are the lowest
     * stable level, and are taken.
     */
    RAW_INSTRUCTION,
    /** The system's own library: libc, or Win32. */
    OS_API,
    /** The JDK's classes. */
    STANDARD_LIBRARY
}
