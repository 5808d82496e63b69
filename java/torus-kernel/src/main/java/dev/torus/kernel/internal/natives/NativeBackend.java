package dev.torus.kernel.internal.natives;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BackendConfig;
import dev.torus.kernel.spi.BackendUnavailableException;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import dev.torus.kernel.spi.Rings;
import dev.torus.kernel.spi.SocketControl;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A backend of libtorus. Which one it is makes no difference here: they have the same functions and the same rings. */
final class NativeBackend implements Backend {
    private static final int EBADF = 9;
    private static final int EINVAL = 22;

    /** {@link #foreign}: no new call may begin. The other bits count the calls inside. */
    private static final int CLOSED = 1 << 31;

    private static final VarHandle FOREIGN;

    static {
        try {
            FOREIGN = MethodHandles.lookup().findVarHandle(NativeBackend.class, "foreign", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    private final String description;
    private final Rings rings;
    private final long operations;
    private final NativeSockets sockets = new NativeSockets(this);
    private final BlockingFiles files = new NativeFiles(this);

    /** The C side; 0 once closed. The owner's, and other threads' between {@link #enterForeign} and leaving. */
    private long pointer;

    /** Calls of threads other than the owner that are inside C right now; closing waits for them. */
    @SuppressWarnings("unused") // by FOREIGN
    private volatile int foreign;

    private NativeBackend(String name, long pointer, Rings rings) {
        this.name = name;
        this.pointer = pointer;
        this.rings = rings;
        byte[] text = new byte[Text.BYTES];
        NativeBinding.describe(pointer, text);
        this.description = Text.of(text) + ", library from " + NativeLibrary.origin();
        this.operations = NativeBinding.operations(pointer);
    }

    /**
     * Opens a ring of the library's backend {@code name}.
     *
     * @throws BackendUnavailableException with the reason that C gave
     */
    static NativeBackend open(String name, BackendConfig config) throws BackendUnavailableException {
        byte[] reason = new byte[Text.BYTES];
        long pointer =
                NativeBinding.open(Text.bytes(name), config.submissionEntries(), config.completionEntries(), reason);
        if (pointer < 0) {
            throw new BackendUnavailableException(Text.of(reason));
        }
        try {
            return new NativeBackend(name, pointer, map(pointer));
        } catch (RuntimeException | Error e) {
            NativeBinding.close(pointer);
            throw e;
        }
    }

    private static Rings map(long pointer) {
        int[] layout = new int[NativeBinding.LAYOUT_FIELDS];
        NativeBinding.layout(pointer, layout);
        return new Rings(
                memory(pointer, NativeBinding.MEMORY_SQ_RING),
                layout[NativeBinding.LAYOUT_SQ_HEAD],
                layout[NativeBinding.LAYOUT_SQ_TAIL],
                layout[NativeBinding.LAYOUT_SQ_FLAGS],
                layout[NativeBinding.LAYOUT_SQ_ARRAY],
                layout[NativeBinding.LAYOUT_SQ_ENTRIES],
                memory(pointer, NativeBinding.MEMORY_ENTRIES),
                memory(pointer, NativeBinding.MEMORY_CQ_RING),
                layout[NativeBinding.LAYOUT_CQ_HEAD],
                layout[NativeBinding.LAYOUT_CQ_TAIL],
                layout[NativeBinding.LAYOUT_CQ_OFFSET],
                layout[NativeBinding.LAYOUT_CQ_ENTRIES]);
    }

    private static ByteBuffer memory(long pointer, int which) {
        ByteBuffer memory = NativeBinding.memory(pointer, which);
        if (memory == null) {
            throw new IllegalStateException("this Java virtual machine gives native code no direct buffers");
        }
        return memory.order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Rings rings() {
        return rings;
    }

    @Override
    public boolean supports(int opcode) {
        return opcode >= 0 && opcode < Long.SIZE && (operations >>> opcode & 1) != 0;
    }

    @Override
    public int enable() {
        return NativeBinding.enable(pointer);
    }

    @Override
    public boolean armWakeup(ByteBuffer entries, int offset) {
        int result = NativeBinding.armWakeup(pointer, entries, offset);
        if (result < 0) {
            throw new IllegalArgumentException("offset " + offset + " is not that of a submission entry");
        }
        return result > 0;
    }

    @Override
    public int enter(int toSubmit, int minComplete, long timeoutNanos) {
        return NativeBinding.enter(pointer, toSubmit, minComplete, timeoutNanos);
    }

    @Override
    public void wakeup() {
        if (enterForeign()) {
            try {
                NativeBinding.wakeup(pointer);
            } finally {
                leaveForeign();
            }
        }
    }

    @Override
    public long register(ByteBuffer direct) {
        return direct.isDirect() ? NativeBinding.register(pointer, direct) : -EINVAL;
    }

    @Override
    public int unregister(long base) {
        return NativeBinding.unregister(pointer, base);
    }

    @Override
    public int registerBufferRing(int group, ByteBuffer ring, long ringBase, int entries) {
        if (entries <= 0 || ring.capacity() < (long) entries * RingAbi.BUF_BYTES) {
            return -EINVAL;
        }
        return NativeBinding.registerBuffers(pointer, group, ringBase, entries);
    }

    @Override
    public int unregisterBufferRing(int group) {
        return NativeBinding.unregisterBuffers(pointer, group);
    }

    @Override
    public SocketControl sockets() {
        return sockets;
    }

    @Override
    public BlockingFiles files() {
        return files;
    }

    @Override
    public long counter(Counter counter) {
        long ofRing = NativeBinding.counter(pointer, counter.ordinal());
        boolean beside = counter == Counter.CROSSINGS || counter == Counter.SYSCALLS;
        return beside ? ofRing + sockets.callsBeside() : ofRing;
    }

    @Override
    public void close() {
        int before = (int) FOREIGN.getAndBitwiseOr(this, CLOSED);
        if (before < 0) {
            return;
        }
        // A wake-up is one write, opening or closing a file may take longer: in no case would freeing be safe.
        while (foreign != CLOSED) {
            Thread.yield();
        }
        long closed = pointer;
        pointer = 0;
        NativeBinding.close(closed);
    }

    /** The C side, for the owner. */
    long pointer() {
        return pointer;
    }

    /** Begins a call from any thread; false: closed, or about to be. */
    private boolean enterForeign() {
        int now;
        do {
            now = foreign;
            if (now < 0) {
                return false;
            }
        } while (!FOREIGN.compareAndSet(this, now, now + 1));
        return true;
    }

    private void leaveForeign() {
        FOREIGN.getAndAdd(this, -1);
    }

    /** Opens a file and makes it known; any thread. */
    int openFile(byte[] path, int flags, int mode) {
        if (!enterForeign()) {
            return -EBADF;
        }
        try {
            return NativeBinding.fileOpen(pointer, path, flags, mode);
        } finally {
            leaveForeign();
        }
    }

    /** Closes a file; any thread. */
    int closeFile(int fd) {
        if (!enterForeign()) {
            return -EBADF;
        }
        try {
            return NativeBinding.fileClose(pointer, fd);
        } finally {
            leaveForeign();
        }
    }

    /** Reads a file; any thread. */
    int readFile(int fd, long address, int length, long position) {
        if (!enterForeign()) {
            return -EBADF;
        }
        try {
            return NativeBinding.fileRead(pointer, fd, address, length, position);
        } finally {
            leaveForeign();
        }
    }

    /** Writes a file; any thread. */
    int writeFile(int fd, long address, int length, long position) {
        if (!enterForeign()) {
            return -EBADF;
        }
        try {
            return NativeBinding.fileWrite(pointer, fd, address, length, position);
        } finally {
            leaveForeign();
        }
    }
}
