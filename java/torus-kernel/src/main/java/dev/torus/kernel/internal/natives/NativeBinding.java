package dev.torus.kernel.internal.natives;

import java.nio.ByteBuffer;

/**
 * The functions of libtorus, bound by {@code RegisterNatives} when {@link NativeLibrary} loads it. A result is a value
 * or -errno in Linux numbering; {@code backend} is what {@link #open} returned. C checks null and short arrays, it cannot
 * check a pointer: {@link NativeBackend} never passes one that was closed.
 */
final class NativeBinding {
    /** Indexes into the array of {@link #layout}. */
    static final int LAYOUT_SQ_HEAD = 0,
            LAYOUT_SQ_TAIL = 1,
            LAYOUT_SQ_FLAGS = 2,
            LAYOUT_SQ_ARRAY = 3,
            LAYOUT_SQ_ENTRIES = 4,
            LAYOUT_CQ_HEAD = 5,
            LAYOUT_CQ_TAIL = 6,
            LAYOUT_CQ_OFFSET = 7,
            LAYOUT_CQ_ENTRIES = 8,
            LAYOUT_FIELDS = 9;

    /** Arguments of {@link #memory}. */
    static final int MEMORY_SQ_RING = 0, MEMORY_CQ_RING = 1, MEMORY_ENTRIES = 2;

    private NativeBinding() {}

    static native int abiVersion();

    static native int available(byte[] name, byte[] reason);

    static native long open(byte[] name, int submissionEntries, int completionEntries, byte[] reason);

    static native void close(long backend);

    static native void describe(long backend, byte[] text);

    static native long operations(long backend);

    static native int layout(long backend, int[] out);

    static native ByteBuffer memory(long backend, int which);

    static native int enable(long backend);

    static native int armWakeup(long backend, ByteBuffer entries, int offset);

    static native int enter(long backend, int toSubmit, int minComplete, long timeoutNanos);

    static native void wakeup(long backend);

    static native long register(long backend, ByteBuffer direct);

    static native int unregister(long backend, long base);

    static native int registerBuffers(long backend, int group, long ringBase, int entries);

    static native int unregisterBuffers(long backend, int group);

    static native long counter(long backend, int index);

    static native int socket(long backend, int family, int type, int protocol);

    static native int bind(int fd, byte[] sockaddr);

    static native int listen(int fd, int backlog);

    static native int setOption(int fd, int level, int name, int value);

    static native int getOption(int fd, int level, int name, int[] value);

    static native int membership(int fd, byte[] group, int interfaceIndex, boolean join);

    static native int address(int fd, boolean peer, byte[] sockaddr);

    static native int pipe(long backend, byte[] path, int end);

    static native int sendNow(int fd, long address, int length);

    static native int shutdownNow(int fd, int how);

    static native int adopt(long backend, int descriptor);

    static native int releaseSocket(long backend, int fd);

    static native int closeSocket(long backend, int fd);

    static native int fileOpen(long backend, byte[] path, int flags, int mode);

    static native int fileClose(long backend, int fd);

    static native int fileRead(long backend, int fd, long address, int length, long position);

    static native int fileWrite(long backend, int fd, long address, int length, long position);

    static native int fileSync(int fd, boolean dataOnly);

    static native int fileTruncate(int fd, long length);

    static native int fileStat(byte[] path, boolean followLinks, long[] out);

    static native int fileFstat(int fd, long[] out);

    static native int fileRename(byte[] from, byte[] to);

    static native int fileUnlink(byte[] path);

    static native int fileRmdir(byte[] path);

    static native int fileMkdir(byte[] path, int mode);

    /** Stores into {@code names[0]} all names, each followed by a 0. */
    static native int fileList(byte[] path, byte[][] names);

    static native long syscallOpen(int level, byte[] path);

    static native int syscallWrite(int level, long handle, ByteBuffer direct, int offset, int length);

    static native int syscallClose(int level, long handle);

    static native long syscallStandard(int level, int which);

    static native long syscallPid(int level);

    static native long syscallNanos(int level);
}
