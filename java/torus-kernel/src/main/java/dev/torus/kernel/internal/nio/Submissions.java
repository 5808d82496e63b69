package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads submission entries, refuses what cannot be, and hands the rest to the engine. */
final class Submissions {
    private static final int CLOEXEC_AND_NONBLOCK = 0x80000 | 0x800;
    private static final int MSG_MORE = 0x8000;
    private static final int SEND_FLAGS = RingAbi.MSG_WAITALL | RingAbi.MSG_NOSIGNAL | MSG_MORE;
    private static final int RECEIVE_FLAGS = RingAbi.MSG_TRUNC | RingAbi.MSG_NOSIGNAL;

    private final ByteBuffer entries;
    private final HandleTable handles;
    private final SocketEngine engine;
    private final CompletionRing completions;
    private final Failures failures;

    Submissions(
            ByteBuffer entries,
            HandleTable handles,
            SocketEngine engine,
            CompletionRing completions,
            Failures failures) {
        this.entries = entries;
        this.handles = handles;
        this.engine = engine;
        this.completions = completions;
        this.failures = failures;
    }

    static boolean supports(int opcode) {
        switch (opcode) {
            case RingAbi.OP_NOP:
            case RingAbi.OP_POLL_ADD:
            case RingAbi.OP_SENDMSG:
            case RingAbi.OP_RECVMSG:
            case RingAbi.OP_ACCEPT:
            case RingAbi.OP_ASYNC_CANCEL:
            case RingAbi.OP_CONNECT:
            case RingAbi.OP_CLOSE:
            case RingAbi.OP_SEND:
            case RingAbi.OP_RECV:
            case RingAbi.OP_SHUTDOWN:
                return true;
            default:
                return false;
        }
    }

    /** Performs the entry at {@code at}: makes its completion now, or leaves it pending. */
    void perform(int at) {
        if (entries.getInt(at) == RingAbi.OP_NOP) {
            // without flags and priority, which stand in the same four bytes
            complete(at, 0);
            return;
        }
        int opcode = entries.get(at + RingAbi.SQE_OPCODE) & 0xff;
        int refusal = refuse(at, opcode);
        if (refusal != 0) {
            complete(at, refusal);
            return;
        }
        switch (opcode) {
            case RingAbi.OP_ASYNC_CANCEL:
                complete(at, cancel(at));
                break;
            case RingAbi.OP_CLOSE:
                complete(at, close(at));
                break;
            case RingAbi.OP_SHUTDOWN:
                complete(at, shutdown(at));
                break;
            default:
                submit(at, opcode);
        }
    }

    /** 0, or the -errno with which an entry is refused whatever it names. */
    private int refuse(int at, int opcode) {
        if (!supports(opcode)) {
            return -LinuxErrno.EINVAL;
        }
        int flags = entries.get(at + RingAbi.SQE_FLAGS) & 0xff;
        if ((flags & ~RingAbi.SQE_BUFFER_SELECT) != 0) {
            return -LinuxErrno.EINVAL;
        }
        if (flags != 0 && opcode != RingAbi.OP_RECV) {
            return -LinuxErrno.EOPNOTSUPP;
        }
        return (priority(at) & ~allowedPriority(opcode)) == 0 ? 0 : -LinuxErrno.EINVAL;
    }

    private static int allowedPriority(int opcode) {
        switch (opcode) {
            case RingAbi.OP_RECV:
                return RingAbi.RECV_POLL_FIRST | RingAbi.RECV_MULTISHOT;
            case RingAbi.OP_RECVMSG:
            case RingAbi.OP_SEND:
            case RingAbi.OP_SENDMSG:
                return RingAbi.RECV_POLL_FIRST;
            case RingAbi.OP_ACCEPT:
                return RingAbi.ACCEPT_MULTISHOT;
            default:
                return 0;
        }
    }

    private int cancel(int at) {
        // Cancelling by descriptor or wholesale is the kernel layer's work.
        return operationFlags(at) != 0 ? -LinuxErrno.EINVAL : engine.cancel(entries.getLong(at + RingAbi.SQE_ADDR));
    }

    private int close(int at) {
        int fd = entries.getInt(at + RingAbi.SQE_FD);
        Handle handle = handles.get(fd);
        if (handle instanceof SocketHandle socketHandle) {
            return engine.close(socketHandle);
        }
        if (!handles.remove(fd, handle)) {
            return -LinuxErrno.EBADF;
        }
        try {
            handle.close();
            return 0;
        } catch (IOException failure) {
            return failures.result(failure);
        }
    }

    private int shutdown(int at) {
        Handle handle = handles.get(entries.getInt(at + RingAbi.SQE_FD));
        int how = entries.getInt(at + RingAbi.SQE_LEN);
        if (!(handle instanceof SocketHandle socketHandle)) {
            return notASocket(handle);
        }
        if (how < RingAbi.SHUT_RD || how > RingAbi.SHUT_RDWR) {
            return -LinuxErrno.EINVAL;
        }
        try {
            return engine.shutdown(socketHandle, how);
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        }
    }

