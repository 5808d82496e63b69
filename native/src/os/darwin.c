/*
 * macOS: sockets. Numbers and addresses are translated by darwin_tables.c. What Linux has in one call is several here:
 * a socket is made or accepted, then gets FD_CLOEXEC, O_NONBLOCK and SO_NOSIGPIPE (there is no accept4, SOCK_CLOEXEC or
 * MSG_NOSIGNAL), so a process that another thread forks and executes in between inherits it.
 */
#include "darwin.h"

#include <errno.h>
#include <fcntl.h>
#include <mach/vm_inherit.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "os.h"
#include "posix.h"

/* The tables against the system's headers. */
#define DARWIN_SAME(name, number, linux_number) _Static_assert((name) == (number), #name);
DARWIN_ERRORS(DARWIN_SAME)
#undef DARWIN_SAME
#define DARWIN_SAME(level, name, native_level, level_number, native_name, name_number, kind) \
    _Static_assert((native_level) == (level_number) && (native_name) == (name_number), #native_name);
DARWIN_OPTIONS(DARWIN_SAME)
#undef DARWIN_SAME
_Static_assert(AF_UNIX == DARWIN_AF_UNIX && AF_INET == DARWIN_AF_INET && AF_INET6 == DARWIN_AF_INET6, "AF_*");
_Static_assert(sizeof(struct sockaddr_storage) == DARWIN_SOCKADDR_BYTES, "sockaddr_storage");
_Static_assert(offsetof(struct sockaddr, sa_len) == 0 && offsetof(struct sockaddr, sa_family) == 1, "sockaddr");
_Static_assert(offsetof(struct sockaddr_in, sin_port) == 2 && offsetof(struct sockaddr_in, sin_addr) == 4, "IPv4");
_Static_assert(offsetof(struct sockaddr_in6, sin6_port) == 2 && offsetof(struct sockaddr_in6, sin6_addr) == 8, "IPv6");
_Static_assert(offsetof(struct sockaddr_in6, sin6_scope_id) == 24 && sizeof(struct sockaddr_in6) == 28, "IPv6");
_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == DARWIN_PATH_BYTES, "sun_path");
_Static_assert(SOCK_STREAM == TORUS_SOCK_STREAM && SOCK_DGRAM == TORUS_SOCK_DGRAM, "SOCK_*");
_Static_assert(SHUT_RD == TORUS_SHUT_RD && SHUT_WR == TORUS_SHUT_WR && SHUT_RDWR == TORUS_SHUT_RDWR, "SHUT_*");
_Static_assert(MSG_OOB == DARWIN_MSG_OOB && MSG_PEEK == DARWIN_MSG_PEEK && MSG_EOR == DARWIN_MSG_EOR, "MSG_*");
_Static_assert(MSG_TRUNC == DARWIN_MSG_TRUNC && MSG_CTRUNC == DARWIN_MSG_CTRUNC, "MSG_*");
_Static_assert(MSG_DONTWAIT == DARWIN_MSG_DONTWAIT, "MSG_*");
_Static_assert(POLLIN == TORUS_POLLIN && POLLPRI == TORUS_POLLPRI && POLLOUT == TORUS_POLLOUT, "POLL*");
_Static_assert(POLLERR == TORUS_POLLERR && POLLHUP == TORUS_POLLHUP, "POLL*");
_Static_assert(sizeof(struct iovec) == sizeof(struct torus_iovec), "iovec");

/* The longest datagram of IPv4; macOS sends 9216 bytes (net.inet.udp.maxdgram) unless it is asked for. */
#define DARWIN_DATAGRAM_BYTES 65535

union darwin__address {
    struct sockaddr address;
    unsigned char bytes[DARWIN_SOCKADDR_BYTES];
};

int os_errno(int native) {
    return darwin_errno(native);
}

void *os_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    minherit(memory, bytes, VM_INHERIT_NONE);
    return memory;
}

/* --- sockets ------------------------------------------------------------------------------------------------------ */

/* Writing to a peer that has gone is an error and no signal. EINVAL: both directions of the connection have ended. */
static int darwin__no_signal(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) < 0 ? os_error() : 0;
}

