package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.AddressInUseException;
import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Child;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.SockAddr;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/** Every typed operation through the kernel: results, errors as results, typed exceptions of the control plane. */
public abstract class OperationSuite {
    private static final int RW_CREATE = BlockingFiles.O_RDWR | BlockingFiles.O_CREAT;

    @BackendTest(operations = "FSYNC")
    void K05_threadsOfTheSystemThatWorkForTheRingAreCounted(Lab lab) {
        Rig rig = Rig.of(lab);
        Path path = lab.directory().resolve("f");
        assertThat(rig.kernel().systemWorkers()).isZero();
        long file = rig.call(t -> rig.kernel().openFile(path, BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600, t));
        assertThat(rig.call(t -> rig.kernel().fsync(file, false, t))).isZero();
        // io_uring leaves every fsync to a worker, which stays for some seconds; the others have the kernel's own pool
        boolean onRing = lab.provider().name().equals("io_uring");
        assertThat(rig.kernel().systemWorkers() > 0).isEqualTo(onRing);
    }

    @BackendTest(operations = {"CONNECT", "ACCEPT", "SEND", "RECV", "SHUTDOWN", "CLOSE"})
    void K01_aWholeConversation(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long listener = rig.listener(4);
        long client = rig.tcp();
        long accept = rig.start(t -> kernel.accept(listener, t));
        assertThat(rig.call(t -> kernel.connect(client, rig.address(listener), t)))
                .isZero();
        long server = rig.result(accept);
        IoBuffer out = rig.buffer("question");
        IoBuffer in = kernel.allocate(64);
        assertThat(rig.call(t -> kernel.send(client, out, 0, 8, t))).isEqualTo(8);
        assertThat(rig.call(t -> kernel.recv(server, in, 0, 64, t))).isEqualTo(8);
        assertThat(Rig.text(in, 0, 8)).isEqualTo("question");
        assertThat(rig.call(t -> kernel.shutdown(client, Shutdown.WRITE, t))).isZero();
        assertThat(rig.call(t -> kernel.recv(server, in, 0, 64, t))).isZero();
        assertThat(rig.call(t -> kernel.send(server, out, 0, 8, t))).isEqualTo(8);
        assertThat(rig.call(t -> kernel.close(server, t))).isZero();
        assertThat(rig.call(t -> kernel.recv(client, in, 0, 64, t))).isEqualTo(8);
        assertThat(rig.call(t -> kernel.recv(client, in, 0, 64, t))).isZero();
        assertThat(rig.call(t -> kernel.close(client, t))).isZero();
    }

    @BackendTest(operations = {"SEND", "RECV"})
    void K01_whatTheSystemTakesAtOnceIsSentBesideTheRing(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        IoBuffer hello = rig.buffer("_hello");
        int result = kernel.sendNow(link.handle(), hello, 1, 5);
        assertThat(result).isEqualTo(5);
        assertThat(link.readText(5)).as("without a turn").isEqualTo("hello");

        IoBuffer large = kernel.allocate(1 << 20);
        long sent = 0;
        int more;
        while ((more = kernel.sendNow(link.handle(), large, 0, 1 << 20)) > 0) {
            sent += more;
        }
        assertThat(more).as("the system takes no more").isEqualTo(Errno.EAGAIN.result());
        long queued = rig.start(t -> kernel.send(link.handle(), hello, 1, 5, t));
        assertThat(kernel.sendNow(link.handle(), hello, 0, 1))
                .as("another is before it")
                .isEqualTo(Errno.EAGAIN.result());
        assertThat(kernel.shutdownNow(link.handle())).isEqualTo(Errno.EAGAIN.result());
        long all = sent + 5;
        Future<Integer> received = lab.thread("reader", () -> link.read((int) all).length);
        assertThat(rig.result(queued)).isEqualTo(5);
        assertThat(Lab.join(received)).isEqualTo(all);

        assertThat(kernel.stats().bytesOut()).isEqualTo(5 + all);
        assertThat(kernel.shutdownNow(link.handle())).isZero();
        assertThat(link.read(1)).as("the end").isEmpty();
        assertThat(kernel.sendNow(link.handle(), hello, 0, 1)).isEqualTo(Errno.EPIPE.result());
        link.write("x");
        IoBuffer in = kernel.allocate(8);
        assertThat(rig.call(t -> kernel.recv(link.handle(), in, 0, 8, t)))
                .as("the other direction")
                .isEqualTo(1);
        rig.call(t -> kernel.close(link.handle(), t));
        assertThat(kernel.sendNow(link.handle(), hello, 0, 1)).isEqualTo(Errno.EBADF.result());
        assertThat(kernel.shutdownNow(link.handle())).isEqualTo(Errno.EBADF.result());
    }

