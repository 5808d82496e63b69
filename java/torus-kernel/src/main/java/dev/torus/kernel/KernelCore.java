package dev.torus.kernel;

import dev.torus.kernel.spi.Backend;
import java.net.SocketAddress;

/** What every call of a kernel goes through: its owner, its engine, and the checks before anything is queued. */
abstract class KernelCore {
    /** Opcode of slots for work that has none of its own. */
    static final int OP_TASK = 64;

    final KernelOptions options;
    final OwnerThread owner = new OwnerThread();
    final OpEngine engine;
    volatile boolean closed;

    KernelCore(KernelOptions options, Backend backend) {
        this.options = options;
        this.engine = new OpEngine(backend, options, owner);
    }

    void checkOwner() {
        owner.check();
    }

    void checkOpen() {
        owner.check();
        if (closed) {
            throw new IllegalStateException("the kernel is closed");
        }
    }

    int take(int opcode, long token, long timeoutNanos) {
        checkOpen();
        if (timeoutNanos < 0) {
            throw new IllegalArgumentException("timeout " + timeoutNanos + " ns");
        }
        int slot = engine.take(opcode, token);
        engine.deadline(slot, timeoutNanos);
        return slot;
    }

    /** Index of an open handle of a kind, or NONE if it is stale or closing; a handle of the other kind is misuse. */
    int open(long handle, byte kind) {
        int index = engine.handles.findOpen(handle);
        if (index != OpTable.NONE && engine.handles.kind[index] != kind) {
            throw new IllegalArgumentException(
                    kind == HandleTable.FILE
                            ? "a socket's handle; a file is needed"
                            : "a file's handle; a socket is needed");
        }
        return index;
    }

    int require(long handle, String operation) throws TorusIoException {
        checkOpen();
        int index = engine.handles.findOpen(handle);
        if (index == OpTable.NONE) {
            throw TorusIoException.of(operation, "handle " + handle, Errno.EBADF.result());
        }
        return index;
    }

    AddressFamily familyFor(int index, SocketAddress address) {
        AddressFamily family = index == OpTable.NONE ? null : engine.handles.family[index];
        return family == null ? SocketAddresses.familyOf(address) : family;
    }

    void check(long result, String operation, String subject) throws TorusIoException {
        if (result < 0) {
            throw TorusIoException.of(operation, subject, result, 0, engine.backend.lastFailure());
        }
    }
}