static int darwin__prepare(int fd, bool nonblocking) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        return os_error();
    }
    int result = posix_set_nonblocking(fd, nonblocking);
    return result < 0 ? result : darwin__no_signal(fd);
}

int os_socket(int family, int type, int protocol, bool nonblocking) {
    int native = darwin_family(family);
    if (native < 0) {
        return -TORUS_EAFNOSUPPORT;
    }
    int fd = socket(native, type & 0xf, protocol);
    if (fd < 0) {
        return os_error();
    }
    int result = darwin__prepare(fd, nonblocking);
    if (result < 0) {
        close(fd);
        return result;
    }
    if ((type & 0xf) == SOCK_DGRAM && native != AF_UNIX) {
        int bytes = DARWIN_DATAGRAM_BYTES;
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    return fd;
}

int os_set_nonblocking(int fd, bool nonblocking) {
    int result = posix_set_nonblocking(fd, nonblocking);
    if (result == 0) {
        (void)darwin__no_signal(fd); /* an adopted descriptor need not be a socket */
    }
    return result;
}

int os_accept(int fd) {
    for (;;) {
        int accepted = accept(fd, NULL, NULL);
        if (accepted >= 0) {
            int result = darwin__prepare(accepted, true);
            if (result == 0) {
                return accepted;
            }
            close(accepted);
            if (result != -TORUS_EINVAL) {
                return result;
            }
            /* Given up by the peer in the meantime: as below. */
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return os_error();
        }
        /* A connection that was given up while it waited is not an answer to "the next connection". */
    }
}

int os_connect(int fd, const void *address, uint32_t length) {
    uint16_t family = 0;
    if (length >= sizeof family) {
        memcpy(&family, address, sizeof family);
    }
    union darwin__address native;
    if (length >= sizeof family && family == AF_UNSPEC) {
        /* Takes the peer of a datagram socket away, and then complains of the family: connect(2). */
        memset(&native, 0, sizeof native);
        native.bytes[0] = sizeof(struct sockaddr_in);
        return connect(fd, &native.address, sizeof(struct sockaddr_in)) < 0 && errno != EAFNOSUPPORT ? os_error() : 0;
    }
    int bytes = darwin_address(address, length, native.bytes);
    if (bytes < 0) {
        return bytes;
    }
    if (connect(fd, &native.address, (socklen_t)bytes) == 0) {
        return 0;
    }
    /* An interrupted connect goes on by itself. */
    return errno == EINTR ? -TORUS_EINPROGRESS : os_error();
}

int os_connect_result(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) {
        return os_error();
    }
    if (error != 0) {
        return -darwin_errno(error);
    }
    union darwin__address peer;
    length = sizeof peer;
    if (getpeername(fd, &peer.address, &length) == 0 || errno == EINVAL) {
        return 0; /* EINVAL: connected, and ended since */
    }
    return errno == ENOTCONN ? -TORUS_EINPROGRESS : os_error();
}

int os_bind(int fd, const void *address, uint32_t length) {
    union darwin__address native;
    int bytes = darwin_address(address, length, native.bytes);
    if (bytes < 0) {
        return bytes;
    }
    return bind(fd, &native.address, (socklen_t)bytes) < 0 ? os_error() : 0;
}

int os_address(int fd, bool peer, void *address) {
    union darwin__address native;
    socklen_t length = sizeof native;
    int result = peer ? getpeername(fd, &native.address, &length) : getsockname(fd, &native.address, &length);
    if (result < 0) {
        /* getpeername(2): EINVAL, the socket has been shut down. */
        return peer && errno == EINVAL ? -TORUS_ENOTCONN : os_error();
    }
    return (int)darwin_linux_address(native.bytes, length, address, TORUS_SOCKADDR_BYTES);
}

enum os_stream os_stream_kind(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM) {
        return OS_NO_STREAM;
    }
    union darwin__address local;
    length = sizeof local;
    if (getsockname(fd, &local.address, &length) < 0) {
        return OS_STREAM;
    }
    bool internet = local.address.sa_family == AF_INET || local.address.sa_family == AF_INET6;
    return internet ? OS_TCP : OS_STREAM;
}

