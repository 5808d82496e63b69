package dev.torus.benchmarks.files;

import dev.torus.kernel.CompletionHandler;
import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.spi.BlockingFiles;
import java.nio.file.Path;

/** Files by the kernel, on the ring or (--pool) by its worker pool. Arguments: FILE BYTES [--pool]. */
public final class TorusFiles extends Contestant implements CompletionHandler {
    private final IoKernel kernel;
    private final IoBuffer[] buffers = new IoBuffer[MAX_DEPTH];
    private final long[][] status = new long[MAX_DEPTH][BlockingFiles.STAT_FIELDS];
    private final boolean[] second = new boolean[MAX_DEPTH];
    private long file = -1;
    private Work work;
    private boolean more;
    private int inFlight;
    private long done;

    private TorusFiles(IoKernel kernel, Path path, long fileBytes) {
        super(path, fileBytes);
        this.kernel = kernel;
        for (int i = 0; i < MAX_DEPTH; i++) {
            buffers[i] = kernel.allocate(MAX_BYTES);
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean pool = arguments.length > 2 && arguments[2].equals("--pool");
        try (IoKernel kernel =
                IoKernel.open(KernelOptions.builder().filesOnPool(pool).build())) {
            TorusFiles files = new TorusFiles(kernel, Path.of(arguments[0]), Long.parseLong(arguments[1]));
            files.open();
            files.obey();
        }
    }

    private void open() {
        kernel.openFile(path, BlockingFiles.O_RDWR, 0, 0);
        while (file < 0) {
            kernel.enter(-1);
            kernel.drain((token, result, flags) -> file = result);
        }
    }

    @Override
    int workers() {
        return kernel.systemWorkers();
    }

    @Override
    long run(Work toDo) {
        work = toDo;
        more = true;
        done = 0;
        inFlight = work.depth();
        long end = deadline(work);
        for (int slot = 0; slot < work.depth(); slot++) {
            second[slot] = false;
            queue(slot, 0);
        }
        while (inFlight > 0) {
            kernel.enter(-1);
            more = more && System.nanoTime() - end < 0;
            kernel.drain(this);
        }
        return done;
    }

    private void queue(int slot, long result) {
        int bytes = work.bytes();
        switch (work.operation()) {
            case READ -> kernel.read(file, buffers[slot], 0, bytes, position(work), slot);
            case WRITE -> kernel.write(file, buffers[slot], 0, bytes, position(work), slot);
            case SYNC -> {
                if (second[slot]) {
                    kernel.fsync(file, true, slot);
                } else {
                    kernel.write(file, buffers[slot], 0, bytes, position(work), slot);
                }
            }
            case OPEN -> {
                if (second[slot]) {
                    kernel.close(result, slot);
                } else {
                    kernel.openFile(path, BlockingFiles.O_RDONLY, 0, slot);
                }
            }
            case STAT -> {
                BlockingFiles files = kernel.files();
                String name = path.toString();
                long[] fields = status[slot];
                kernel.blocking(() -> files.stat(name, true, fields), slot);
            }
        }
    }

    @Override
    public void completed(long token, long result, int flags) {
        int slot = (int) token;
        switch (work.operation()) {
            case READ, WRITE -> check(result, work.bytes());
            default -> {
                if (result < 0) {
                    throw new IllegalStateException(work + ": result " + result);
                }
            }
        }
        boolean twoSteps = work.operation() == Operation.SYNC || work.operation() == Operation.OPEN;
        boolean half = twoSteps && !second[slot];
        second[slot] = half;
        if (!half) {
            done++;
        }
        if (half || more) {
            queue(slot, result);
        } else {
            inFlight--;
        }
    }
}
