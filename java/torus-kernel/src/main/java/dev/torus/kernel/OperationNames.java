package dev.torus.kernel;

import dev.torus.kernel.spi.RingAbi;

/** Names of operations for people, by opcode. */
final class OperationNames {
    private static final String[] NAMES = new String[IoKernel.OP_TASK + 1];

    static {
        NAMES[RingAbi.OP_NOP] = "nop";
        NAMES[RingAbi.OP_FSYNC] = "fsync";
        NAMES[RingAbi.OP_POLL_ADD] = "poll";
        NAMES[RingAbi.OP_SENDMSG] = "sendmsg";
        NAMES[RingAbi.OP_RECVMSG] = "recvmsg";
        NAMES[RingAbi.OP_ACCEPT] = "accept";
        NAMES[RingAbi.OP_ASYNC_CANCEL] = "cancel";
        NAMES[RingAbi.OP_CONNECT] = "connect";
        NAMES[RingAbi.OP_OPENAT] = "open";
        NAMES[RingAbi.OP_CLOSE] = "close";
        NAMES[RingAbi.OP_STATX] = "stat";
        NAMES[RingAbi.OP_READ] = "read";
        NAMES[RingAbi.OP_WRITE] = "write";
        NAMES[RingAbi.OP_SEND] = "send";
        NAMES[RingAbi.OP_RECV] = "recv";
        NAMES[RingAbi.OP_SHUTDOWN] = "shutdown";
        NAMES[RingAbi.OP_RENAMEAT] = "rename";
        NAMES[RingAbi.OP_UNLINKAT] = "unlink";
        NAMES[RingAbi.OP_MKDIRAT] = "mkdir";
        NAMES[RingAbi.OP_SEND_ZC] = "send";
        NAMES[IoKernel.OP_TASK] = "task";
    }

    private OperationNames() {}

    static String of(int opcode) {
        String name = opcode >= 0 && opcode < NAMES.length ? NAMES[opcode] : null;
        return name == null ? "operation" : name;
    }
}