    private static void skipOnWindows() {
        if (File.separatorChar == '\\') {
            Lab.skip("what Windows does to open files is its own");
        }
    }

    @BackendTest
    void K05_anOpenFileHasItsAttributesWhateverBecomesOfItsPath(Lab lab) throws IOException {
        skipOnWindows();
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path folder = lab.directory();
        Path path = folder.resolve("f");
        long file = rig.call(t -> kernel.openFile(path, RW_CREATE, 0600, t));
        IoBuffer hello = rig.buffer("hello");
        assertThat(rig.call(t -> kernel.write(file, hello, 0, 5, -1, t))).isEqualTo(5);
        long[] before = new long[BlockingFiles.STAT_FIELDS];
        assertThat(rig.call(t -> kernel.stat(file, before, t))).isZero();
        Files.move(path, folder.resolve("g"));
        long[] renamed = new long[BlockingFiles.STAT_FIELDS];
        assertThat(rig.call(t -> kernel.stat(file, renamed, t))).isZero();
        Files.writeString(path, "another");
        long[] replaced = new long[BlockingFiles.STAT_FIELDS];
        assertThat(rig.call(t -> kernel.stat(file, replaced, t))).isZero();
        Files.delete(folder.resolve("g"));
        assertThat(rig.call(t -> kernel.write(file, hello, 0, 3, -1, t))).isEqualTo(3);
        long[] removed = new long[BlockingFiles.STAT_FIELDS];
        assertThat(rig.call(t -> kernel.stat(file, removed, t))).isZero();
        assertThat(removed[BlockingFiles.STAT_SIZE]).isEqualTo(8);
        for (long[] status : List.of(renamed, replaced, removed)) {
            for (int field : new int[] {
                BlockingFiles.STAT_MODE, BlockingFiles.STAT_INODE, BlockingFiles.STAT_DEVICE, BlockingFiles.STAT_UID
            }) {
                assertThat(status[field]).isEqualTo(before[field]);
            }
        }
        rig.call(t -> kernel.close(file, t));
    }

    @BackendTest
    void K05_neitherAnAppendAtAPlaceNorShorteningMovesThePosition(Lab lab) throws IOException {
        skipOnWindows();
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path path = Files.writeString(lab.directory().resolve("f"), "abcdef");
        long file = rig.call(t -> kernel.openFile(path, BlockingFiles.O_RDWR | BlockingFiles.O_APPEND, 0, t));
        IoBuffer buffer = rig.buffer("XY......");
        assertThat(rig.call(t -> kernel.read(file, buffer, 2, 4, -1, t))).isEqualTo(4);
        assertThat(rig.call(t -> kernel.write(file, buffer, 0, 2, 0, t))).isEqualTo(2);
        assertThat(Files.readString(path)).isEqualTo("abcdefXY");
        assertThat(rig.call(t -> kernel.read(file, buffer, 2, 1, -1, t))).isEqualTo(1);
        assertThat(Rig.text(buffer, 2, 1)).as("where the first read ended").isEqualTo("e");
        assertThat(rig.call(t -> kernel.truncate(file, 2, t))).isZero();
        assertThat(rig.call(t -> kernel.read(file, buffer, 2, 1, -1, t)))
                .as("behind the end")
                .isZero();
        Files.writeString(path, "0123456789");
        assertThat(rig.call(t -> kernel.read(file, buffer, 2, 1, -1, t))).isEqualTo(1);
        assertThat(Rig.text(buffer, 2, 1)).isEqualTo("5");
        rig.call(t -> kernel.close(file, t));
    }

