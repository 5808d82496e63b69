package dev.torus.kernel.internal.nio;

import static dev.torus.kernel.spi.BlockingFiles.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torus.kernel.spi.Backend;
import dev.torus.kernel.spi.BlockingFiles;
import dev.torus.kernel.spi.RingAbi;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NioFilesTest {
    @TempDir
    Path directory;

    private RawRing ring;
    private BlockingFiles files;

    @BeforeEach
    void open() throws Exception {
        ring = new RawRing();
        files = ring.backend.files();
    }

    @AfterEach
    void close() {
        ring.close();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private int open(String name, int flags) {
        int fd = files.open(path(name), flags, 0644);
        assertThat(fd).isPositive();
        return fd;
    }

    private int write(int fd, String text, long position) {
        ring.put(4096, text);
        return files.write(fd, ring.address(4096), text.length(), position);
    }

    private String content(String name) throws Exception {
        return Files.readString(directory.resolve(name), StandardCharsets.UTF_8);
    }

    @Test
    void readsAndWritesAtPositionsAndAtTheFilesOwn() throws Exception {
        int fd = open("file", O_RDWR | O_CREAT | O_EXCL);
        assertThat(write(fd, "hello ", -1)).isEqualTo(6);
        assertThat(write(fd, "world", -1)).isEqualTo(5);
        assertThat(write(fd, "W", 6)).isEqualTo(1);
        assertThat(files.read(fd, ring.address(0), 100, -1)).isZero();
        assertThat(files.read(fd, ring.address(0), 100, 3)).isEqualTo(8);
        assertThat(ring.text(0, 8)).isEqualTo("lo World");
        assertThat(files.read(fd, ring.address(0), 100, 1000)).isZero();
        assertThat(files.fsync(fd, true)).isZero();
        assertThat(files.fsync(fd, false)).isZero();
        assertThat(files.close(fd)).isZero();
        assertThat(files.close(fd)).isEqualTo(-LinuxErrno.EBADF);
        assertThat(files.read(fd, ring.address(0), 1, 0)).isEqualTo(-LinuxErrno.EBADF);
        assertThat(content("file")).isEqualTo("hello World");
        assertThat(ring.backend.counter(Backend.Counter.BYTES_OUT)).isEqualTo(12);
    }

    @Test
    void openFlags() throws Exception {
        assertThat(files.open(path("file"), O_RDONLY, 0)).isEqualTo(-LinuxErrno.ENOENT);
        assertThat(ring.backend.lastFailure()).contains("file");
        files.close(open("file", O_RDONLY | O_CREAT));
        assertThat(files.open(path("file"), O_WRONLY | O_CREAT | O_EXCL, 0)).isEqualTo(-LinuxErrno.EEXIST);
        assertThat(files.open(path("file"), O_RDONLY | O_CREAT | O_EXCL, 0)).isEqualTo(-LinuxErrno.EEXIST);
        int fd = open("file", O_WRONLY);
        write(fd, "content", 0);
        assertThat(files.read(fd, ring.address(0), 1, 0)).isEqualTo(-LinuxErrno.EBADF);
        files.close(fd);
        fd = open("file", O_RDONLY);
        assertThat(write(fd, "x", 0)).isEqualTo(-LinuxErrno.EBADF);
        files.close(fd);
        files.close(open("file", O_WRONLY | O_TRUNC));
        assertThat(content("file")).isEmpty();
        assertThat(files.open(path("file"), 3, 0)).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(files.open(path("file"), 1 << 30, 0)).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(files.open(path("no/file"), O_WRONLY | O_CREAT, 0)).isEqualTo(-LinuxErrno.ENOENT);
        assertThat(files.open("nul\0", O_RDONLY, 0)).isEqualTo(-LinuxErrno.EINVAL);
    }

    @Test
    void appendWritesAtTheEndWhateverThePosition() throws Exception {
        for (int access : new int[] {O_WRONLY, O_RDWR}) {
            Files.writeString(directory.resolve("log"), "old");
            int one = open("log", access | O_APPEND);
            int two = open("log", access | O_APPEND);
            write(one, "1", -1);
            write(two, "2", -1);
            write(one, "3", -1);
            assertThat(content("log")).isEqualTo("old123");
            assertThat(files.truncate(one, 8)).isZero();
            assertThat(content("log")).isEqualTo("old123\0\0");
            files.close(one);
            files.close(two);
            files.close(open("log", access | O_APPEND | O_TRUNC));
            assertThat(content("log")).isEmpty();
        }
    }

    @Test
    void directoriesAreNoFiles() {
        assertThat(files.mkdir(path("d"), 0755)).isZero();
        assertThat(files.mkdir(path("d"), 0755)).isEqualTo(-LinuxErrno.EEXIST);
        assertThat(files.open(path("d"), O_WRONLY, 0)).isEqualTo(-LinuxErrno.EISDIR);
        int fd = files.open(path("d"), O_RDONLY, 0);
        assertThat(fd < 0 ? fd : files.read(fd, ring.address(0), 1, -1)).isEqualTo(-LinuxErrno.EISDIR);
        assertThat(files.unlink(path("d"))).isEqualTo(-LinuxErrno.EISDIR);
        files.close(open("d/file", O_WRONLY | O_CREAT));
        assertThat(files.rmdir(path("d"))).isEqualTo(-LinuxErrno.ENOTEMPTY);
        assertThat(files.rmdir(path("d/file"))).isEqualTo(-LinuxErrno.ENOTDIR);
        List<String> names = new ArrayList<>();
        assertThat(files.list(path("d"), names)).isZero();
        assertThat(names).containsExactly("file");
        assertThat(files.list(path("d/file"), names)).isEqualTo(-LinuxErrno.ENOTDIR);
        assertThat(files.list(path("none"), names)).isEqualTo(-LinuxErrno.ENOENT);
        assertThat(files.unlink(path("d/file"))).isZero();
        assertThat(files.unlink(path("d/file"))).isEqualTo(-LinuxErrno.ENOENT);
        assertThat(files.rmdir(path("d"))).isZero();
        assertThat(files.rmdir(path("d"))).isEqualTo(-LinuxErrno.ENOENT);
    }

    @Test
    void renameReplaces() throws Exception {
        Files.writeString(directory.resolve("a"), "a");
        Files.writeString(directory.resolve("b"), "b");
        assertThat(files.rename(path("a"), path("b"))).isZero();
        assertThat(content("b")).isEqualTo("a");
        assertThat(files.rename(path("a"), path("b"))).isEqualTo(-LinuxErrno.ENOENT);
    }

    @Test
    void truncateShortensAndLengthens() throws Exception {
        Files.writeString(directory.resolve("file"), "0123456789");
        int fd = open("file", O_RDWR);
        assertThat(files.truncate(fd, 4)).isZero();
        assertThat(content("file")).isEqualTo("0123");
        assertThat(files.truncate(fd, 6)).isZero();
        assertThat(content("file")).isEqualTo("0123\0\0");
        assertThat(files.truncate(fd, -1)).isEqualTo(-LinuxErrno.EINVAL);
    }

    @Test
    void status() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "0123456789");
        long[] out = new long[STAT_FIELDS];
        assertThat(files.stat(path("file"), true, out)).isZero();
        assertThat(out[STAT_MODE] & S_IFMT).isEqualTo(S_IFREG);
        assertThat(out[STAT_SIZE]).isEqualTo(10);
        assertThat(out[STAT_MTIME]).isEqualTo(Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
        assertThat(files.stat(directory.toString(), true, out)).isZero();
        assertThat(out[STAT_MODE] & S_IFMT).isEqualTo(S_IFDIR);
        assertThat(files.stat(path("none"), true, out)).isEqualTo(-LinuxErrno.ENOENT);
        int fd = open("file", O_WRONLY);
        write(fd, "more", 10);
        assertThat(files.fstat(fd, out)).isZero();
        assertThat(out[STAT_SIZE]).isEqualTo(14);
        FileStatus.readBasic(Files.readAttributes(file, BasicFileAttributes.class), out);
        assertThat(out[STAT_MODE]).isEqualTo(S_IFREG | 0644);
        assertThat(out[STAT_SIZE]).isEqualTo(14);
    }

    @Test
    void statusOnUnix() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("unix"));
        int fd = files.open(path("file"), O_WRONLY | O_CREAT, 0640);
        assertThat(fd).isPositive();
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("file"));
        long[] out = new long[STAT_FIELDS];
        assertThat(files.stat(path("link"), false, out)).isZero();
        assertThat(out[STAT_MODE] & S_IFMT).isEqualTo(S_IFLNK);
        assertThat(files.stat(path("link"), true, out)).isZero();
        assertThat(out[STAT_MODE]).isEqualTo(S_IFREG | 0640);
        assertThat(out[STAT_INODE]).isEqualTo((Long) Files.getAttribute(directory.resolve("file"), "unix:ino"));
        assertThat(out[STAT_LINKS]).isEqualTo(1);
        assertThat(out[STAT_CTIME]).isPositive();
    }

    @Test
    void wrongMemoryAndDescriptors() {
        int fd = open("file", O_RDWR | O_CREAT);
        assertThat(files.read(fd, 0, 1, 0)).isEqualTo(-LinuxErrno.EFAULT);
        assertThat(files.write(fd, ring.address(ring.memory.capacity()), 1, 0)).isEqualTo(-LinuxErrno.EFAULT);
        assertThat(files.read(fd, ring.address(0), -1, 0)).isEqualTo(-LinuxErrno.EFAULT);
        assertThat(files.read(fd, ring.address(0), 1, -2)).isEqualTo(-LinuxErrno.EINVAL);
        assertThat(files.read(0, ring.address(0), 1, 0)).isEqualTo(-LinuxErrno.EBADF);
        ring.entry(RingAbi.OP_RECV, fd, 1).address(ring.address(0)).length(1);
        assertThat(ring.awaitOne().result()).isEqualTo(-LinuxErrno.ENOTSOCK);
        ring.entry(RingAbi.OP_CLOSE, fd, 1);
        assertThat(ring.awaitOne().result()).isZero();
        assertThat(files.fsync(fd, false)).isEqualTo(-LinuxErrno.EBADF);
    }

    @Test
    void manyThreadsShareTheTable() throws Exception {
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int id = t;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 300; i++) {
                    int fd = files.open(path("file" + id), O_RDWR | O_CREAT | O_TRUNC, 0644);
                    ring.memory.put(id * 64, (byte) (id + i));
                    boolean right = fd > 0
                            && files.write(fd, ring.address(id * 64), 1, -1) == 1
                            && files.read(fd, ring.address(id * 64 + 1), 1, 0) == 1
                            && ring.memory.get(id * 64 + 1) == (byte) (id + i)
                            && files.close(fd) == 0;
                    wrong.addAndGet(right ? 0 : 1);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
    }
}
