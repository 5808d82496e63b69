package dev.torus.tck.kernel;

import dev.torus.kernel.IoBuffer;
import dev.torus.kernel.IoKernel;
import dev.torus.kernel.KernelOptions;
import dev.torus.kernel.spi.BackendProvider;
import java.lang.ref.WeakReference;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The child process of {@link OwnershipSuite}: its owner dies with a receive pending, then everything is collected. */
public final class DeadOwner {
    private DeadOwner() {}

    /** Takes the class name of the provider. */
    public static void main(String[] args) throws Exception {
        BackendProvider provider = Class.forName(args[0])
                .asSubclass(BackendProvider.class)
                .getConstructor()
                .newInstance();
        IoKernel[] kernel = new IoKernel[1];
        SocketChannel[] channel = new SocketChannel[1];
        List<WeakReference<IoBuffer>> lent = new ArrayList<>();
        Thread owner = new Thread(() -> {
            Rig rig = new Rig(KernelOptions.defaults(), provider);
            kernel[0] = rig.kernel();
            Rig.Link link = rig.link();
            channel[0] = link.channel();
            IoBuffer buffer = kernel[0].allocate(64);
            lent.add(new WeakReference<>(buffer));
            kernel[0].recv(link.handle(), buffer, 0, 64, 1);
            kernel[0].enter(0);
        });
        owner.start();
        owner.join();
        kernel[0].close();
        if (kernel[0].post(() -> {})) {
            throw new AssertionError("a dead kernel takes no tasks");
        }
        kernel[0].wakeup();
        kernel[0] = null;
        // the operating system may still write into the lent buffer: it must not have been collected
        collect(lent.get(0));
        channel[0].write(StandardCharsets.US_ASCII.encode("into a buffer that must still be there"));
        collect(lent.get(0));
        System.out.println("still alive");
    }

    private static void collect(WeakReference<IoBuffer> lent) {
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        if (lent.get() == null) {
            throw new AssertionError("the lent buffer was collected");
        }
    }
}