    @BackendTest
    void K05_ofTwoErrorsOfARenameTheSourceIsTheFirst(Lab lab) throws IOException {
        skipOnWindows();
        BlockingFiles files = Rig.of(lab).kernel().files();
        Path folder = lab.directory();
        Path file = Files.writeString(folder.resolve("f"), "x");
        String missing = folder.resolve("missing/f").toString();
        String belowAFile = file.resolve("x").toString();
        assertThat(files.rename(missing, belowAFile)).isEqualTo(Errno.ENOENT.result());
        assertThat(files.rename(belowAFile, missing)).isEqualTo(Errno.ENOTDIR.result());
        assertThat(files.rename(folder.resolve("nothing").toString(), belowAFile))
                .isEqualTo(Errno.ENOTDIR.result());
    }

    @BackendTest(operations = {"ACCEPT", "CLOSE"})
    void K07_aListenerThatWasClosedTakesNoConnection(Lab lab) {
        Rig rig = Rig.of(lab);
        for (int round = 0; round < 300; round++) {
            long listener = rig.listener(16);
            InetSocketAddress address = rig.address(listener);
            long accept = rig.start(t -> rig.kernel().acceptMultishot(listener, t));
            rig.turn(0);
            assertThat(rig.call(t -> rig.kernel().close(listener, t))).isZero();
            assertThat(rig.last(accept).result()).isEqualTo(Errno.ECANCELED.result());
            assertThatThrownBy(() -> SocketChannel.open(address).close())
                    .as("round " + round)
                    .isInstanceOf(ConnectException.class);
        }
    }

    @BackendTest
    void K10_connectRefused(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(1);
        InetSocketAddress nobody = rig.address(listener);
        rig.call(t -> rig.kernel().close(listener, t));
        long client = rig.tcp();
        long result = rig.call(t -> rig.kernel().connect(client, nobody, t));

        assertThat(result).isEqualTo(Errno.ECONNREFUSED.result());
        assertThat(TorusIoException.of("connect", nobody.toString(), result))
                .isInstanceOf(dev.torus.kernel.ConnectionFailedException.class)
                .hasMessageContaining(nobody.toString());
    }

    @BackendTest
    void K10_aPortInUseIsAnAddressInUseException(Lab lab) {
        Rig rig = Rig.of(lab);
        long listener = rig.listener(1);
        long second = rig.tcp();
        assertThatThrownBy(() -> rig.kernel().bind(second, rig.address(listener)))
                .isInstanceOf(AddressInUseException.class)
                .hasMessageContaining(Integer.toString(rig.address(listener).getPort()));
    }

    @BackendTest
    void K10_aPeerThatResets(Lab lab) {
        lab.differsUnderWine("nio", Lab.WINE_RECV_AFTER_RESET);
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer in = rig.kernel().allocate(64);
        IoBuffer out = rig.kernel().allocate(64);
        long recv = rig.start(t -> rig.kernel().recv(link.handle(), in, 0, 64, t));
        rig.turn(0);
        link.reset();
        assertThat(rig.result(recv)).isEqualTo(Errno.ECONNRESET.result());
        long sent = rig.call(t -> rig.kernel().send(link.handle(), out, 0, 64, t));
        assertThat(sent).as(Errno.describe(sent)).isIn((long) Errno.EPIPE.result(), (long) Errno.ECONNRESET.result());
        assertThat(rig.call(t -> rig.kernel().close(link.handle(), t))).isZero();
    }

    @BackendTest
    void K10_namesAndOptions(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        assertThat(kernel.localAddress(link.handle())).isEqualTo(link.channel().getRemoteAddress());
        assertThat(kernel.remoteAddress(link.handle())).isEqualTo(link.channel().getLocalAddress());
        kernel.setOption(link.handle(), StandardSocketOptions.TCP_NODELAY, true);
        assertThat(kernel.getOption(link.handle(), StandardSocketOptions.TCP_NODELAY))
                .isTrue();
        kernel.setOption(link.handle(), StandardSocketOptions.SO_KEEPALIVE, true);
        assertThat(kernel.getOption(link.handle(), StandardSocketOptions.SO_KEEPALIVE))
                .isTrue();
        kernel.setOption(link.handle(), StandardSocketOptions.SO_LINGER, 3);
        assertThat(kernel.getOption(link.handle(), StandardSocketOptions.SO_LINGER))
                .isEqualTo(3);
        long fresh = rig.tcp();
        assertThatThrownBy(() -> kernel.remoteAddress(fresh))
                .isInstanceOf(TorusIoException.class)
                .extracting(e -> ((TorusIoException) e).errno())
                .isEqualTo(Errno.ENOTCONN);
    }

