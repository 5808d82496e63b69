package dev.torus.tck.kernel;

import dev.torus.kernel.AddressFamily;
import dev.torus.kernel.DescriptorLimitException;
import dev.torus.kernel.Errno;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.SocketType;
import dev.torus.kernel.TorusIoException;
import dev.torus.kernel.spi.BackendProvider;
import dev.torus.kernel.spi.BlockingFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The child process of {@link OperationSuite}: uses up all descriptors, meets the limit everywhere, makes room, goes on. */
public final class KernelAtTheLimit {
    private static final int TRIES = 12;

    private KernelAtTheLimit() {}

    /** Takes the class name of the provider. */
    public static void main(String[] args) throws Exception {
        BackendProvider provider = Class.forName(args[0])
                .asSubclass(BackendProvider.class)
                .getConstructor()
                .newInstance();
        Path path = Files.createTempFile("tck", null);
        try (Rig rig = new Rig(KernelOptions.defaults(), provider)) {
            long listener = rig.listener(64);
            // once before the limit, so that every class is there
            closed(rig, rig.link(listener).handle());
            closed(rig, rig.call(t -> rig.kernel().openFile(path, BlockingFiles.O_RDONLY, 0, t)));
            Errno.describe(rig.call(t -> rig.kernel().accept(999, t)));
            new DescriptorLimitLoader().load();
            for (int i = 0; i < TRIES; i++) {
                rig.channel(rig.address(listener).getPort());
            }
            List<Long> sockets = new ArrayList<>();
            atTheLimit(rig, sockets, t -> rig.kernel().accept(listener, t));
            atTheLimit(rig, sockets, t -> rig.kernel().openFile(path, BlockingFiles.O_RDONLY, 0, t));
            for (int i = 0; i < 4; i++) {
                closed(rig, sockets.remove(0));
            }
            long accepted = rig.call(t -> rig.kernel().accept(listener, t));
            if (accepted < 0) {
                throw new AssertionError("accept after making room: " + Errno.of(accepted));
            }
        } finally {
            Files.delete(path);
        }
        System.out.println("recovered");
    }

    /** Makes the exception once, for the class loader's sake. */
    private static final class DescriptorLimitLoader {
        void load() {
            String unused =
                    TorusIoException.of("socket", null, Errno.EMFILE.result()).getMessage();
            assert unused != null;
        }
    }

    /** The JVM opens and closes files of its own, so that a number may become free after the filling; then once more. */
    private static void atTheLimit(Rig rig, List<Long> sockets, Rig.Queueing operation) throws TorusIoException {
        long result = 0;
        for (int i = 0; i < TRIES / 2 && result >= 0; i++) {
            fill(rig.kernel(), sockets);
            result = rig.call(operation);
            if (result >= 0) {
                sockets.add(0, result);
            }
        }
        if (result != Errno.EMFILE.result()) {
            throw new AssertionError((result < 0 ? Errno.of(result) : result) + " instead of EMFILE");
        }
    }

    private static void fill(IoKernel kernel, List<Long> sockets) throws TorusIoException {
        while (true) {
            try {
                sockets.add(kernel.socket(AddressFamily.INET, SocketType.STREAM));
            } catch (DescriptorLimitException e) {
                return;
            }
        }
    }

    private static void closed(Rig rig, long handle) {
        long result = rig.call(t -> rig.kernel().close(handle, t));
        if (result != 0) {
            throw new AssertionError("close: " + Errno.of(result));
        }
    }
}