/* --- receiving and sending ---------------------------------------------------------------------------------------- */

/* With MSG_TRUNC Linux answers how long the datagram was; here that has to be asked for before it is gone. */
static int darwin__whole_datagram(int fd, uint32_t flags) {
    int type = 0;
    int bytes = 0;
    socklen_t length = sizeof type;
    if ((flags & TORUS_MSG_TRUNC) == 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 ||
        type != SOCK_DGRAM) {
        return 0;
    }
    length = sizeof bytes;
    return getsockopt(fd, SOL_SOCKET, SO_NREAD, &bytes, &length) < 0 ? 0 : bytes;
}

static int darwin__received(ssize_t result, int whole) {
    if (result < 0) {
        return os_error();
    }
    return result < whole ? whole : (int)result;
}

/* A socket whose peer is going answers EPROTOTYPE for a moment: the connection is lost. */
static int darwin__sent(ssize_t result) {
    if (result < 0 && errno == EPROTOTYPE) {
        return -TORUS_ECONNRESET;
    }
    return result < 0 ? os_error() : (int)result;
}

int os_recv(int fd, void *memory, uint32_t bytes, uint32_t flags) {
    int whole = darwin__whole_datagram(fd, flags);
    ssize_t result;
    OS_RETRY(result, recv(fd, memory, bytes, darwin_message_flags(flags)));
    return darwin__received(result, whole);
}

int os_send(int fd, const void *memory, uint32_t bytes, uint32_t flags, const void *address, uint32_t length) {
    union darwin__address native;
    ssize_t result;
    if (length == 0) {
        OS_RETRY(result, send(fd, memory, bytes, darwin_message_flags(flags)));
        return darwin__sent(result);
    }
    int address_bytes = darwin_address(address, length, native.bytes);
    if (address_bytes < 0) {
        return address_bytes;
    }
    OS_RETRY(result, sendto(fd, memory, bytes, darwin_message_flags(flags), &native.address, (socklen_t)address_bytes));
    return darwin__sent(result);
}

/* The buffers of a message; the address goes through `name`. */
static struct msghdr darwin__message(const struct torus_msghdr *message, union darwin__address *name) {
    return (struct msghdr){
        .msg_name = message->namelen == 0 ? NULL : name,
        .msg_namelen = message->namelen == 0 ? 0 : (socklen_t)sizeof *name,
        .msg_iov = (struct iovec *)(uintptr_t)message->iov,
        .msg_iovlen = (int)message->iovlen,
    };
}

int os_recvmsg(int fd, struct torus_msghdr *message, uint32_t flags) {
    union darwin__address name;
    struct msghdr native = darwin__message(message, &name);
    int whole = darwin__whole_datagram(fd, flags);
    ssize_t result;
    OS_RETRY(result, recvmsg(fd, &native, darwin_message_flags(flags)));
    if (result >= 0) {
        message->namelen = native.msg_namelen == 0
                               ? 0
                               : darwin_linux_address(name.bytes, native.msg_namelen, (void *)(uintptr_t)message->name,
                                                      message->namelen);
        message->controllen = 0; /* control data are not translated */
        message->flags = darwin_linux_message_flags(native.msg_flags);
    }
    return darwin__received(result, whole);
}

int os_sendmsg(int fd, const struct torus_msghdr *message, uint32_t flags) {
    union darwin__address name;
    struct msghdr native = darwin__message(message, &name);
    if (message->controllen != 0) {
        return -TORUS_EOPNOTSUPP;
    }
    if (message->namelen != 0) {
        int bytes = darwin_address((const void *)(uintptr_t)message->name, message->namelen, name.bytes);
        if (bytes < 0) {
            return bytes;
        }
        native.msg_namelen = (socklen_t)bytes;
    }
    ssize_t result;
    OS_RETRY(result, sendmsg(fd, &native, darwin_message_flags(flags)));
    return darwin__sent(result);
}

/*
 * Each direction is asked for by itself. poll(2) of xnu is made of the same filters as kqueue and calls EV_EOF of
 * either POLLHUP: for reading that is what Linux calls RDHUP, and it is hung up when both directions are.
 */
