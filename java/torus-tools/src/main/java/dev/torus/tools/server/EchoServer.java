package dev.torus.tools.server;

import dev.torus.kernel.IoKernel;

/** Sends back what it receives, straight out of the buffer it was received into. */
public final class EchoServer extends TcpServer {
    private final int[] lengths;

    /** On a kernel that the caller's thread owns. */
    public EchoServer(IoKernel kernel, int buffers, int bufferBytes) {
        super(kernel, buffers, bufferBytes);
        this.lengths = new int[buffers];
    }

    @Override
    protected void received(int connection, int bufferId, int length) {
        messages++;
        lengths[bufferId] = length;
        kernel.sendFrom(handle(connection), group, bufferId, 0, length, sendToken(connection, bufferId));
    }

    @Override
    protected boolean sent(int connection, int bufferId, long result) {
        group.recycle(bufferId);
        return result == lengths[bufferId];
    }
}
