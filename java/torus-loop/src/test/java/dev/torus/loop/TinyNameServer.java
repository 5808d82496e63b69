package dev.torus.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A name server on a loop, by UDP and TCP on one port, whose zone is a text. */
final class TinyNameServer {
    /** What it does with a question before it answers. */
    interface Behaviour {
        /** Whether it shall be answered as usual. */
        boolean asked(Message question, Answerer answerer) throws IOException;
    }

    /** Sends a datagram to whoever asked. */
    interface Answerer {
        void answer(byte[] bytes);
    }

    private final List<Record> zone = new java.util.ArrayList<>();
    private final Server streams;
    private final UdpSocket datagrams;
    Behaviour behaviour = (question, answerer) -> true;
    /** Answers that are longer are cut off by UDP. */
    int maxDatagramBytes = 512;

    int questions;
    int byStream;

    TinyNameServer(EventLoop loop, String zoneText) {
        try (Master master = new Master(
                new java.io.ByteArrayInputStream(zoneText.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                Name.fromString("example."),
                60)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                zone.add(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        streams = listenWhereUdpIsFree(loop);
        datagrams = loop.dgram().createSocket();
        datagrams.bind((InetSocketAddress) streams.address());
        datagrams.onMessage((data, from) -> {
            try {
                Message question = new Message(bytes(data));
                questions++;
                Answerer answerer = bytes -> datagrams.send(ByteBuffer.wrap(bytes), from);
                if (behaviour.asked(question, answerer)) {
                    answerer.answer(answer(question).toWire(maxDatagramBytes));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Other processes may have the port for UDP that the system chooses for TCP. */
    private Server listenWhereUdpIsFree(EventLoop loop) {
        while (true) {
            Server server = loop.net().createServer(this::serve).listen(new InetSocketAddress("127.0.0.1", 0));
            try (DatagramSocket probe = new DatagramSocket(server.address())) {
                assertThat(probe.isBound()).isTrue();
                return server;
            } catch (SocketException taken) {
                server.close();
            }
        }
    }

    private static byte[] bytes(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return bytes;
    }

    InetSocketAddress address() {
        return datagrams.address();
    }

    void close() {
        datagrams.close();
        streams.close();
    }

    private void serve(Socket socket) {
        ByteBuffer arrived = ByteBuffer.allocate(1000);
        socket.onError(e -> {});
        socket.onData(data -> {
            arrived.put(data);
            if (arrived.position() >= 2 && arrived.position() == 2 + arrived.getShort(0)) {
                byStream++;
                try {
                    byte[] answer = answer(
                                    new Message(bytes(arrived.duplicate().flip().position(2))))
                            .toWire();
                    ByteBuffer framed = ByteBuffer.allocate(2 + answer.length)
                            .putShort((short) answer.length)
                            .put(answer)
                            .flip();
                    // in two pieces
                    socket.write(framed.slice().limit(1));
                    socket.write(framed.position(1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    static Message reply(Message question, int rcode) {
        Message reply = new Message(question.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setRcode(rcode);
        reply.addRecord(question.getQuestion(), Section.QUESTION);
        return reply;
    }

    private Message answer(Message question) {
        Message reply = reply(question, Rcode.NOERROR);
        Name name = question.getQuestion().getName();
        boolean known = false;
        for (int hops = 0; hops < 8; hops++) {
            Name next = null;
            for (Record record : zone) {
                if (record.getName().equals(name)) {
                    known = true;
                    boolean alias = record instanceof org.xbill.DNS.CNAMERecord;
                    if (alias || record.getType() == question.getQuestion().getType()) {
                        reply.addRecord(record, Section.ANSWER);
                    }
                    if (alias) {
                        next = ((org.xbill.DNS.CNAMERecord) record).getTarget();
                    }
                }
            }
            if (next == null) {
                break;
            }
            name = next;
        }
        if (!known) {
            reply.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        return reply;
    }
}