    private static int notASocket(Handle handle) {
        return handle == null ? -LinuxErrno.EBADF : -LinuxErrno.ENOTSOCK;
    }

    /** The operations that may have to wait. */
    private void submit(int at, int opcode) {
        Handle handle = handles.get(entries.getInt(at + RingAbi.SQE_FD));
        if (!(handle instanceof SocketHandle socket)) {
            complete(at, notASocket(handle));
            return;
        }

        int refusal = refuse(at, opcode, socket);
        if (refusal == 0 && !selectsBuffer(at)) {
            refusal = engine.checkMemory(
                    opcode, entries.getLong(at + RingAbi.SQE_ADDR), entries.getInt(at + RingAbi.SQE_LEN));
        }
        if (refusal != 0) {
            complete(at, refusal);
            return;
        }
        Operation operation = newOperation(at, opcode, socket);
        switch (opcode) {
            case RingAbi.OP_POLL_ADD:
                operation.length = operationFlags(at);
                engine.submitPoll(operation);
                break;
            case RingAbi.OP_ACCEPT:
                operation.multishot = (priority(at) & RingAbi.ACCEPT_MULTISHOT) != 0;
                engine.submitRead(operation, false);
                break;
            case RingAbi.OP_RECV:
            case RingAbi.OP_RECVMSG:
                operation.multishot = (priority(at) & RingAbi.RECV_MULTISHOT) != 0;
                engine.submitRead(operation, (priority(at) & RingAbi.RECV_POLL_FIRST) != 0);
                break;
            case RingAbi.OP_CONNECT:
                operation.length = (int) operation.address2;
                engine.submitWrite(operation);
                break;
            default:
                engine.submitWrite(operation);
        }
    }

    /** 0, or the -errno for flags that this operation cannot have on this socket. */
    private int refuse(int at, int opcode, SocketHandle socket) {
        int flags = operationFlags(at);
        switch (opcode) {
            case RingAbi.OP_POLL_ADD:
                return (entries.getInt(at + RingAbi.SQE_LEN) & ~RingAbi.POLL_ADD_MULTI) == 0 ? 0 : -LinuxErrno.EINVAL;
            case RingAbi.OP_ACCEPT:
                return (flags & ~CLOEXEC_AND_NONBLOCK) == 0 ? 0 : -LinuxErrno.EINVAL;
            case RingAbi.OP_CONNECT:
                long length = entries.getLong(at + RingAbi.SQE_OFF);
                return length >= 0 && length <= RingAbi.SOCKADDR_BYTES ? 0 : -LinuxErrno.EINVAL;
            case RingAbi.OP_SEND:
            case RingAbi.OP_SENDMSG:
                return (flags & ~SEND_FLAGS) == 0 ? 0 : -LinuxErrno.EOPNOTSUPP;
            default:
                return refuseReceive(at, flags, socket);
        }
    }

    private int refuseReceive(int at, int flags, SocketHandle socket) {
        boolean multishot = (priority(at) & RingAbi.RECV_MULTISHOT) != 0;
        if (multishot && !selectsBuffer(at) || (flags & RingAbi.MSG_WAITALL) != 0) {
            return -LinuxErrno.EINVAL;
        }
        int allowed = socket.isDatagram() ? RECEIVE_FLAGS : RingAbi.MSG_NOSIGNAL;
        return (flags & ~allowed) == 0 ? 0 : -LinuxErrno.EOPNOTSUPP;
    }

    private Operation newOperation(int at, int opcode, SocketHandle socket) {
        Operation operation = engine.newOperation();
        operation.opcode = opcode;
        operation.userData = entries.getLong(at + RingAbi.SQE_USER_DATA);
        operation.handle = socket;
        operation.address = entries.getLong(at + RingAbi.SQE_ADDR);
        operation.length = entries.getInt(at + RingAbi.SQE_LEN);
        operation.messageFlags = operationFlags(at);
        operation.address2 = entries.getLong(at + RingAbi.SQE_OFF);
        operation.address2Length = entries.getShort(at + RingAbi.SQE_ADDR_LEN) & 0xffff;
        operation.bufferGroup = entries.getShort(at + RingAbi.SQE_BUF_GROUP) & 0xffff;
        operation.selectsBuffer = selectsBuffer(at);
        operation.multishot = false;
        return operation;
    }

    /** The only flag that {@link #refuse} lets pass. */
    private boolean selectsBuffer(int at) {
        return entries.get(at + RingAbi.SQE_FLAGS) != 0;
    }

    private int priority(int at) {
        return entries.getShort(at + RingAbi.SQE_IOPRIO) & 0xffff;
    }

    private int operationFlags(int at) {
        return entries.getInt(at + RingAbi.SQE_OP_FLAGS);
    }

    private void complete(int at, int result) {
        completions.post(entries.getLong(at + RingAbi.SQE_USER_DATA), result, 0);
    }
}
