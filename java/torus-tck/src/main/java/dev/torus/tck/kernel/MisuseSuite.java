package dev.torus.tck.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torus.kernel.BufferGroup;
import dev.torus.kernel.BufferLentException;
import dev.torus.kernel.Completions;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.PendingLimitException;
import dev.torus.kernel.Shutdown;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.SockAddr;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Rule 15: misuse throws when queueing and queues nothing; a state completes with -EBADF. And the limits. */
public abstract class MisuseSuite {
    private static final long EBADF = Errno.EBADF.result();

    @BackendTest
    void K15_rangesOutsideTheBufferThrow(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        IoBuffer buffer = kernel.allocate(64);
        int[][] ranges = {
            {-1, 8},
            {0, -1},
            {0, 65},
            {64, 1},
            {60, 5},
            {65, 0},
            {Integer.MAX_VALUE, 1},
            {1, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, Integer.MIN_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE}
        };
        for (int[] r : ranges) {
            nothingQueued(
                    rig, IndexOutOfBoundsException.class, () -> kernel.recv(link.handle(), buffer, r[0], r[1], 1));
            nothingQueued(
                    rig, IndexOutOfBoundsException.class, () -> kernel.send(link.handle(), buffer, r[0], r[1], 1));
            nothingQueued(
                    rig, IndexOutOfBoundsException.class, () -> kernel.recvFrom(link.handle(), buffer, r[0], r[1], 1));
            nothingQueued(
                    rig,
                    IndexOutOfBoundsException.class,
                    () -> kernel.sendTo(link.handle(), buffer, r[0], r[1], SockAddr.loopback(9), 1));
            nothingQueued(
                    rig, IndexOutOfBoundsException.class, () -> kernel.read(link.handle(), buffer, r[0], r[1], 0, 1));
            nothingQueued(
                    rig, IndexOutOfBoundsException.class, () -> kernel.write(link.handle(), buffer, r[0], r[1], 0, 1));
        }
        assertThat(buffer.isLent()).isFalse();
        link.write("exact");
        assertThat(rig.call(t -> kernel.recv(link.handle(), buffer, 59, 5, t))).isEqualTo(5);
    }

