package dev.torus.benchmarks.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Files by the JDK: FileChannel on a pool of four threads, or (--async) AsynchronousFileChannel with such a pool; results come back
 * to one thread through a queue, as to a loop. Arguments: FILE BYTES [--async].
 */
public final class JdkFiles extends Contestant {
    private static final int THREADS = 4;

    private final ByteBuffer[] buffers = new ByteBuffer[MAX_DEPTH];
    private final ArrayBlockingQueue<Integer> ended = new ArrayBlockingQueue<>(MAX_DEPTH);
    private final ExecutorService pool;
    private final FileChannel channel;
    private final AsynchronousFileChannel async;
    private volatile Throwable failure;

    private JdkFiles(Path path, long fileBytes, boolean isAsync) throws IOException {
        super(path, fileBytes);
        pool = Executors.newFixedThreadPool(THREADS, work -> {
            Thread thread = new Thread(work, "files");
            thread.setDaemon(true);
            return thread;
        });
        channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        async = isAsync
                ? AsynchronousFileChannel.open(
                        path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), pool)
                : null;
        for (int i = 0; i < MAX_DEPTH; i++) {
            buffers[i] = ByteBuffer.allocateDirect(MAX_BYTES);
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean isAsync = arguments.length > 2 && arguments[2].equals("--async");
        new JdkFiles(Path.of(arguments[0]), Long.parseLong(arguments[1]), isAsync).obey();
    }

    @Override
    long run(Work work) throws Exception {
        long done = 0;
        long end = deadline(work);
        for (int slot = 0; slot < work.depth(); slot++) {
            start(work, slot);
        }
        int inFlight = work.depth();
        while (inFlight > 0) {
            int slot = ended.take();
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            done++;
            if (System.nanoTime() - end < 0) {
                start(work, slot);
            } else {
                inFlight--;
            }
        }
        return done;
    }

    private void start(Work work, int slot) {
        long position = work.operation().ordinal() <= Operation.SYNC.ordinal() ? position(work) : 0;
        if (async != null && work.operation() == Operation.READ) {
            async.read(buffers[slot].clear().limit(work.bytes()), position, slot, whole(work));
        } else if (async != null && work.operation() == Operation.WRITE) {
            async.write(buffers[slot].clear().limit(work.bytes()), position, slot, whole(work));
        } else {
            pool.execute(() -> block(work, slot, position));
        }
    }

    private CompletionHandler<Integer, Integer> whole(Work work) {
        return new CompletionHandler<>() {
            @Override
            public void completed(Integer result, Integer slot) {
                if (result != work.bytes()) {
                    failure = new IOException(result + " of " + work.bytes() + " bytes");
                }
                ended.add(slot);
            }

            @Override
            public void failed(Throwable exception, Integer slot) {
                failure = exception;
                ended.add(slot);
            }
        };
    }

    private void block(Work work, int slot, long position) {
        try {
            ByteBuffer buffer = buffers[slot].clear().limit(work.bytes());
            switch (work.operation()) {
                case READ -> check(channel.read(buffer, position), work.bytes());
                case WRITE -> check(channel.write(buffer, position), work.bytes());
                case SYNC -> {
                    check(channel.write(buffer, position), work.bytes());
                    channel.force(false);
                }
                case OPEN -> FileChannel.open(path, StandardOpenOption.READ).close();
                case STAT -> Files.readAttributes(path, BasicFileAttributes.class);
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
        ended.add(slot);
    }
}
