package dev.torus.tools.server;

import dev.torus.kernel.IoKernel;

/** Sends back what it receives, straight out of the buffer it was received into. */
public final class EchoServer extends TcpServer {
    /** For streams; so many peers may leave theirs unread before the other streams have to do with small ones. */
    private static final int LARGE_BUFFERS = 32;

    /** As much as one receive mostly gives, and a little more: 64 KiB are then a short receive, and nothing else is tried. */
    private static final int LARGE_BYTES = 64 * 1024 + 64;

    private static final int GROUP_SHIFT = 16;
    private static final int ID_MASK = (1 << GROUP_SHIFT) - 1;

    /** By group and buffer: how much is to be sent. */
    private final int[][] lengths;

    /** On a kernel that the calling thread owns. */
    public EchoServer(IoKernel kernel, int buffers, int bufferBytes) {
        super(kernel, kernel.bufferGroup(buffers, bufferBytes), kernel.bufferGroup(LARGE_BUFFERS, LARGE_BYTES));
        this.lengths = new int[][] {new int[buffers], new int[LARGE_BUFFERS]};
    }

    @Override
    protected void received(int connection, int group, int bufferId, int length) {
        messages++;
        lengths[group][bufferId] = length;
        long token = sendToken(connection, group << GROUP_SHIFT | bufferId);
        kernel.sendFrom(handle(connection), group(group), bufferId, 0, length, token);
    }

    @Override
    protected boolean sent(int connection, int detail, long result) {
        int group = detail >>> GROUP_SHIFT;
        int bufferId = detail & ID_MASK;
        recycle(group, bufferId);
        return result == lengths[group][bufferId];
    }
}