    @BackendTest
    void K15_aLentBufferIsRefusedUntilItComesHome(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        Rig.Link other = rig.link();
        IoBuffer buffer = kernel.allocate(64);
        long recv = rig.start(t -> kernel.recv(link.handle(), buffer, 0, 8, t));
        nothingQueued(rig, BufferLentException.class, () -> kernel.recv(other.handle(), buffer, 8, 8, 1));
        nothingQueued(rig, BufferLentException.class, () -> kernel.send(other.handle(), buffer, 8, 8, 1));
        nothingQueued(rig, BufferLentException.class, () -> kernel.release(buffer));
        rig.cancel(recv);
        rig.last(recv);

        assertThat(rig.call(t -> kernel.send(other.handle(), buffer, 8, 8, t))).isEqualTo(8);
        kernel.release(buffer);
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.send(other.handle(), buffer, 0, 8, 1));
    }

    @BackendTest
    void K15_aBufferThatSendsReadCannotBeWrittenInto(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        IoBuffer buffer = kernel.allocate(16 << 20);
        rig.start(t -> kernel.send(link.handle(), buffer, 0, 16 << 20, t));
        rig.start(t -> kernel.send(link.handle(), buffer, 0, 16, t));

        nothingQueued(rig, BufferLentException.class, () -> kernel.recv(link.handle(), buffer, 0, 8, 1));
        nothingQueued(rig, BufferLentException.class, () -> kernel.release(buffer));
    }

    @BackendTest
    void K15_memoryThatCannotBeRegisteredIsRefused(Lab lab) {
        Rig rig = Rig.of(lab);
        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().register(ByteBuffer.allocate(64)));
        nothingQueued(
                rig,
                IllegalArgumentException.class,
                () -> rig.kernel().register(ByteBuffer.allocateDirect(64).asReadOnlyBuffer()));
        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().register(ByteBuffer.allocateDirect(0)));
        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().allocate(0));
        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().allocate(-1));
    }

    @BackendTest
    void K15_aBufferOfAnotherKernelIsRefused(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig other = Rig.of(lab);
        Rig.Link link = rig.link();
        IoBuffer foreign = other.kernel().allocate(8);
        BufferGroup foreignGroup = other.kernel().bufferGroup(2, 64);

        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().recv(link.handle(), foreign, 0, 8, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> rig.kernel().release(foreign));
        nothingQueued(
                rig, IllegalArgumentException.class, () -> rig.kernel().recvMultishot(link.handle(), foreignGroup, 1));
    }

    @BackendTest
    void K15_aSliceOfUsersMemoryIsRegisteredFromItsOwnStart(Lab lab) {
        Rig rig = Rig.of(lab);
        Rig.Link link = rig.link();
        ByteBuffer whole = ByteBuffer.allocateDirect(64);
        IoBuffer slice = rig.kernel().register(whole.position(16).limit(32).slice());
        assertThat(slice.capacity()).isEqualTo(16);
        link.write("inside");
        assertThat(rig.call(t -> rig.kernel().recv(link.handle(), slice, 0, 16, t)))
                .isEqualTo(6);
        assertThat(whole.get(16)).isEqualTo((byte) 'i');
        assertThat(whole.get(15)).isZero();
        nothingQueued(rig, IndexOutOfBoundsException.class, () -> rig.kernel().recv(link.handle(), slice, 0, 17, 1));
    }

    @BackendTest
    void K15_handlesThatNeverWereCompleteWithEbadf(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        IoBuffer buffer = kernel.allocate(8);
        BufferGroup group = kernel.bufferGroup(2, 64);
        long[] handles = {-1, 0, 5, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 0x7FFF_FFFFL, 0xFFFF_FFFFL};
        for (long handle : handles) {
            assertThat(rig.call(t -> kernel.recv(handle, buffer, 0, 8, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.send(handle, buffer, 0, 8, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.accept(handle, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.acceptMultishot(handle, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.connect(handle, SockAddr.loopback(9), t)))
                    .isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.recvSelect(handle, group, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.recvMultishot(handle, group, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.recvFrom(handle, buffer, 0, 8, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.sendTo(handle, buffer, 0, 8, SockAddr.loopback(9), t)))
                    .isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.poll(handle, RingAbi.POLLIN, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.shutdown(handle, Shutdown.BOTH, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.read(handle, buffer, 0, 8, 0, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.write(handle, buffer, 0, 8, 0, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.fsync(handle, false, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.truncate(handle, 0, t))).isEqualTo(EBADF);
            assertThat(rig.call(t -> kernel.close(handle, t))).isEqualTo(EBADF);
            assertThatThrownBy(() -> kernel.bind(handle, SockAddr.loopback(0))).isInstanceOf(TorusIoException.class);
            assertThatThrownBy(() -> kernel.localAddress(handle)).isInstanceOf(TorusIoException.class);
        }
        assertThat(buffer.isLent()).isFalse();
    }

    @BackendTest(operations = "CLOSE")
    void K15_closingWhatIsClosedClosesNothingElse(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        List<Long> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(rig.tcp());
        }
        long closed = rig.tcp();
        assertThat(rig.call(t -> kernel.close(closed, t))).isZero();
        // so many at once that they have the places of other operations, and new ones
        List<Long> again = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            again.add(rig.start(t -> kernel.close(closed, t)));
        }
        assertThat(again).allSatisfy(token -> assertThat(rig.result(token)).isEqualTo(EBADF));
        long late = rig.tcp();
        assertThat(open).doesNotContain(late);
        open.add(late);
        assertThat(open)
                .allSatisfy(handle ->
                        assertThat(rig.call(t -> kernel.close(handle, t))).isZero());
    }

    @BackendTest
    void K15_aHandleOfTheWrongKindThrows(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        IoBuffer buffer = kernel.allocate(8);
        long socket = rig.tcp();
        long file = rig.call(t ->
                kernel.openFile(lab.directory().resolve("f"), BlockingFiles.O_RDWR | BlockingFiles.O_CREAT, 0600, t));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.read(socket, buffer, 0, 8, 0, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.recv(file, buffer, 0, 8, 1));
    }

    @BackendTest
    void K15_argumentsThatMakeNoSenseThrow(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        IoBuffer buffer = kernel.allocate(8);
        Rig.Link link = rig.link();
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.recv(link.handle(), buffer, 0, 8, 1, -1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.read(link.handle(), buffer, 0, 8, -2, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.poll(link.handle(), 0, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.poll(link.handle(), 1 << 31, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.bufferGroup(3, 64));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.bufferGroup(0, 64));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.bufferGroup(4, 0));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.bufferGroup(1 << 15, 1 << 20));
        nothingQueued(rig, NullPointerException.class, () -> kernel.send(link.handle(), null, 0, 8, 1));
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.connect(link.handle(), null, 1));
        nothingQueued(rig, NullPointerException.class, () -> kernel.blocking(null, 1));
        nothingQueued(rig, NullPointerException.class, () -> kernel.shutdown(link.handle(), null, 1));
        assertThat(buffer.isLent()).isFalse();
    }

    @BackendTest
    void K15_providedBuffersAreCheckedLikeOthers(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        Rig.Link link = rig.link();
        BufferGroup group = kernel.bufferGroup(2, 64);
        nothingQueued(rig, IllegalStateException.class, () -> group.recycle(0));
        nothingQueued(rig, IndexOutOfBoundsException.class, () -> group.recycle(2));
        nothingQueued(rig, IndexOutOfBoundsException.class, () -> group.buffer(-1));
        nothingQueued(rig, IllegalStateException.class, () -> kernel.sendFrom(link.handle(), group, 0, 0, 8, 1));
        link.write("data");
        Rig.Completion got = rig.last(rig.start(t -> kernel.recvSelect(link.handle(), group, t)));
        int id = Completions.bufferId(got.flags());
        nothingQueued(rig, IndexOutOfBoundsException.class, () -> kernel.sendFrom(link.handle(), group, id, 60, 5, 1));
        nothingQueued(rig, BufferLentException.class, group::close);
        long send = rig.start(t -> kernel.sendFrom(link.handle(), group, id, 0, 4, t));
        nothingQueued(rig, BufferLentException.class, () -> group.recycle(id));
        assertThat(rig.result(send)).isEqualTo(4);
        assertThat(link.readText(4)).isEqualTo("data");
        group.recycle(id);
        nothingQueued(rig, IllegalStateException.class, () -> group.recycle(id));
        group.close();
        nothingQueued(rig, IllegalArgumentException.class, () -> kernel.recvSelect(link.handle(), group, 1));
    }

    @BackendTest
    void K15_everythingThrowsAfterClose(Lab lab) {
        Rig rig = Rig.of(lab);
        IoKernel kernel = rig.kernel();
        IoBuffer buffer = kernel.allocate(8);
        BufferGroup group = kernel.bufferGroup(2, 64);
        long handle = rig.tcp();
        kernel.enter(0);
        kernel.close();
        rig.abandon();
        List<ThrowingCallable> calls = List.of(
                () -> kernel.nop(1),
                () -> kernel.recv(handle, buffer, 0, 8, 1),
                () -> kernel.close(handle, 1),
                () -> kernel.cancel(1, 1),
                () -> kernel.enter(0),
                () -> kernel.drain((token, result, flags) -> {}),
                () -> kernel.allocate(8),
                () -> kernel.release(buffer),
                () -> kernel.blocking(() -> 0, 1),
                () -> kernel.bind(handle, SockAddr.loopback(0)));
        for (ThrowingCallable call : calls) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateException.class);
        }
        assertThat(kernel.post(() -> {})).isFalse();
        kernel.wakeup();
        kernel.shutdown();
        group.close();
        kernel.close();
    }

    @BackendTest
    void K18_beyondTheHighWatermarkQueueingThrowsAndRecovers(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).maxPending(32));
        Rig.Link link = rig.link();
        List<Long> polls = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            polls.add(rig.start(t -> rig.kernel().poll(link.handle(), RingAbi.POLLIN, t)));
        }
        IoBuffer buffer = rig.kernel().allocate(8);
        nothingQueued(rig, PendingLimitException.class, () -> rig.kernel().nop(1));
        nothingQueued(rig, PendingLimitException.class, () -> rig.kernel().recv(link.handle(), buffer, 0, 8, 1));
        assertThat(buffer.isLent()).isFalse();
        assertThat(rig.kernel().pending()).isEqualTo(32);
        // what makes room again must be possible
        assertThat(rig.cancel(polls.get(0))).isZero();
        assertThat(rig.result(polls.get(0))).isEqualTo(Errno.ECANCELED.result());
        assertThat(rig.call(t -> rig.kernel().nop(t))).isZero();
        assertThat(rig.call(t -> rig.kernel().close(link.handle(), t))).isZero();
        assertThat(rig.kernel().pending()).isZero();
    }

    @BackendTest
    void K18_beyondTheHandleLimitIsEmfileAndRecovers(Lab lab) {
        Rig rig = Rig.of(lab, KernelOptions.builder().submissionEntries(16).maxHandles(4));
        long listener = rig.listener(8);
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            handles.add(rig.tcp());
        }
        assertThatThrownBy(() ->
                        rig.kernel().socket(dev.torus.kernel.AddressFamily.INET, dev.torus.kernel.SocketType.STREAM))
                .isInstanceOf(dev.torus.kernel.DescriptorLimitException.class);
        rig.channel(rig.address(listener).getPort());
        assertThat(rig.call(t -> rig.kernel().accept(listener, t))).isEqualTo(Errno.EMFILE.result());
        rig.call(t -> rig.kernel().close(handles.get(0), t));
        rig.link(listener);
        assertThat(rig.kernel().stats().openHandles()).isEqualTo(4);
    }

    @BackendTest
    void K18_pendingGoesBackToZero(Lab lab) {
        Rig rig = Rig.of(lab);
        for (int i = 0; i < 100; i++) {
            rig.call(t -> rig.kernel().nop(t));
        }
        assertThat(rig.kernel().pending()).isZero();
        assertThat(rig.kernel().stats().lentBuffers()).isZero();
    }

    /** It throws, and neither an operation nor a lent buffer is left of it. */
    private static void nothingQueued(Rig rig, Class<? extends Throwable> type, ThrowingCallable call) {
        int pending = rig.kernel().pending();
        int lent = rig.kernel().stats().lentBuffers();
        assertThatThrownBy(call).isInstanceOf(type);
        assertThat(rig.kernel().pending()).isEqualTo(pending);
        assertThat(rig.kernel().stats().lentBuffers()).isEqualTo(lent);
    }
}