    @BackendTest(operations = {"RECVMSG", "SENDMSG"})
    void K10_datagramsWithTheirSource(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long one = rig.udp();
        long two = rig.udp();
        IoBuffer out = rig.buffer("datagram");
        IoBuffer in = kernel.allocate(64);
        List<SocketAddress> sources = new ArrayList<>();
        boolean[] truncated = new boolean[1];
        for (int length : new int[] {64, 4}) {
            kernel.recvFrom(two, in, 0, length, 1);
            kernel.sendTo(one, out, 0, 8, kernel.localAddress(two), 2);
            int before = sources.size();
            while (sources.size() == before || kernel.pending() > 0) {
                kernel.enter(-1);
                kernel.drain((token, result, flags) -> {
                    if (token == 1) {
                        assertThat(result).isEqualTo(Math.min(8, length));
                        sources.add(kernel.datagramSource());
                        truncated[0] = kernel.datagramTruncated();
                    } else {
                        assertThat(result).isEqualTo(8);
                    }
                });
            }
            assertThat(truncated[0]).isEqualTo(length < 8);
        }
        assertThat(sources).containsOnly(kernel.localAddress(one));
        assertThat(Rig.text(in, 0, 8)).isEqualTo("datagram");
    }

    @BackendTest(operations = "RECVMSG")
    void K10_manyDatagramsEachOnceInOrder(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long from = rig.udp();
        long to = rig.udp();
        for (int i = 0; i < 200; i++) {
            IoBuffer out = rig.buffer(String.format("%04d", i));
            SocketAddress address = kernel.localAddress(to);
            assertThat(rig.call(t -> kernel.sendTo(from, out, 0, 4, address, t)))
                    .isEqualTo(4);
            IoBuffer in = kernel.allocate(16);
            assertThat(rig.call(t -> kernel.recvFrom(to, in, 0, 16, t))).isEqualTo(4);
            assertThat(Rig.text(in, 0, 4)).isEqualTo(String.format("%04d", i));
            kernel.release(in);
            kernel.release(out);
        }
    }

    @BackendTest
    void K10_unixSockets(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long listener;
        try {
            listener = kernel.socket(AddressFamily.UNIX, SocketType.STREAM);
        } catch (TorusIoException e) {
            Lab.skip("no Unix sockets: " + e.getMessage());
            return;
        }
        UnixDomainSocketAddress address =
                UnixDomainSocketAddress.of(lab.directory().resolve("s"));
        kernel.bind(listener, address);
        kernel.listen(listener, 4);
        assertThat(kernel.localAddress(listener)).isEqualTo(address);
        long client = kernel.socket(AddressFamily.UNIX, SocketType.STREAM);
        long accept = rig.start(t -> kernel.accept(listener, t));
        assertThat(rig.call(t -> kernel.connect(client, address, t))).isZero();
        long server = rig.result(accept);
        IoBuffer out = rig.buffer("unix");
        IoBuffer in = kernel.allocate(8);
        assertThat(rig.call(t -> kernel.send(client, out, 0, 4, t))).isEqualTo(4);
        assertThat(rig.call(t -> kernel.recv(server, in, 0, 8, t))).isEqualTo(4);
        try (SocketChannel plain = SocketChannel.open(address)) {
            long third = rig.call(t -> kernel.accept(listener, t));
            assertThat(third).isNotNegative();
            assertThat(plain.isConnected()).isTrue();
        }
    }

