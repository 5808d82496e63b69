package dev.torus.examples.strategies;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** One connection served by calls that block, for a thread of either kind. */
record BlockingConversation(Socket socket, Path file) implements Runnable {
    private static final int REQUEST_BYTES = 512;

    @Override
    public void run() {
        byte[] received = new byte[REQUEST_BYTES];
        try (Socket closedAtTheEnd = socket) {
            closedAtTheEnd.setTcpNoDelay(true);
            InputStream in = closedAtTheEnd.getInputStream();
            OutputStream out = closedAtTheEnd.getOutputStream();
            for (int count = in.read(received); count >= 0; count = in.read(received)) {
                for (int i = 0; i < count; i++) {
                    if (received[i] == '\n') {
                        out.write(Digests.answer(Files.readAllBytes(file)));
                    }
                }
            }
        } catch (IOException e) {
            // the client has gone, or the file has: the connection is closed
        }
    }
}
