package dev.torus.tck.backend;

import static dev.torus.kernel.spi.BlockingFiles.O_APPEND;
import static dev.torus.kernel.spi.BlockingFiles.O_CREAT;
import static dev.torus.kernel.spi.BlockingFiles.O_EXCL;
import static dev.torus.kernel.spi.BlockingFiles.O_RDONLY;
import static dev.torus.kernel.spi.BlockingFiles.O_RDWR;
import static dev.torus.kernel.spi.BlockingFiles.O_TRUNC;
import static dev.torus.kernel.spi.BlockingFiles.O_WRONLY;
import static dev.torus.kernel.spi.RingAbi.OP_FSYNC;
import static dev.torus.kernel.spi.RingAbi.OP_READ;
import static dev.torus.kernel.spi.RingAbi.OP_WRITE;
import static dev.torus.tck.ring.Linux.EBADF;
import static dev.torus.tck.ring.Linux.EEXIST;
import static dev.torus.tck.ring.Linux.EISDIR;
import static dev.torus.tck.ring.Linux.ENOENT;
import static dev.torus.tck.ring.Linux.ENOTDIR;
import static dev.torus.tck.ring.Linux.ENOTEMPTY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.tck.BackendTest;
import dev.torus.tck.harness.Lab;
import dev.torus.tck.ring.Linux;
import dev.torus.tck.ring.Net;
import dev.torus.tck.ring.Region;
import dev.torus.tck.ring.RingDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/** Rule 5 for READ, WRITE and FSYNC where the ring has them, and the blocking file functions everywhere. */
public abstract class FileSuite {
    @BackendTest(operations = {"READ", "WRITE"})
    void B05_readAndWriteUseTheOffset(Lab lab) {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        int fd = open(lab, lab.directory().resolve("f"), O_RDWR | O_CREAT);
        Region memory = ring.region(64).put(0, "0123456789");
        assertThat(ring.result(lab.ops().write(fd, memory, 0, 10, 0))).isEqualTo(10);
        assertThat(ring.result(lab.ops().write(fd, memory, 0, 2, 20))).isEqualTo(2);

        assertThat(ring.result(lab.ops().read(fd, memory, 32, 3, 4))).isEqualTo(3);
        assertThat(memory.text(32, 3)).isEqualTo("456");
        assertThat(ring.result(lab.ops().read(fd, memory, 32, 32, 12)))
                .as("the hole is zeros")
                .isEqualTo(10);
        assertThat(memory.copy(32, 8)).containsOnly(0);
        assertThat(memory.text(40, 2)).isEqualTo("01");
    }

    @BackendTest(operations = {"READ", "WRITE"})
    void B05_minusOneIsTheCurrentPosition(Lab lab) {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        Path path = lab.directory().resolve("f");
        int fd = open(lab, path, O_RDWR | O_CREAT);
        Region memory = ring.region(64).put(0, "abcdef");
        assertThat(ring.result(lab.ops().write(fd, memory, 0, 3, -1))).isEqualTo(3);
        assertThat(ring.result(lab.ops().write(fd, memory, 3, 3, -1))).isEqualTo(3);
        int again = open(lab, path, O_RDONLY);
        assertThat(ring.result(lab.ops().read(again, memory, 32, 2, -1))).isEqualTo(2);
        assertThat(ring.result(lab.ops().read(again, memory, 34, 30, -1))).isEqualTo(4);

        assertThat(memory.text(32, 6)).isEqualTo("abcdef");
    }