    @BackendTest
    void K10_ipv6(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long listener;
        try {
            listener = kernel.socket(AddressFamily.INET6, SocketType.STREAM);
            kernel.bind(listener, SockAddr.loopback6(0));
        } catch (TorusIoException e) {
            Lab.skip("no IPv6: " + e.getMessage());
            return;
        }
        kernel.listen(listener, 4);
        long client = kernel.socket(AddressFamily.INET6, SocketType.STREAM);
        long accept = rig.start(t -> kernel.accept(listener, t));
        assertThat(rig.call(t -> kernel.connect(client, rig.address(listener), t)))
                .isZero();
        long server = rig.result(accept);
        assertThat(kernel.remoteAddress(client)).isEqualTo(kernel.localAddress(server));
    }

    @BackendTest
    void K10_anIpv4AddressOnAnIpv6Socket(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long listener = rig.listener(4);
        long client;
        try {
            client = kernel.socket(AddressFamily.INET6, SocketType.STREAM);
        } catch (TorusIoException e) {
            Lab.skip("no IPv6: " + e.getMessage());
            return;
        }
        long result = rig.call(t -> kernel.connect(client, rig.address(listener), t));
        // a host with IPv6 switched off for mapped addresses may say that it has no such route
        assertThat(result).as(Errno.describe(result)).isZero();
    }

    @BackendTest(operations = {"RECV multishot", "SEND"})
    void K11_anEchoOutOfProvidedBuffers(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        BufferGroup group = kernel.bufferGroup(8, 256);
        int total = 200_000;
        byte[] data = new byte[total];
        for (int i = 0; i < total; i++) {
            data[i] = Region.pattern(i, 11);
        }
        lab.thread("writer", () -> {
            link.write(data);
            link.channel().shutdownOutput();
            return null;
        });
        var echoed = lab.thread("reader", () -> link.read(total));
        int[] sending = {0};
        boolean[] ended = {false};
        boolean[] armed = {true};
        kernel.recvMultishot(link.handle(), group, -1);
        while (!ended[0] || sending[0] > 0) {
            kernel.enter(-1);
            kernel.drain((token, result, flags) -> {
                if (token >= 0) {
                    group.recycle((int) token);
                    sending[0]--;
                    return;
                }
                armed[0] = Completions.more(flags);
                if (result > 0) {
                    int id = Completions.bufferId(flags);
                    sending[0]++;
                    kernel.sendFrom(link.handle(), group, id, 0, (int) result, id);
                } else if (result == 0) {
                    ended[0] = true;
                } else {
                    assertThat(result).isEqualTo(Errno.ENOBUFS.result());
                }
            });
            if (!armed[0] && !ended[0] && group.lent() < group.buffers()) {
                armed[0] = true;
                kernel.recvMultishot(link.handle(), group, -1);
            }
        }
        assertThat(Lab.join(echoed)).isEqualTo(data);
        assertThat(group.lent()).isZero();
        group.close();
    }

    @BackendTest(operations = "RECV with provided buffer")
    void K11_noBufferIsEnobufsAndNothingIsLost(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        BufferGroup group = kernel.bufferGroup(2, 8);
        link.write("0123456789abcdefXYZ");
        List<Integer> held = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        while (text.length() < 19) {
            Rig.Completion c = rig.last(rig.start(t -> kernel.recvSelect(link.handle(), group, t)));
            if (c.result() == Errno.ENOBUFS.result()) {
                assertThat(held).hasSize(2);
                held.forEach(group::recycle);
                held.clear();
                continue;
            }
            int id = Completions.bufferId(c.flags());
            held.add(id);
            for (int i = 0; i < c.result(); i++) {
                text.append((char) group.buffer(id).get(i));
            }
            assertThat(group.lent()).isEqualTo(held.size());
        }
        assertThat(text.toString()).isEqualTo("0123456789abcdefXYZ");
        held.forEach(group::recycle);
    }

