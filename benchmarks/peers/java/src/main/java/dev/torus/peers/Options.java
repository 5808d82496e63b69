package dev.torus.peers;

import java.net.InetSocketAddress;

/** {@code [--host ADDRESS] [--port N] [--transport NAME]} of a peer, and its ready line. */
record Options(String host, int port, String transport) {
    static Options parse(String[] arguments) {
        String host = "127.0.0.1";
        int port = 0;
        String transport = null;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--host" -> host = arguments[i + 1];
                case "--port" -> port = Integer.parseInt(arguments[i + 1]);
                case "--transport" -> transport = arguments[i + 1];
                default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
        }
        return new Options(host, port, transport);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    void announce(int boundPort, String backend) {
        System.out.println("listening " + host + ":" + boundPort + " backend=" + backend);
        System.out.flush();
    }
}