    @BackendTest(operations = "READ")
    void B05_readIsShortOnlyAtTheEndAndThenZero(Lab lab) throws IOException {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        Path path = lab.directory().resolve("f");
        int size = 3 << 20;
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = Region.pattern(i, 1);
        }
        Files.write(path, data);
        int fd = open(lab, path, O_RDONLY);
        Region memory = ring.region(2 << 20);
        assertThat(ring.result(lab.ops().read(fd, memory, 0, 2 << 20, 0))).isEqualTo(2 << 20);
        assertThat(memory.bytes().get(12345)).isEqualTo(Region.pattern(12345, 1));
        assertThat(ring.result(lab.ops().read(fd, memory, 0, 2 << 20, 2 << 20))).isEqualTo(1 << 20);
        assertThat(memory.bytes().get(7)).isEqualTo(Region.pattern(7 + (2 << 20), 1));
        assertThat(ring.result(lab.ops().read(fd, memory, 0, 10, size))).isZero();
        assertThat(ring.result(lab.ops().read(fd, memory, 0, 10, size + 1_000_000L)))
                .isZero();
    }

    @BackendTest(operations = {"READ", "WRITE"})
    void B05_offsetsBeyondFourGigabytes(Lab lab) {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        int fd = open(lab, lab.directory().resolve("sparse"), O_RDWR | O_CREAT);
        long far = (5L << 30) + 3;
        Region memory = ring.region(64).put(0, "far");
        assertThat(ring.result(lab.ops().write(fd, memory, 0, 3, far))).isEqualTo(3);

        assertThat(ring.result(lab.ops().read(fd, memory, 32, 8, far))).isEqualTo(3);
        assertThat(memory.text(32, 3)).isEqualTo("far");
    }

    @BackendTest(operations = "FSYNC")
    void B05_fsyncAnswersZero(Lab lab) {
        lab.needs(OP_FSYNC, "FSYNC");
        int fd = open(lab, lab.directory().resolve("f"), O_RDWR | O_CREAT);

        assertThat(lab.ring().result(lab.ops().fsync(fd, false))).isZero();
        assertThat(lab.ring().result(lab.ops().fsync(fd, true))).isZero();
    }

    @BackendTest(operations = {"READ", "WRITE", "FSYNC"})
    void B05_badDescriptorsAndModesAreEbadf(Lab lab) {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        Path path = lab.directory().resolve("f");
        int writeOnly = open(lab, path, O_WRONLY | O_CREAT);
        int readOnly = open(lab, path, O_RDONLY);
        Region memory = ring.region(64);
        assertThat(ring.result(lab.ops().read(writeOnly, memory, 0, 8, 0))).isEqualTo(-EBADF);
        assertThat(ring.result(lab.ops().write(readOnly, memory, 0, 8, 0))).isEqualTo(-EBADF);
        assertThat(ring.result(lab.ops().read(1 << 20, memory, 0, 8, 0))).isEqualTo(-EBADF);
        assertThat(ring.result(lab.ops().write(1 << 20, memory, 0, 8, 0))).isEqualTo(-EBADF);
        if (ring.backend().supports(OP_FSYNC)) {
            assertThat(ring.result(lab.ops().fsync(1 << 20, false))).isEqualTo(-EBADF);
        }
    }

    @BackendTest(operations = {"READ", "WRITE"})
    void B05_manyReadsAndWritesAtOnce(Lab lab) {
        needsFiles(lab);
        RingDriver ring = lab.ring();
        int fd = open(lab, lab.directory().resolve("f"), O_RDWR | O_CREAT);
        int block = 4096;
        int blocks = 50;
        Region out = ring.region(block * blocks).fillPattern(3);
        Region in = ring.region(block * blocks);
        List<Long> writes = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            writes.add(lab.ops().write(fd, out, i * block, block, (long) i * block));
        }
        ring.awaitAll(writes).forEach(cqe -> assertThat(cqe.result()).isEqualTo(block));
        List<Long> reads = new ArrayList<>();
        for (int i = blocks - 1; i >= 0; i--) {
            reads.add(lab.ops().read(fd, in, i * block, block, (long) i * block));
        }
        ring.awaitAll(reads).forEach(cqe -> assertThat(cqe.result()).isEqualTo(block));
        assertThat(in.bytes()).isEqualTo(out.bytes());
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingOpenReportsWhatIsWrong(Lab lab) {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        String path = directory.resolve("f").toString();
        assertThat(files.open(path, O_RDONLY, 0)).isEqualTo(-ENOENT);
        assertThat(files.close(ok(files.open(path, O_RDWR | O_CREAT | O_EXCL, 0600))))
                .isZero();
        assertThat(files.open(path, O_RDWR | O_CREAT | O_EXCL, 0600)).isEqualTo(-EEXIST);
        assertThat(files.open(path + "/below", O_RDONLY, 0)).isEqualTo(-ENOTDIR);
        int asFile = files.open(directory.toString(), O_WRONLY, 0);
        assertThat(asFile).as(Linux.result(asFile)).isEqualTo(-EISDIR);
        assertThat(files.close(1 << 20)).isEqualTo(-EBADF);
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingReadAndWrite(Lab lab) {
        BlockingFiles files = lab.ring().backend().files();
        Region memory = lab.ring().region(64).put(0, "blocking");
        int fd = ok(files.open(lab.directory().resolve("f").toString(), O_RDWR | O_CREAT, 0600));
        assertThat(files.write(fd, memory.at(0), 8, 0)).isEqualTo(8);
        assertThat(files.write(fd, memory.at(0), 2, 4)).isEqualTo(2);
        assertThat(files.read(fd, memory.at(32), 32, 0)).isEqualTo(8);
        assertThat(memory.text(32, 8)).isEqualTo("blocblng");
        assertThat(files.read(fd, memory.at(32), 32, 8)).isZero();
        assertThat(files.fsync(fd, false)).isZero();
        assertThat(files.fsync(fd, true)).isZero();
        assertThat(files.truncate(fd, 3)).isZero();
        assertThat(files.read(fd, memory.at(32), 32, 0)).isEqualTo(3);
        assertThat(files.truncate(fd, 6)).isZero();
        assertThat(files.read(fd, memory.at(32), 32, 0)).isEqualTo(6);
        assertThat(memory.copy(35, 3)).containsOnly(0);
        assertThat(files.close(fd)).isZero();
        assertThat(files.read(fd, memory.at(0), 1, 0)).isEqualTo(-EBADF);
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingAppendAndPosition(Lab lab) {
        BlockingFiles files = lab.ring().backend().files();
        Region memory = lab.ring().region(64).put(0, "xyz");
        String path = lab.directory().resolve("f").toString();
        int fd = ok(files.open(path, O_WRONLY | O_CREAT | O_APPEND, 0600));
        assertThat(files.write(fd, memory.at(0), 3, -1)).isEqualTo(3);
        assertThat(files.write(fd, memory.at(0), 3, -1)).isEqualTo(3);
        files.close(fd);
        fd = ok(files.open(path, O_RDONLY, 0));
        assertThat(files.read(fd, memory.at(8), 4, -1)).isEqualTo(4);
        assertThat(files.read(fd, memory.at(12), 4, -1)).isEqualTo(2);
        assertThat(memory.text(8, 6)).isEqualTo("xyzxyz");
        files.close(fd);
        fd = ok(files.open(path, O_WRONLY | O_TRUNC, 0));
        files.close(fd);
        assertThat(Path.of(path)).isEmptyFile();
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingStat(Lab lab) throws IOException {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        Path path = Files.writeString(directory.resolve("f"), "12345");
        long[] out = new long[BlockingFiles.STAT_FIELDS];
        assertThat(files.stat(path.toString(), true, out)).isZero();
        assertThat(out[BlockingFiles.STAT_SIZE]).isEqualTo(5);
        assertThat(out[BlockingFiles.STAT_MODE] & BlockingFiles.S_IFMT).isEqualTo(BlockingFiles.S_IFREG);
        assertThat(out[BlockingFiles.STAT_MTIME] / 1_000_000)
                .isBetween(
                        Files.getLastModifiedTime(path).toMillis() - 2,
                        Files.getLastModifiedTime(path).toMillis() + 2);
        assertThat(files.stat(directory.toString(), true, out)).isZero();
        assertThat(out[BlockingFiles.STAT_MODE] & BlockingFiles.S_IFMT).isEqualTo(BlockingFiles.S_IFDIR);
        assertThat(files.stat(directory.resolve("missing").toString(), true, out))
                .isEqualTo(-ENOENT);
        int fd = ok(files.open(path.toString(), O_RDONLY, 0));
        assertThat(files.fstat(fd, out)).isZero();
        assertThat(out[BlockingFiles.STAT_SIZE]).isEqualTo(5);
        files.close(fd);
        assertThat(files.fstat(fd, out)).isEqualTo(-EBADF);
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingStatOfALink(Lab lab) throws IOException {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        Files.writeString(directory.resolve("f"), "12345");
        try {
            Files.createSymbolicLink(directory.resolve("link"), Path.of("f"));
        } catch (IOException | UnsupportedOperationException e) {
            Lab.skip("no symbolic links here: " + e);
        }
        if (!Files.exists(directory.resolve("link"), LinkOption.NOFOLLOW_LINKS)) {
            // kernelbase/file.c of Wine 8: CreateSymbolicLinkW is a stub that says TRUE
            Lab.skip("this system says that it made a symbolic link and did not");
        }
        long[] out = new long[BlockingFiles.STAT_FIELDS];
        assertThat(files.stat(directory.resolve("link").toString(), false, out)).isZero();
        assertThat(out[BlockingFiles.STAT_MODE] & BlockingFiles.S_IFMT).isEqualTo(BlockingFiles.S_IFLNK);
        assertThat(files.stat(directory.resolve("link").toString(), true, out)).isZero();
        assertThat(out[BlockingFiles.STAT_SIZE]).isEqualTo(5);
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingDirectories(Lab lab) throws IOException {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        String sub = directory.resolve("sub").toString();
        assertThat(files.mkdir(sub, 0700)).isZero();
        assertThat(files.mkdir(sub, 0700)).isEqualTo(-EEXIST);
        Files.writeString(directory.resolve("sub/ä name"), "");
        List<String> names = new ArrayList<>();
        assertThat(files.list(directory.toString(), names)).isNotNegative();
        assertThat(names).containsExactly("sub");
        names.clear();
        assertThat(files.list(sub, names)).isNotNegative();
        assertThat(names).containsExactly("ä name");
        assertThat(files.list(directory.resolve("missing").toString(), names)).isEqualTo(-ENOENT);
        assertThat(files.rmdir(sub)).isIn(-ENOTEMPTY, -EEXIST);
        assertThat(files.rename(sub + "/ä name", directory.resolve("moved").toString()))
                .isZero();
        assertThat(files.rmdir(sub)).isZero();
        assertThat(files.rmdir(sub)).isEqualTo(-ENOENT);
        assertThat(files.rename(sub, directory.resolve("x").toString())).isEqualTo(-ENOENT);
        assertThat(files.unlink(directory.resolve("moved").toString())).isZero();
        assertThat(files.unlink(directory.resolve("moved").toString())).isEqualTo(-ENOENT);
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingRenameReplaces(Lab lab) throws IOException {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        Path from = Files.writeString(directory.resolve("a"), "new");
        Path to = Files.writeString(directory.resolve("b"), "old");
        assertThat(files.rename(from.toString(), to.toString())).isZero();

        assertThat(Files.readString(to)).isEqualTo("new");
        assertThat(from).doesNotExist();
    }

    @BackendTest(operations = "blocking files")
    void B05_blockingFilesFromManyThreads(Lab lab) {
        BlockingFiles files = lab.ring().backend().files();
        Path directory = lab.directory();
        Region memory = lab.ring().region(4 * 4096);
        List<Future<Boolean>> workers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int worker = t;
            workers.add(lab.thread("worker-" + t, () -> {
                for (int i = 0; i < 100; i++) {
                    String path = directory.resolve("w" + worker + "-" + i).toString();
                    int fd = ok(files.open(path, O_RDWR | O_CREAT, 0600));
                    boolean good = files.write(fd, memory.at(worker * 4096L), 4096, 0) == 4096
                            && files.read(fd, memory.at(worker * 4096L), 4096, 0) == 4096
                            && files.close(fd) == 0
                            && files.unlink(path) == 0;
                    if (!good) {
                        return false;
                    }
                }
                return true;
            }));
        }
        workers.forEach(worker -> assertThat(Lab.join(worker)).isTrue());
    }

    private static int ok(int result) {
        return Net.ok("file function", result);
    }

    private static int open(Lab lab, Path path, int flags) {
        BlockingFiles files = lab.ring().backend().files();
        int fd = ok(files.open(path.toString(), flags, 0600));
        lab.own(() -> files.close(fd));
        return fd;
    }

    private static void needsFiles(Lab lab) {
        lab.needs(OP_READ, "READ");
        lab.needs(OP_WRITE, "WRITE");
    }
}