    @BackendTest(operations = {"OPENAT", "READ", "WRITE", "FSYNC"})
    void K05_aFileFromOpenToClose(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path path = lab.directory().resolve("file with späces");
        long file = rig.call(t -> kernel.openFile(path, RW_CREATE, 0600, t));
        assertThat(file).as(Errno.describe(file)).isNotNegative();
        IoBuffer buffer = rig.buffer("0123456789");
        assertThat(rig.call(t -> kernel.write(file, buffer, 0, 10, 0, t))).isEqualTo(10);
        assertThat(rig.call(t -> kernel.write(file, buffer, 0, 5, 10, t))).isEqualTo(5);
        assertThat(rig.call(t -> kernel.fsync(file, false, t))).isZero();
        assertThat(rig.call(t -> kernel.fsync(file, true, t))).isZero();
        assertThat(Files.readString(path)).isEqualTo("012345678901234");
        IoBuffer in = kernel.allocate(64);
        assertThat(rig.call(t -> kernel.read(file, in, 8, 32, 5, t))).isEqualTo(10);
        assertThat(Rig.text(in, 8, 10)).isEqualTo("5678901234");
        assertThat(rig.call(t -> kernel.read(file, in, 0, 8, 15, t))).isZero();
        assertThat(rig.call(t -> kernel.read(file, in, 0, 8, 1L << 40, t))).isZero();
        assertThat(rig.call(t -> kernel.truncate(file, 3, t))).isZero();
        assertThat(Files.size(path)).isEqualTo(3);
        long[] fields = new long[BlockingFiles.STAT_FIELDS];
        assertThat(rig.call(t -> kernel.stat(file, fields, t))).isZero();
        assertThat(fields[BlockingFiles.STAT_SIZE]).isEqualTo(3);
        assertThat(rig.call(t -> kernel.truncate(file, -1, t))).isEqualTo(Errno.EINVAL.result());
        assertThat(rig.call(t -> kernel.close(file, t))).isZero();
        assertThat(rig.call(t -> kernel.read(file, in, 0, 8, 0, t))).isEqualTo(Errno.EBADF.result());
    }

    @BackendTest(operations = "OPENAT")
    void K05_openingWhatCannotBeOpened(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path directory = lab.directory();
        Path file = Files.writeString(directory.resolve("f"), "x");
        long missing = rig.call(t -> kernel.openFile(directory.resolve("missing"), BlockingFiles.O_RDONLY, 0, t));
        assertThat(missing).isEqualTo(Errno.ENOENT.result());
        assertThat(TorusIoException.of("open", "missing", missing))
                .isInstanceOf(dev.torus.kernel.NoSuchPathException.class);
        assertThat(rig.call(t -> kernel.openFile(file.resolve("below"), BlockingFiles.O_RDONLY, 0, t)))
                .isEqualTo(Errno.ENOTDIR.result());
        assertThat(rig.call(t -> kernel.openFile(file, RW_CREATE | BlockingFiles.O_EXCL, 0600, t)))
                .isEqualTo(Errno.EEXIST.result());
        assertThat(rig.call(t -> kernel.openFile(directory, BlockingFiles.O_WRONLY, 0, t)))
                .isEqualTo(Errno.EISDIR.result());
        assertThat(kernel.stats().openHandles()).isZero();
    }

    @BackendTest(operations = {"OPENAT", "READ"})
    void K05_readingADirectoryIsEisdir(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long opened = rig.call(t -> kernel.openFile(lab.directory(), BlockingFiles.O_RDONLY, 0, t));
        if (opened == Errno.EISDIR.result()) {
            return; // said at once
        }
        assertThat(opened).as(Errno.describe(opened)).isNotNegative();
        IoBuffer buffer = kernel.allocate(8);
        assertThat(rig.call(t -> kernel.read(opened, buffer, 0, 8, 0, t))).isEqualTo(Errno.EISDIR.result());
    }

    @BackendTest(operations = {"READ", "WRITE"})
    void K05_aDescriptorOpenedForTheOtherDirectionIsEbadf(Lab lab) throws IOException {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path path = Files.writeString(lab.directory().resolve("f"), "x");
        long reader = rig.call(t -> kernel.openFile(path, BlockingFiles.O_RDONLY, 0, t));
        long writer = rig.call(t -> kernel.openFile(path, BlockingFiles.O_WRONLY, 0, t));
        IoBuffer buffer = kernel.allocate(8);
        assertThat(rig.call(t -> kernel.write(reader, buffer, 0, 8, 0, t))).isEqualTo(Errno.EBADF.result());
        assertThat(rig.call(t -> kernel.read(writer, buffer, 0, 8, 0, t))).isEqualTo(Errno.EBADF.result());
        assertThat(buffer.isLent()).isFalse();
    }

