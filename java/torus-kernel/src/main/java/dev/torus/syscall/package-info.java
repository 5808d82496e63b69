/**
 * The same system calls at three levels of abstraction: the raw instruction that enters the operating system, the
 * system's own library, and the JDK. It is here to show and to measure what each level costs; nothing else of Torus is
 * built on it. Start at {@link dev.torus.syscall.SystemCalls#at}.
 */
package dev.torus.syscall;
