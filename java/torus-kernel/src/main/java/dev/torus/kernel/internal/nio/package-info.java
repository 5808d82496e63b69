/**
 * The backend in pure Java, for where no native library can be loaded: it plays the operating system's part of the
 * ring on a {@link java.nio.channels.Selector}.
 *
 * <p>From entry to completion: {@code NioBackend.enter} takes entries from {@code SubmissionRing} and gives them to
 * {@code Submissions}, which reads and checks them; {@code SocketEngine} runs the operations of a {@code SocketHandle}
 * with {@code Connections}, {@code StreamTransfers} and {@code DatagramTransfers}; {@code Poller} says when to try
 * again; results go to {@code CompletionRing}. {@code NioSockets} is the control plane, {@code NioFiles} the blocking
 * file functions.
 *
 * <p>Addresses are a region's index, from 1, in the upper half and an offset in the lower; every range is checked
 * (-EFAULT), also those inside {@code msghdr} and {@code iovec}. Descriptors are indexes into one table of sockets and
 * files (-EBADF, -ENOTSOCK).
 *
 * <h2>What NIO can</h2>
 *
 * <table border="1">
 * <caption>Operations of the ring</caption>
 * <tr><th>Operation</th><th>Performed by</th><th>Limits</th></tr>
 * <tr><td>NOP</td><td>nothing</td><td></td></tr>
 * <tr><td>POLL_ADD</td><td>the selector</td><td>sockets of this kernel; POLLIN and POLLOUT, no POLLRDHUP; one-shot also
 *     when POLL_ADD_MULTI asks for more (it ends without MORE)</td></tr>
 * <tr><td>SEND</td><td>{@code SocketChannel.write}, {@code DatagramChannel.write} or {@code send}</td><td>MSG_WAITALL,
 *     MSG_NOSIGNAL (always so); others -EOPNOTSUPP. An empty datagram counts as sent even if it could not go</td></tr>
 * <tr><td>RECV</td><td>{@code SocketChannel.read}, {@code DatagramChannel.receive}</td><td>MSG_TRUNC on datagrams;
 *     MSG_PEEK and others -EOPNOTSUPP. After SHUT_RD what had arrived is gone</td></tr>
 * <tr><td>SENDMSG, RECVMSG</td><td>the same, a vector at a time on streams, through one buffer for datagrams of several
 *     vectors</td><td>no control data; no provided buffers, no multishot</td></tr>
 * <tr><td>ACCEPT</td><td>{@code ServerSocketChannel.accept}</td><td></td></tr>
 * <tr><td>CONNECT</td><td>{@code SocketChannel.connect} and {@code finishConnect}, {@code DatagramChannel.connect}</td>
 *     <td></td></tr>
 * <tr><td>SHUTDOWN</td><td>{@code shutdownInput}, {@code shutdownOutput}</td><td>connected streams, else
 *     -ENOTCONN</td></tr>
 * <tr><td>CLOSE</td><td>{@code close}; the system's descriptor is released before {@code enter}
 *     returns</td><td></td></tr>
 * <tr><td>ASYNC_CANCEL</td><td>the table of pending operations</td><td>by user_data; never -EALREADY, since nothing
 *     runs beside the owner</td></tr>
 * <tr><td>READ, WRITE, FSYNC and paths</td><td>{@code NioFiles} on the worker pool</td><td>not in the ring</td></tr>
 * </table>
 *
 * <table border="1">
 * <caption>Control plane and files</caption>
 * <tr><th>Function</th><th>Limits</th></tr>
 * <tr><td>families</td><td>INET, INET6 (dual stack), UNIX streams (paths only, no abstract names); Unix datagrams
 *     -EOPNOTSUPP</td></tr>
 * <tr><td>adopt</td><td>-EOPNOTSUPP: NIO makes no channel of a descriptor</td></tr>
 * <tr><td>bind</td><td>a Unix path, and port 0 of the loopback or wildcard address, are bound when the socket listens,
 *     connects or is asked for its address. A listener takes over the address of the bound socket by binding
 *     again</td></tr>
 * <tr><td>listen</td><td>the backlog of a listener cannot be changed</td></tr>
 * <tr><td>options</td><td>those of {@link java.net.StandardSocketOptions} and, where the JDK has them, TCP_KEEPIDLE,
 *     TCP_KEEPINTVL, TCP_KEEPCNT, TCP_QUICKACK; SO_ERROR, SO_TYPE, SO_DOMAIN and SO_ACCEPTCONN to read; others
 *     -ENOPROTOOPT</td></tr>
 * <tr><td>fstat</td><td>asks about the path that was opened; only the size is the descriptor's</td></tr>
 * <tr><td>O_APPEND with O_RDWR</td><td>atomic among the users of the descriptor, not among processes</td></tr>
 * <tr><td>truncate</td><td>lengthening writes the last byte: not atomic with other writers</td></tr>
 * <tr><td>timeouts</td><td>waits are rounded up to milliseconds</td></tr>
 * </table>
 *
 * <p>Errors: exceptions become error numbers by class, then by the system's text, otherwise -EIO;
 * {@code Backend.lastFailure()} has the last exception's words.
 */
package dev.torus.kernel.internal.nio;