    @BackendTest(operations = {"READ", "WRITE"})
    void K05_aBigFileInManyPieces(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        long file = rig.call(t -> kernel.openFile(lab.directory().resolve("big"), RW_CREATE, 0600, t));
        int block = 65536;
        int blocks = 64;
        List<Long> tokens = new ArrayList<>();
        List<IoBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            IoBuffer buffer = kernel.allocate(block);
            for (int b = 0; b < block; b++) {
                buffer.bytes().put(b, Region.pattern(b, i));
            }
            buffers.add(buffer);
            long position = (long) i * block;
            tokens.add(rig.start(t -> kernel.write(file, buffer, 0, block, position, t)));
        }
        tokens.forEach(token -> assertThat(rig.result(token)).isEqualTo(block));
        tokens.clear();
        for (int i = 0; i < blocks; i++) {
            IoBuffer buffer = buffers.get(i);
            long position = (long) (blocks - 1 - i) * block;
            tokens.add(rig.start(t -> kernel.read(file, buffer, 0, block, position, t)));
        }
        for (int i = 0; i < blocks; i++) {
            assertThat(rig.result(tokens.get(i))).isEqualTo(block);
            assertThat(buffers.get(i).bytes().get(777)).isEqualTo(Region.pattern(777, blocks - 1 - i));
        }
    }

    @BackendTest(operations = {"OPENAT", "deadline"})
    void K06_whatAnOpenWithAPassedDeadlineOpenedIsClosed(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Path path = lab.directory().resolve("f");
        for (int i = 0; i < 50; i++) {
            long timeout = 1 + i * 2000L;
            Rig.Completion end = rig.last(rig.start(t -> kernel.openFile(path, RW_CREATE, 0600, t, timeout)));
            if (end.result() >= 0) {
                rig.call(t -> kernel.close(end.result(), t));
            } else {
                assertThat(end.result()).isEqualTo(Errno.ECANCELED.result());
                assertThat(Completions.timedOut(end.flags())).isTrue();
            }
        }
        assertThat(kernel.stats().openHandles()).isZero();
    }

    @BackendTest(operations = "POLL_ADD")
    void K10_poll(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        long out = rig.call(t -> rig.kernel().poll(link.handle(), RingAbi.POLLOUT, t));
        assertThat(out & RingAbi.POLLOUT).isEqualTo(RingAbi.POLLOUT);
        long in = rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t));
        rig.turn(0);
        assertThat(rig.isPending(in)).isTrue();
        link.write("x");
        assertThat(rig.result(in) & RingAbi.POLLIN).isEqualTo(RingAbi.POLLIN);
    }

    @BackendTest(operations = {"POLL_ADD", "RECV"})
    void K10_aPollBesideAReceiveBothEnd(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer buffer = rig.kernel().allocate(8);
        for (int i = 0; i < 20; i++) {
            long first = rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t));
            long second = rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t));
            rig.turn(0);
            link.write("x");
            assertThat(rig.result(first) & RingAbi.POLLIN).isEqualTo(RingAbi.POLLIN);
            assertThat(rig.result(second) & RingAbi.POLLIN).isEqualTo(RingAbi.POLLIN);
            assertThat(rig.call(t -> rig.kernel().recv(link.handle(), buffer, 0, 8, t)))
                    .isOne();
        }
    }

    @BackendTest
    void K18_acceptingAtTheDescriptorLimitIsEmfileAndRecovers(Lab lab) throws Exception {
        String reason = Child.unavailableReason();
        if (reason != null) {
            Lab.skip(reason);
        }
        Child.Result result = Child.run(
                "ulimit -n 200",
                KernelAtTheLimit.class,
                lab.provider().getClass().getName());

        assertThat(result.output()).endsWith("recovered\n");
        assertThat(result.status()).isZero();
    }
}
