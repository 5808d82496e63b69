package dev.torus.kernel.internal.nio;

import dev.torus.kernel.spi.RingAbi;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;

/**
 * Turns readiness into completion: runs the operations of a socket until they have ended, would block, or have used up
 * the socket's share of the turn.
 *
 * <p>Both sides of a socket are first-in-first-out. An operation is tried first; when that finds nothing, the selector
 * says when to try again.
 */
final class SocketEngine {
    /** An attempt that found nothing; no result of an operation. */
    static final int WOULD_BLOCK = Integer.MIN_VALUE;

    /** Completions that one side of one socket may make per turn, so that no socket keeps the others waiting. */
    private static final int SHARE_PER_TURN = 16;

    private static final int READ_EVENTS = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;

    private final Regions regions;
    private final HandleTable handles;
    private final Poller poller;
    private final CompletionRing completions;
    private final PendingOperations pending;
    private final OperationPool pool;
    private final Failures failures;
    private final Counters counters;
    private final Connections connections;
    private final StreamTransfers streams;
    private final DatagramTransfers datagrams;
    private final Message message;

    SocketEngine(
            Regions regions,
            BufferRings bufferRings,
            HandleTable handles,
            Poller poller,
            CompletionRing completions,
            Failures failures,
            Counters counters) {
        this.regions = regions;
        this.handles = handles;
        this.poller = poller;
        this.completions = completions;
        this.failures = failures;
        this.counters = counters;
        pending = new PendingOperations();
        pool = new OperationPool();
        message = new Message(regions);
        connections = new Connections(regions, handles, poller, failures, counters);
        streams = new StreamTransfers(regions, bufferRings, message, counters);
        datagrams = new DatagramTransfers(regions, bufferRings, message, counters);
    }

    /**
     * Whether the memory that an operation names is registered, as far as it can be told before it runs: 0 or -errno.
     */
    int checkMemory(int opcode, long address, int length) {
        switch (opcode) {
            case RingAbi.OP_SEND:
            case RingAbi.OP_RECV:
                return regions.find(address, length) == null ? -LinuxErrno.EFAULT : 0;
            case RingAbi.OP_SENDMSG:
            case RingAbi.OP_RECVMSG:
                return message.load(address);
            default:
                return 0;
        }
    }

    /** An operation to fill in and hand to one of the submit functions. */
    Operation newOperation() {
        return pool.take();
    }

    /** @param pollFirst not to try before the selector reports readiness */
    void submitRead(Operation operation, boolean pollFirst) {
        SocketHandle socket = operation.handle;
        socket.readers.add(operation);
        if (socket.readers.first() == operation) {
            if (pollFirst && !socket.readableForSure) {
                socket.readable = false;
            }
            runReads(socket);
        }
        keepIfPending(socket.readers, operation);
    }

    void submitWrite(Operation operation) {
        SocketHandle socket = operation.handle;
        socket.writers.add(operation);
        if (socket.writers.first() == operation) {
            runWrites(socket);
        }
        keepIfPending(socket.writers, operation);
    }

    void submitPoll(Operation operation) {
        SocketHandle socket = operation.handle;
        socket.polls.add(operation);
        if (!socket.isDatagram() && socket.server == null && !socket.connected && !socket.connecting) {
            // What Linux says of a stream socket that is neither connected nor listening.
            settle(socket.polls, operation, RingAbi.POLLHUP | operation.length & RingAbi.POLLOUT);
            return;
        }
        pending.add(operation);
        try {
            watchPolls(socket);
        } catch (IOException | RuntimeException failure) {
            settle(socket.polls, operation, failures.result(failure));
        }
    }

    private void keepIfPending(OperationQueue queue, Operation operation) {
        // It was added last, so it has not ended if and only if it is still the last.
        if (queue.last() == operation) {
            pending.add(operation);
        }
    }

    /** Ends the operation with this user_data: 0, or -ENOENT if there is none. */
    int cancel(long userData) {
        Operation operation = pending.find(userData);
        if (operation == null) {
            return -LinuxErrno.ENOENT;
        }
        SocketHandle socket = operation.handle;
        OperationQueue queue = queueOf(operation);
        boolean wasFirst = queue.first() == operation;
        settle(queue, operation, operation.done > 0 ? operation.done : -LinuxErrno.ECANCELED);
        if (wasFirst && !queue.isEmpty()) {
            poller.schedule(socket);
        }
        return 0;
    }

    private static OperationQueue queueOf(Operation operation) {
        SocketHandle socket = operation.handle;
        switch (operation.opcode) {
            case RingAbi.OP_POLL_ADD:
                return socket.polls;
            case RingAbi.OP_ACCEPT:
            case RingAbi.OP_RECV:
            case RingAbi.OP_RECVMSG:
                return socket.readers;
            default:
                return socket.writers;
        }
    }

