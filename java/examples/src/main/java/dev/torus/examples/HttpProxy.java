package dev.torus.examples;

import dev.torus.http.ClientRequest;
import dev.torus.http.ClientResponse;
import dev.torus.http.Http;
import dev.torus.http.HttpClient;
import dev.torus.http.HttpHeaders;
import dev.torus.http.HttpRequest;
import dev.torus.http.HttpResponse;
import dev.torus.http.HttpServer;
import dev.torus.loop.EventLoop;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A forward proxy: passes requests on and answers back as they come, neither side faster than the other can take it. {@code HttpProxy
 * [PORT]}, then {@code curl --proxy localhost:9000 http://example.org}
 */
public final class HttpProxy {
    /** Fields that belong to one connection (RFC 9110, 7.6.1); the client sets its own host. */
    private static final Set<String> OWN = Set.of(
            "connection",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "host",
            "expect");

    private final HttpClient client;
    private final Consumer<String> out;

    private HttpProxy(HttpClient client, Consumer<String> out) {
        this.client = client;
        this.out = out;
    }

    /** Listens on a port, 0 for one that is free, and tells what it passes on. */
    public static HttpServer listen(EventLoop loop, int port, Consumer<String> out) {
        HttpClient client = Http.createClient(loop);
        HttpProxy proxy = new HttpProxy(client, out);
        return Http.createServer(loop, proxy::handle).onClose(client::close).listen(port);
    }

    private void handle(HttpRequest request, HttpResponse response) {
        ClientRequest onward;
        try {
            onward = client.request(request.method(), request.target());
        } catch (IllegalArgumentException e) {
            refuse(response, 400, request.method() + " " + request.target() + " is nothing that can be passed on");
            return;
        }
        copy(request.headers(), onward.headers());
        onward.headers().add("Via", "1.1 torus");
        request.onData(data -> {
            if (!onward.write(data)) {
                request.pause();
            }
        });
        onward.onDrain(request::resume);
        request.onEnd(onward::end);
        request.onError(failure -> onward.destroy());
        onward.onResponse(answer -> answer(request, answer, response));
        onward.onError(failure -> {
            if (response.isHeadSent()) {
                request.destroy(); // the client must not take half an answer for a whole one
            } else {
                refuse(response, 502, failure.getMessage());
            }
        });
        response.onClose(() -> {
            if (!response.isEnded()) {
                onward.destroy();
            }
        });
    }

    private void answer(HttpRequest request, ClientResponse answer, HttpResponse response) {
        out.accept(request.method() + " " + request.target() + " " + answer.status());
        response.status(answer.status());
        copy(answer.headers(), response.headers());
        answer.onData(data -> {
            if (!response.write(data)) {
                answer.pause();
            }
        });
        response.onDrain(answer::resume);
        answer.onEnd(response::end);
    }

    private void refuse(HttpResponse response, int status, String why) {
        out.accept(status + " " + why);
        response.status(status).header("Content-Type", "text/plain").end(why + "\n");
    }

    private static void copy(HttpHeaders from, HttpHeaders to) {
        from.forEach((name, value) -> {
            if (!OWN.contains(name.toLowerCase(Locale.ROOT)) && !from.hasWord("Connection", name)) {
                to.add(name, value);
            }
        });
    }

    /** Runs for ever. */
    public static void main(String[] args) throws Exception {
        try (EventLoop loop = EventLoop.create()) {
            HttpServer server = listen(loop, args.length == 0 ? 9000 : Integer.parseInt(args[0]), System.out::println);
            System.out.println("listening " + server.address());
            loop.run();
        }
    }
}
