package dev.torus.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Plaintext with Netty's HTTP codec, tuned as its TechEmpower entry is: no header validation, one flush per read loop. */
public final class NettyHttp {
    private static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
    private static final AsciiString LENGTH = AsciiString.cached(String.valueOf(BODY.length));
    private static final AsciiString TEXT = AsciiString.cached("text/plain");
    private static final AsciiString SERVER = AsciiString.cached("netty");
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static volatile AsciiString date = now();

    private NettyHttp() {}

    private static AsciiString now() {
        return AsciiString.cached(DATE.format(Instant.now()));
    }

    public static void main(String[] arguments) throws InterruptedException {
        Thread clock = new Thread(() -> {
            while (true) {
                try {
                    TimeUnit.SECONDS.sleep(1);
                } catch (InterruptedException e) {
                    return;
                }
                date = now();
            }
        });
        clock.setDaemon(true);
        clock.start();
        HttpDecoderConfig config =
                new HttpDecoderConfig().setHeadersFactory(DefaultHttpHeadersFactory.headersFactory().withValidation(false));
        NettyServer.run(Options.parse(arguments), "netty-http", new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new HttpServerCodec(config)).addLast(new Handler());
            }
        });
    }

    private static final class Handler extends ChannelInboundHandlerAdapter {
        private static final ByteBuf CONTENT = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(BODY.length).writeBytes(BODY).asReadOnly());

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                if (message instanceof HttpRequest) {
                    DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.OK,
                            CONTENT.duplicate(),
                            DefaultHttpHeadersFactory.headersFactory().withValidation(false),
                            DefaultHttpHeadersFactory.trailersFactory());
                    response.headers()
                            .set(HttpHeaderNames.CONTENT_TYPE, TEXT)
                            .set(HttpHeaderNames.SERVER, SERVER)
                            .set(HttpHeaderNames.DATE, date)
                            .set(HttpHeaderNames.CONTENT_LENGTH, LENGTH);
                    context.write(response, context.voidPromise());
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
