package dev.torus.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.util.ResourceLeakDetector;
import java.net.InetSocketAddress;

/** Netty on one event loop that accepts as well; the transport is epoll, io_uring (with a buffer ring) or nio. */
final class NettyServer {
    private static final short BUFFER_GROUP = 1;
    private static final short BUFFERS = 2048;
    private static final int BUFFER_BYTES = 4160;

    private NettyServer() {}

    static void run(Options options, String name, ChannelInitializer<SocketChannel> initializer)
            throws InterruptedException {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        boolean uring = options.transport().equals("io_uring");
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, handler(options.transport()));
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(channel(options.transport()))
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(initializer);
        if (uring) {
            bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
        }
        Channel channel = bootstrap.bind(options.address()).sync().channel();
        options.announce(((InetSocketAddress) channel.localAddress()).getPort(), name + "-" + options.transport());
        channel.closeFuture().sync();
    }

    private static IoHandlerFactory handler(String transport) {
        return switch (transport) {
            case "epoll" -> EpollIoHandler.newFactory();
            case "io_uring" -> IoUringIoHandler.newFactory(new IoUringIoHandlerConfig()
                    .setBufferRingConfig(IoUringBufferRingConfig.builder()
                            .bufferGroupId(BUFFER_GROUP)
                            .bufferRingSize(BUFFERS)
                            .batchSize(BUFFERS / 2)
                            .allocator(new IoUringFixedBufferRingAllocator(BUFFER_BYTES))
                            .build()));
            case "nio" -> NioIoHandler.newFactory();
            default -> throw new IllegalArgumentException("unknown transport " + transport);
        };
    }

    private static Class<? extends ServerChannel> channel(String transport) {
        return switch (transport) {
            case "epoll" -> EpollServerSocketChannel.class;
            case "io_uring" -> IoUringServerSocketChannel.class;
            default -> NioServerSocketChannel.class;
        };
    }
}