    /** Ends everything that is pending on a socket, and closes it; 0 or -errno. */
    int close(SocketHandle socket) {
        cancelAll(socket.readers);
        cancelAll(socket.writers);
        cancelAll(socket.polls);
        handles.remove(socket.fd, socket);
        try {
            socket.close();
            return 0;
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        } finally {
            poller.forget(socket);
        }
    }

    private void cancelAll(OperationQueue queue) {
        for (Operation first = queue.first(); first != null; first = queue.first()) {
            settle(queue, first, first.done > 0 ? first.done : -LinuxErrno.ECANCELED);
        }
    }

    int sendNow(SocketHandle socket, long address, int length) throws IOException {
        try {
            return streams.sendNow(socket, address, length);
        } catch (ClosedChannelException failure) {
            // NIO's word for writing after shutdownOutput.
            return socket.channel().isOpen() ? -LinuxErrno.EPIPE : failures.result(failure);
        }
    }

    int shutdown(SocketHandle socket, int how) throws IOException {
        if (!socket.connected) {
            return -LinuxErrno.ENOTCONN;
        }
        if (how != RingAbi.SHUT_WR) {
            socket.stream.shutdownInput();
            // Not every system's selector reports the end of the stream that this makes.
            socket.readable = true;
            poller.schedule(socket);
        }
        if (how != RingAbi.SHUT_RD) {
            socket.stream.shutdownOutput();
            socket.writable = true;
            poller.schedule(socket);
        }
        return 0;
    }

    /** Runs the sockets that were ready when the turn began; those that are not done go to the end of the queue. */
    void runScheduled() {
        for (int count = poller.scheduled(); count > 0 && completions.hasRoom(); count--) {
            SocketHandle socket = poller.nextScheduled();
            int events = socket.events;
            socket.events = 0;
            if (events != 0) {
                noteReadiness(socket, events);
            }
            runReads(socket);
            runWrites(socket);
        }
    }

