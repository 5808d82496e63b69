package dev.torus.kernel.spi;

/**
 * The numbers of the ring ABI: layouts, opcodes and flag bits shared by Java and every backend.
 *
 * <p>They are those of Linux's {@code linux/io_uring.h} on every platform; {@code native/include/torus/ring.h} holds the
 * same table for C, and a test compares the two. All multi-byte fields are little-endian.
 *
 * <pre>
 * submission entry, 64 bytes                        completion entry, 16 bytes
 *  0 opcode u8   1 flags u8   2 ioprio u16            0 user_data u64
 *  4 fd s32                                           8 res s32
 *  8 off / addr2 u64                                 12 flags u32
 * 16 addr u64
 * 24 len u32    28 op_flags u32
 * 32 user_data u64
 * 40 buf_group u16  42 personality u16  44 file_index / addr_len u32
 * 48 addr3 u64  56 pad u64
 * </pre>
 */
public final class RingAbi {
    /** Version of this contract; native libraries with another one are refused. */
    public static final int ABI_VERSION = 1;

    /** Bytes of a submission entry. */
    public static final int SQE_BYTES = 64;
    /** Bytes of a completion entry. */
    public static final int CQE_BYTES = 16;

    public static final int SQE_OPCODE = 0;
    public static final int SQE_FLAGS = 1;
    public static final int SQE_IOPRIO = 2;
    public static final int SQE_FD = 4;
    public static final int SQE_OFF = 8;
    public static final int SQE_ADDR = 16;
    public static final int SQE_LEN = 24;
    public static final int SQE_OP_FLAGS = 28;
    public static final int SQE_USER_DATA = 32;
    public static final int SQE_BUF_GROUP = 40;
    public static final int SQE_ADDR_LEN = 44;
    public static final int SQE_ADDR3 = 48;

    public static final int CQE_USER_DATA = 0;
    public static final int CQE_RES = 8;
    public static final int CQE_FLAGS = 12;

    public static final int OP_NOP = 0;
    public static final int OP_FSYNC = 3;
    public static final int OP_POLL_ADD = 6;
    public static final int OP_SENDMSG = 9;
    public static final int OP_RECVMSG = 10;
    public static final int OP_ACCEPT = 13;
    public static final int OP_ASYNC_CANCEL = 14;
    public static final int OP_CONNECT = 16;
    public static final int OP_OPENAT = 18;
    public static final int OP_CLOSE = 19;
    public static final int OP_STATX = 21;
    public static final int OP_READ = 22;
    public static final int OP_WRITE = 23;
    public static final int OP_SEND = 26;
    public static final int OP_RECV = 27;
    public static final int OP_SHUTDOWN = 34;
    public static final int OP_RENAMEAT = 35;
    public static final int OP_UNLINKAT = 36;
    public static final int OP_MKDIRAT = 37;
    public static final int OP_SEND_ZC = 47;

    /** SQE flag: take the buffer from group {@code buf_group} when data is there. */
    public static final int SQE_BUFFER_SELECT = 1 << 5;

    /** ioprio of RECV: do not try first, wait for readiness. */
    public static final int RECV_POLL_FIRST = 1;
    /** ioprio of RECV: stay armed, one completion with MORE per receive. Needs BUFFER_SELECT. */
    public static final int RECV_MULTISHOT = 1 << 1;
    /** ioprio of ACCEPT: stay armed, one completion with MORE per connection. */
    public static final int ACCEPT_MULTISHOT = 1;
    /** len of POLL_ADD: stay armed. */
    public static final int POLL_ADD_MULTI = 1;

    public static final int CQE_F_BUFFER = 1;
    public static final int CQE_F_MORE = 1 << 1;
    public static final int CQE_F_SOCK_NONEMPTY = 1 << 2;
    public static final int CQE_F_NOTIF = 1 << 3;
    public static final int CQE_F_BUF_MORE = 1 << 4;
    /** Added by the kernel layer, never in a ring: a deadline ended this operation. */
    public static final int CQE_F_TIMED_OUT = 1 << 12;
    /** The buffer id stands in the upper 16 bits of the flags. */
    public static final int CQE_BUFFER_SHIFT = 16;

    public static final int MSG_PEEK = 0x2;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_WAITALL = 0x100;
    public static final int MSG_NOSIGNAL = 0x4000;

    public static final int POLLIN = 0x1;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;
    public static final int POLLRDHUP = 0x2000;

    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    /** Largest sockaddr, Linux layout ({@code sockaddr_storage}). */
    public static final int SOCKADDR_BYTES = 128;
    /** {@code struct msghdr}: name u64, namelen u32 pad, iov u64, iovlen u64, control u64, controllen u64, flags u32 pad. */
    public static final int MSGHDR_BYTES = 56;
    /** {@code struct iovec}: base u64, len u64. */
    public static final int IOVEC_BYTES = 16;

    /**
     * The first number of a buffer group that may be registered, unregistered and registered again: below it Linux 6.1 goes on at
     * the place of the ring where the group before has ended.
     */
    public static final int FIRST_BUFFER_GROUP = 64;

    /** A provided-buffer entry: addr u64, len u32, bid u16, reserved u16 (of entry 0: the tail). */
    public static final int BUF_BYTES = 16;
    /** Offset of the tail (u16) in a provided-buffer ring. Published alone, with release. */
    public static final int BUF_RING_TAIL = 14;

    /** user_data of the wake-up entry that a backend may keep armed; never of a user's operation. */
    public static final long USER_DATA_WAKE = -1L;

    private RingAbi() {}
}