int os_poll(int fd, uint32_t mask) {
    struct pollfd entries[2] = {
        {.fd = fd, .events = (short)(POLLHUP | (mask & (POLLIN | POLLPRI)))},
        {.fd = fd, .events = POLLOUT},
    };
    int result;
    OS_RETRY(result, poll(entries, 2, 0));
    if (result < 0) {
        return os_error();
    }
    uint32_t read = (uint32_t)entries[0].revents;
    uint32_t write = (uint32_t)entries[1].revents;
    uint32_t ready = (read & (POLLIN | POLLPRI | POLLERR)) | (write & (POLLOUT | POLLERR));
    ready |= (read & POLLHUP) != 0 ? TORUS_POLLRDHUP : 0;
    ready |= (read & write & POLLHUP) != 0 ? TORUS_POLLHUP | TORUS_POLLOUT : 0;
    return (int)(ready & (mask | TORUS_POLLERR | TORUS_POLLHUP));
}

/* --- options ------------------------------------------------------------------------------------------------------ */

int os_set_option(int fd, int level, int name, int value) {
    const struct darwin_option *option = darwin_option(level, name);
    if (option == NULL) {
        return -TORUS_ENOPROTOOPT;
    }
    unsigned char byte = (unsigned char)value;
    struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? value : 0};
    const void *data = &value;
    socklen_t length = sizeof value;
    if (option->kind == DARWIN_BYTE) {
        if (value < 0 || value > UINT8_MAX) {
            return -TORUS_EINVAL;
        }
        data = &byte;
        length = sizeof byte;
    } else if (option->kind == DARWIN_LINGER) {
        data = &linger;
        length = sizeof linger;
    }
    return setsockopt(fd, option->native_level, option->native_name, data, length) < 0 ? os_error() : 0;
}

int os_get_option(int fd, int level, int name, int *value) {
    const struct darwin_option *option = darwin_option(level, name);
    if (option == NULL) {
        return -TORUS_ENOPROTOOPT;
    }
    struct linger linger = {0};
    bool lingers = option->kind == DARWIN_LINGER;
    void *data = lingers ? (void *)&linger : (void *)value;
    socklen_t length = lingers ? (socklen_t)sizeof linger : (socklen_t)sizeof *value;
    *value = 0; /* some options fill fewer bytes */
    if (getsockopt(fd, option->native_level, option->native_name, data, &length) < 0) {
        return os_error();
    }
    if (lingers) {
        *value = linger.l_onoff != 0 ? linger.l_linger : -1;
    } else if (option->kind == DARWIN_BOOL) {
        *value = *value != 0;
    } else if (option->kind == DARWIN_ERROR) {
        *value = darwin_errno(*value);
    }
    return 0;
}

/* MCAST_JOIN_GROUP wants an interface; where the system is to choose, the older options leave it to it. */
static int darwin__membership_anywhere(int fd, const union darwin__address *group, bool join) {
    int result;
    if (group->address.sa_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, group, sizeof address);
        struct ip_mreq request = {.imr_multiaddr = address.sin_addr, .imr_interface.s_addr = INADDR_ANY};
        int name = join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
        result = setsockopt(fd, IPPROTO_IP, name, &request, sizeof request);
    } else {
        struct sockaddr_in6 address;
        memcpy(&address, group, sizeof address);
        struct ipv6_mreq request = {.ipv6mr_multiaddr = address.sin6_addr, .ipv6mr_interface = 0};
        int name = join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
        result = setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof request);
    }
    return result < 0 ? os_error() : 0;
}

int os_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join) {
    union darwin__address native;
    int bytes = darwin_address(group, length, native.bytes);
    if (bytes < 0) {
        return bytes;
    }
    if (native.address.sa_family == AF_UNIX) {
        return -TORUS_EINVAL;
    }
    if (interface_index == 0) {
        return darwin__membership_anywhere(fd, &native, join);
    }
    struct group_req request = {.gr_interface = interface_index};
    memcpy(&request.gr_group, native.bytes, (size_t)bytes);
    int level = native.address.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    return setsockopt(fd, level, name, &request, sizeof request) < 0 ? os_error() : 0;
}
