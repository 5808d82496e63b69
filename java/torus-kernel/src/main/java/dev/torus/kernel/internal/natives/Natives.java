package dev.torus.kernel.internal.natives;

import java.nio.ByteBuffer;

/**
 * The functions of libtorus. The library binds them to this class when it is loaded, under whatever name the class has then
 * (see {@link NativeLibrary}). A ring is an address that only {@link NativeBackend} holds.
 */
final class Natives {
    private Natives() {}

    static native int abiVersion();

    static native long open(int backend, int submissionEntries, int completionEntries, byte[] why);

    static native void layout(long ring, int[] offsets);

    static native ByteBuffer memory(long ring, int which);

    static native boolean supports(long ring, int opcode);

    static native int enable(long ring);

    static native boolean armWakeup(long ring, ByteBuffer entries, int offset);

    static native int enter(long ring, int toSubmit, int minComplete, long timeoutNanos);

    static native int wakeup(long ring);

    static native long registerRegion(long ring, ByteBuffer direct);

    static native int unregisterRegion(long ring, long base);

    static native int registerBuffers(long ring, int group, long ringBase, int entries);

    static native int unregisterBuffers(long ring, int group);

    static native long counter(long ring, int counter);

    static native void close(long ring);

    static native int socket(long ring, int family, int type, int protocol);

    static native int bind(int fd, byte[] sockaddr);

    static native int listen(int fd, int backlog);

    static native int setOption(int fd, int level, int name, int value);

    static native int getOption(int fd, int level, int name, int[] value);

    static native int localAddress(int fd, byte[] sockaddr);

    static native int peerAddress(int fd, byte[] sockaddr);

    static native int adopt(long ring, int descriptor);

    static native int closeSocket(long ring, int fd);

    static native int fileOpen(byte[] path, int flags, int mode);

    static native int fileRead(int fd, long address, int length, long position);

    static native int fileWrite(int fd, long address, int length, long position);

    static native int fileSync(int fd, boolean dataOnly);

    static native int fileTruncate(int fd, long length);

    static native int fileStat(byte[] path, boolean followLinks, long[] fields);

    static native int fileFstat(int fd, long[] fields);

    static native int fileRename(byte[] from, byte[] to);

    static native int fileUnlink(byte[] path);

    static native int fileRmdir(byte[] path);

    static native int fileMkdir(byte[] path, int mode);

    static native int fileList(byte[] path, byte[][] names);

    static native int fileClose(int fd);
}
