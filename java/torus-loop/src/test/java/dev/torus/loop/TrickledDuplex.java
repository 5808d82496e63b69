package dev.torus.loop;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A stream over another that brings what arrives one byte after the other, each in a buffer of its own. */
final class TrickledDuplex implements Duplex {
    private final Duplex stream;

    TrickledDuplex(Duplex stream) {
        this.stream = stream;
    }

    @Override
    public Duplex onData(Consumer<ByteBuffer> handler) {
        stream.onData(data -> {
            while (data.hasRemaining()) {
                handler.accept(ByteBuffer.allocate(1).put(data.get()).flip());
            }
        });
        return this;
    }

    @Override
    public Duplex onEnd(Runnable handler) {
        stream.onEnd(handler);
        return this;
    }

    @Override
    public Duplex onDrain(Runnable handler) {
        stream.onDrain(handler);
        return this;
    }

    @Override
    public Duplex onClose(Runnable handler) {
        stream.onClose(handler);
        return this;
    }

    @Override
    public Duplex onFailure(Consumer<IOException> handler) {
        stream.onFailure(handler);
        return this;
    }

    @Override
    public boolean write(ByteBuffer data) {
        return stream.write(data);
    }

    @Override
    public void end() {
        stream.end();
    }

    @Override
    public void pause() {
        stream.pause();
    }

    @Override
    public void resume() {
        stream.resume();
    }

    @Override
    public boolean isPaused() {
        return stream.isPaused();
    }

    @Override
    public void destroy() {
        stream.destroy();
    }

    @Override
    public boolean isDestroyed() {
        return stream.isDestroyed();
    }

    @Override
    public int queuedBytes() {
        return stream.queuedBytes();
    }

    @Override
    public SocketAddress remoteAddress() {
        return stream.remoteAddress();
    }

    @Override
    public SocketAddress localAddress() {
        return stream.localAddress();
    }
}
