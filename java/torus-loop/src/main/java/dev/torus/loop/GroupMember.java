package dev.torus.loop;

import dev.torus.kernel.spi.BackendUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A loop of a group and its thread. */
final class GroupMember implements Runnable {
    /** Keeps the loop alive until the group shuts down. */
    private static final class Membership extends LoopHandle {
        Membership(EventLoop loop) {
            super(loop);
            loop.life().activated(this);
        }

        @Override
        void retire() {
            loop.life().deactivated(this);
        }

        @Override
        void abandon() {
            retire();
        }

        @Override
        public String toString() {
            return "member of a group";
        }
    }

    private final EventLoopGroup group;
    private final LoopOptions options;
    private final CompletableFuture<EventLoop> started = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean dead;
    /** Its own program has asked it to end. */
    private volatile boolean retired;

    GroupMember(EventLoopGroup group, int number, LoopOptions options) {
        this.group = group;
        this.options = options;
        this.thread = new Thread(this, "torus-loop-" + number);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        Throwable failure = null;
        boolean early = false;
        EventLoop mine = null;
        try (EventLoop loop = EventLoop.create(options)) {
            mine = loop;
            int code = loop.run(() -> {
                new Membership(loop);
                loop.onShutdown(() -> retired = true);
                started.complete(loop);
            });
            dead = true;
            failure = loop.failure();
            early = !retired && !group.isShutdown();
            if (early && failure == null) {
                failure = new IllegalStateException("the run of " + thread.getName() + " was ended, code " + code);
            }
        } catch (Throwable e) {
            failure = e;
            early = !started.completeExceptionally(e);
        } finally {
            dead = true;
            group.ended(mine, early ? failure : null);
        }
    }

    /** The loop, once it runs. */
    EventLoop awaitStart() throws BackendUnavailableException {
        try {
            return started.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BackendUnavailableException unavailable) {
                throw unavailable;
            }
            throw new IllegalStateException("a loop of the group did not start", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a loop of the group starts", e);
        }
    }

    /** Only after {@link #awaitStart}. */
    EventLoop loop() {
        return started.join();
    }

    boolean hasStarted() {
        return started.isDone() && !started.isCompletedExceptionally();
    }

    boolean isDead() {
        return dead;
    }

    Thread thread() {
        return thread;
    }
}
