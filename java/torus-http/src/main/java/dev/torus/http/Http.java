package dev.torus.http;

import dev.torus.loop.EventLoop;
import dev.torus.loop.TlsOptions;
import java.util.Objects;
import java.util.function.BiConsumer;

/** Makes HTTP/1.1 servers and clients. */
public final class Http {
    private Http() {}

    /** A server with the default limits; the handler is called with each request as soon as its head is there. */
    public static HttpServer createServer(EventLoop loop, BiConsumer<HttpRequest, HttpResponse> handler) {
        return createServer(loop, HttpLimits.defaults(), handler);
    }

    /** A server with limits. */
    public static HttpServer createServer(
            EventLoop loop, HttpLimits limits, BiConsumer<HttpRequest, HttpResponse> handler) {
        return new HttpServer(loop, limits, socket -> socket, handler);
    }

    /** A server whose connections are TLS; {@link HttpRequest#tls} tells what was agreed upon. */
    public static HttpServer createServer(
            EventLoop loop, HttpLimits limits, TlsOptions tls, BiConsumer<HttpRequest, HttpResponse> handler) {
        Objects.requireNonNull(tls, "tls");
        return new HttpServer(
                loop, limits, socket -> loop.tls().acceptOver(socket, tls).allowHalfOpen(true), handler);
    }

    /** A client with the default limits, for http addresses only. */
    public static HttpClient createClient(EventLoop loop) {
        return createClient(loop, HttpLimits.defaults());
    }

    /** A client with limits, for http addresses only. */
    public static HttpClient createClient(EventLoop loop, HttpLimits limits) {
        return new HttpClient(loop, limits, new Connector(loop, null));
    }

    /** A client for https addresses too. */
    public static HttpClient createClient(EventLoop loop, HttpLimits limits, TlsOptions tls) {
        return new HttpClient(loop, limits, new Connector(loop, Objects.requireNonNull(tls, "tls")));
    }
}