    private void noteReadiness(SocketHandle socket, int events) {
        if (socket.connecting && (events & SelectionKey.OP_CONNECT) != 0) {
            finishConnect(socket);
        }
        boolean in = (events & READ_EVENTS) != 0;
        boolean out = (events & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0;
        if (in) {
            socket.readable = true;
            socket.readableForSure = true;
        }
        if (out && !socket.connecting) {
            socket.writable = true;
        }
        boolean polled = !socket.polls.isEmpty() && runPolls(socket, in, out);
        // Readiness that nothing waits for: stop watching, or the selector would report it in every turn.
        if (in && socket.readers.isEmpty() && !polled) {
            poller.unwatch(socket, READ_EVENTS);
        }
        if (out && socket.writers.isEmpty() && !polled) {
            poller.unwatch(socket, SelectionKey.OP_WRITE);
        }
    }

    /** Ends the polls that are satisfied; whether there were any. */
    private boolean runPolls(SocketHandle socket, boolean in, boolean out) {
        int mask = (in ? RingAbi.POLLIN : 0) | (out ? RingAbi.POLLOUT : 0);
        boolean any = false;
        for (Operation poll = socket.polls.first(); poll != null; ) {
            Operation following = poll.next;
            if ((poll.length & mask) != 0) {
                settle(socket.polls, poll, poll.length & mask);
                any = true;
            }
            poll = following;
        }
        return any;
    }

    private void watchPolls(SocketHandle socket) throws ClosedChannelException {
        int operations = 0;
        for (Operation poll = socket.polls.first(); poll != null; poll = poll.next) {
            operations |= (poll.length & RingAbi.POLLIN) != 0 ? readInterest(socket) : 0;
            operations |= (poll.length & RingAbi.POLLOUT) != 0 ? writeInterest(socket) : 0;
        }
        poller.watch(socket, operations);
    }

    private static int readInterest(SocketHandle socket) {
        return socket.server != null ? SelectionKey.OP_ACCEPT : SelectionKey.OP_READ;
    }

    private static int writeInterest(SocketHandle socket) {
        return socket.connecting ? SelectionKey.OP_CONNECT : SelectionKey.OP_WRITE;
    }

    private void runReads(SocketHandle socket) {
        int share = SHARE_PER_TURN;
        for (Operation first = socket.readers.first(); first != null; first = socket.readers.first()) {
            if (socket.connecting) {
                return; // The end of the connecting runs them again.
            }
            if (!socket.readable) {
                waitFor(socket, socket.readers, readInterest(socket));
                return;
            }
            if (share-- == 0 || !completions.hasRoom()) {
                poller.schedule(socket);
                return;
            }
            int result = tryRead(socket, first);
            if (result == WOULD_BLOCK) {
                counters.wouldBlock++;
                socket.readable = false;
            } else {
                settle(socket.readers, first, result);
            }
        }
    }

    private void runWrites(SocketHandle socket) {
        int share = SHARE_PER_TURN;
        for (Operation first = socket.writers.first(); first != null; first = socket.writers.first()) {
            boolean begins = first.opcode == RingAbi.OP_CONNECT && !first.started;
            if (!begins && (socket.connecting || !socket.writable)) {
                waitFor(socket, socket.writers, writeInterest(socket));
                return;
            }
            if (share-- == 0 || !completions.hasRoom()) {
                poller.schedule(socket);
                return;
            }
            int result = tryWrite(socket, first);
            if (result == WOULD_BLOCK) {
                counters.wouldBlock++;
                socket.writable = false;
            } else {
                settle(socket.writers, first, result);
            }
        }
    }

    private void waitFor(SocketHandle socket, OperationQueue queue, int operations) {
        try {
            poller.watch(socket, operations);
        } catch (IOException | RuntimeException failure) {
            int result = failures.result(failure);
            for (Operation first = queue.first(); first != null; first = queue.first()) {
                settle(queue, first, result);
            }
        }
    }

    private int tryRead(SocketHandle socket, Operation operation) {
        try {
            switch (operation.opcode) {
                case RingAbi.OP_ACCEPT:
                    return connections.accept(socket, operation);
                case RingAbi.OP_RECV:
                    return socket.isDatagram()
                            ? datagrams.receive(socket, operation)
                            : streams.receive(socket, operation);
                default:
                    return socket.isDatagram()
                            ? datagrams.receiveMessage(socket, operation)
                            : streams.receiveMessage(socket, operation);
            }
        } catch (IOException | RuntimeException failure) {
            return failures.result(failure);
        }
    }

    private int tryWrite(SocketHandle socket, Operation operation) {
        try {
            switch (operation.opcode) {
                case RingAbi.OP_CONNECT:
                    return connections.connect(socket, operation);
                case RingAbi.OP_SEND:
                    return socket.isDatagram() ? datagrams.send(socket, operation) : streams.send(socket, operation);
                default:
                    return socket.isDatagram()
                            ? datagrams.sendMessage(socket, operation)
                            : streams.sendMessage(socket, operation);
            }
        } catch (ClosedChannelException failure) {
            // NIO's word for writing after shutdownOutput.
            int result = failures.result(failure);
            return operation.done > 0 ? operation.done : socket.channel().isOpen() ? -LinuxErrno.EPIPE : result;
        } catch (IOException | RuntimeException failure) {
            int result = failures.result(failure);
            return operation.done > 0 ? operation.done : result;
        }
    }

    /**
     * A receive that finds no provided buffer fails only when data is there: nothing is lost, and idle sockets go on
     * waiting.
     */
    static int withoutBuffer(SocketHandle socket) {
        return socket.readableForSure ? -LinuxErrno.ENOBUFS : WOULD_BLOCK;
    }

    /** Ends the connecting of a socket and the operation that asked for it, unless that was cancelled. */
    private void finishConnect(SocketHandle socket) {
        int result = connections.finish(socket);
        if (result == WOULD_BLOCK) {
            return;
        }
        if (result < 0) {
            endPolls(socket);
        }
        socket.readable = true;
        socket.writable = true;
        Operation first = socket.writers.first();
        if (first != null && first.opcode == RingAbi.OP_CONNECT && first.started) {
            settle(socket.writers, first, result);
        } else {
            socket.connectError = -result;
        }
    }

    /** The channel that they watched has failed. */
    private void endPolls(SocketHandle socket) {
        for (Operation first = socket.polls.first(); first != null; first = socket.polls.first()) {
            settle(socket.polls, first, RingAbi.POLLERR | RingAbi.POLLHUP | first.length & RingAbi.POLLOUT);
        }
    }

    /** Ends an operation, or reports one more result of a multishot that goes on. */
    private void settle(OperationQueue queue, Operation operation, int result) {
        boolean goesOn = operation.multishot
                && (operation.opcode == RingAbi.OP_ACCEPT ? result >= 0 : operation.completionFlags != 0);
        if (goesOn) {
            completions.post(operation.userData, result, operation.completionFlags | RingAbi.CQE_F_MORE);
            operation.completionFlags = 0;
            return;
        }
        queue.remove(operation);
        completions.post(operation.userData, result, operation.completionFlags);
        if (operation.pending) {
            pending.remove(operation);
        }
        pool.give(operation);
    }
}
