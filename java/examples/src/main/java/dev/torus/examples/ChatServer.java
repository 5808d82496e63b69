package dev.torus.examples;

import dev.torus.loop.EventLoop;
import dev.torus.loop.Server;
import dev.torus.loop.Socket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Everybody's first line is a name; each line after it goes to all others. {@code ChatServer [PORT]}, then {@code nc localhost 9000} */
public final class ChatServer {
    private final Map<Socket, String> members = new LinkedHashMap<>();
    private final Consumer<String> out;

    private ChatServer(Consumer<String> out) {
        this.out = out;
    }

    /** Listens on a port, 0 for one that is free, and tells what happens. */
    public static Server listen(EventLoop loop, int port, Consumer<String> out) {
        ChatServer chat = new ChatServer(out);
        return loop.net().createServer(chat::welcome).listen(port);
    }

    private void welcome(Socket socket) {
        socket.onData(new Lines(line -> heard(socket, line)));
        socket.onError(failure -> {}); // a connection that breaks has closed, too
        socket.onClose(() -> left(socket));
    }

    private void heard(Socket from, String line) {
        String name = members.get(from);
        if (name == null) {
            members.put(from, line);
            tell(from, line + " is here");
        } else {
            tell(from, name + ": " + line);
        }
    }

    private void left(Socket socket) {
        String name = members.remove(socket);
        if (name != null) {
            tell(socket, name + " has left");
        }
    }

    private void tell(Socket from, String text) {
        out.accept(text);
        for (Socket member : members.keySet()) {
            if (member != from && !member.write(text + "\n")) {
                member.destroy(); // does not read what it is told
            }
        }
    }

    /** Runs for ever. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            Server server = listen(loop, args.length == 0 ? 9000 : Integer.parseInt(args[0]), System.out::println);
            System.out.println("listening " + server.address());
            loop.run();
        }
    }
}
