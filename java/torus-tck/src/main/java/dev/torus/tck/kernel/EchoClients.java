package dev.torus.tck.kernel;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.DescriptorLimitException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.tck.ring.RingDriver;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.Random;

/** Connections that send random bytes, check the echo, and now and then cancel, close or reset. */
final class EchoClients implements AutoCloseable {
    private static final int MESSAGE_BYTES = 1500;

    private static final int CONNECT = 0;
    private static final int SEND = 1;
    private static final int RECEIVE = 2;
    private static final int CLOSE = 3;
    private static final int CANCEL = 4;
    private static final int KINDS = 8;

    /**
     * What happened.
     *
     * @param echoes messages that came back whole
     * @param wrongBytes messages that came back different
     * @param cancelled receives that were cancelled
     * @param closed connections closed, with a reset or without
     * @param descriptorLimit whether the process ran out of descriptors
     */
    record Summary(long echoes, long wrongBytes, long cancelled, long closed, boolean descriptorLimit) {}

    private static final class Client {
        private long handle = -1;
        private IoBuffer out;
        private IoBuffer in;
        private int length;
        private int received;
        private long receive;
    }

    private final IoKernel kernel;
    private final InetSocketAddress server;
    private final Client[] clients;
    private final Random random;
    private final CompletionHandler handler = this::completed;
    private boolean stopping;
    private long echoes;
    private long wrongBytes;
    private long cancelled;
    private long closed;
    private boolean descriptorLimit;

    EchoClients(BackendProvider provider, InetSocketAddress server, int count, long seed) throws Exception {
        this.kernel =
                IoKernel.open(KernelOptions.builder().submissionEntries(512).build(), provider);
        this.server = server;
        this.random = new Random(seed);
        this.clients = new Client[count];
        for (int i = 0; i < count; i++) {
            clients[i] = new Client();
            clients[i].out = kernel.allocate(MESSAGE_BYTES);
            clients[i].in = kernel.allocate(MESSAGE_BYTES);
        }
    }

    Summary run(long endNanos) {
        for (int i = 0; i < clients.length; i++) {
            connect(i);
        }
        while (System.nanoTime() - endNanos < 0) {
            kernel.enter(10_000_000);
            kernel.drain(handler);
            disturb();
        }
        stopping = true;
        for (int i = 0; i < clients.length; i++) {
            close(i);
        }
        long deadline = System.nanoTime() + RingDriver.PATIENCE_NANOS;
        while (kernel.pending() > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("clients do not end: " + kernel.stats());
            }
            kernel.enter(10_000_000);
            kernel.drain(handler);
        }
        return new Summary(echoes, wrongBytes, cancelled, closed, descriptorLimit);
    }

    private void disturb() {
        int index = random.nextInt(clients.length);
        Client client = clients[index];
        if (client.handle < 0) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> kernel.cancel(client.receive, token(CANCEL, index));
            case 1 -> close(index);
            default -> {
                try {
                    kernel.setOption(client.handle, StandardSocketOptions.SO_LINGER, 0);
                } catch (TorusIoException e) {
                    throw new AssertionError(e);
                }
                close(index);
            }
        }
    }

    private static long token(int kind, int index) {
        return (long) index * KINDS + kind;
    }

    private void connect(int index) {
        try {
            clients[index].handle = kernel.socket(AddressFamily.INET, SocketType.STREAM);
        } catch (DescriptorLimitException e) {
            descriptorLimit = true;
            return;
        } catch (TorusIoException e) {
            throw new AssertionError(e);
        }
        kernel.connect(clients[index].handle, server, token(CONNECT, index));
    }

    private void close(int index) {
        Client client = clients[index];
        if (client.handle >= 0) {
            long handle = client.handle;
            client.handle = -1;
            closed++;
            kernel.close(handle, token(CLOSE, index));
        }
    }

    private void completed(long token, long result, int flags) {
        int index = (int) (token / KINDS);
        Client client = clients[index];
        switch ((int) (token % KINDS)) {
            case CONNECT -> {
                if (result == 0 && client.handle >= 0) {
                    message(index);
                } else {
                    close(index);
                }
            }
            case SEND -> {
                if (result != client.length) {
                    close(index);
                }
            }
            case RECEIVE -> received(index, result);
            case CLOSE -> {
                if (result != 0) {
                    throw new AssertionError("close: " + Errno.of(result));
                }
                if (!stopping) {
                    connect(index);
                }
            }
            default -> {
                // the answer to a cancel may be anything
            }
        }
    }

    private void message(int index) {
        Client client = clients[index];
        client.length = 1 + random.nextInt(MESSAGE_BYTES);
        client.received = 0;
        byte[] content = new byte[client.length];
        random.nextBytes(content);
        client.out.bytes().put(0, content);
        kernel.send(client.handle, client.out, 0, client.length, token(SEND, index));
        receive(index);
    }

    private void receive(int index) {
        Client client = clients[index];
        client.receive = kernel.recv(
                client.handle, client.in, client.received, client.length - client.received, token(RECEIVE, index));
    }

    private void received(int index, long result) {
        Client client = clients[index];
        if (client.handle < 0) {
            return;
        }
        if (result == Errno.ECANCELED.result()) {
            cancelled++;
            receive(index);
            return;
        }
        if (result <= 0) {
            close(index);
            return;
        }
        client.received += (int) result;
        if (client.received < client.length) {
            receive(index);
            return;
        }
        boolean same = client.out
                .bytes()
                .slice(0, client.length)
                .equals(client.in.bytes().slice(0, client.length));
        if (same) {
            echoes++;
        } else {
            wrongBytes++;
        }
        if (client.out.isLent()) {
            // the echo was faster than the send's own completion: the buffer is not home yet
            close(index);
        } else {
            message(index);
        }
    }

    @Override
    public void close() {
        kernel.close();
    }
}
