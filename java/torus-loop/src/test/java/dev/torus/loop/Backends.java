package dev.torus.loop;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.Explanation;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The backends that can be used here, by name; {@code -Dtorus.tck.backends} selects among them, as in the conformance kit. */
final class Backends {
    private static final List<String> SELECTION =
            List.of(System.getProperty("torus.tck.backends", "").split(","));

    private Backends() {}

    static Stream<String> available() {
        return IoKernel.explain().candidates().stream()
                .filter(candidate -> candidate.unavailableReason() == null)
                .map(Explanation.Candidate::name)
                .filter(name -> SELECTION.equals(List.of("")) || SELECTION.contains(name));
    }

    static EventLoop loop(String backend) throws Exception {
        return EventLoop.create(LoopOptions.builder().backend(backend).build());
    }

    /** Windows has them since 10, Wine 8 has not. */
    static boolean hasUnixSockets(String backend) throws Exception {
        try (IoKernel kernel =
                IoKernel.open(KernelOptions.builder().backend(backend).build())) {
            kernel.socket(AddressFamily.UNIX, SocketType.STREAM);
            return true;
        } catch (TorusIoException e) {
            return false;
        }
    }

    /** Wine shows a Windows program the files of the system below, which it cannot run. */
    static boolean hasPosixShell() {
        return !System.getProperty("os.name").startsWith("Windows") && Files.isExecutable(Path.of("/bin/sh"));
    }

    /** Wine 8 (server/sock.c, sock_poll_event) takes the error of a reset off the socket, so that recv answers 0 after it. */
    static boolean seesResets(String backend) {
        return !(isWine() && backend.equals("nio"));
    }

    /** Wine 8 has no MCAST_JOIN_GROUP, does not route multicast by interface, and has words of its own for errors of datagrams. */
    static boolean isWine() {
        return isEmulatedBy("wine");
    }

    /** qemu-user 7.2 has neither MCAST_JOIN_GROUP nor IP_MULTICAST_IF, and its recvmsg passes over empty datagrams. */
    static boolean isQemu() {
        return isEmulatedBy("qemu");
    }

    private static boolean isEmulatedBy(String name) {
        return System.getProperty("torus.tck.emulation", "").equals(name);
    }
}
