/* Linux: its numbers are the ABI's, so nothing is translated. */
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "os.h"
#include "posix.h"

/* What the kernel would read is what Java wrote. */
_Static_assert(sizeof(struct msghdr) == sizeof(struct torus_msghdr), "msghdr");
_Static_assert(offsetof(struct msghdr, msg_iov) == offsetof(struct torus_msghdr, iov), "msg_iov");
_Static_assert(offsetof(struct msghdr, msg_control) == offsetof(struct torus_msghdr, control), "msg_control");
_Static_assert(offsetof(struct msghdr, msg_flags) == offsetof(struct torus_msghdr, flags), "msg_flags");
_Static_assert(sizeof(struct iovec) == sizeof(struct torus_iovec), "iovec");
_Static_assert(SOCK_CLOEXEC == TORUS_SOCK_CLOEXEC && SOCK_NONBLOCK == TORUS_SOCK_NONBLOCK, "SOCK_*");
_Static_assert(MSG_WAITALL == TORUS_MSG_WAITALL && MSG_NOSIGNAL == TORUS_MSG_NOSIGNAL, "MSG_*");

int os_errno(int native) {
    return native;
}

void *os_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    madvise(memory, bytes, MADV_DONTFORK);
    return memory;
}

int os_socket(int family, int type, int protocol, bool nonblocking) {
    int fd = socket(family, (type & 0xf) | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), protocol);
    return fd < 0 ? -errno : fd;
}

int os_accept(int fd) {
    int result;
    /* A connection that was given up while it waited is not an answer to "the next connection". */
    do {
        result = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (result < 0 && (errno == EINTR || errno == ECONNABORTED));
    return result < 0 ? -errno : result;
}

int os_connect(int fd, const void *address, uint32_t length) {
    if (connect(fd, address, length) == 0) {
        return 0;
    }
    /* An interrupted connect goes on by itself. */
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int os_connect_result(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0) {
        return error != 0 ? -error : -errno;
    }
    struct sockaddr_storage peer;
    length = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0) {
        return errno == ENOTCONN ? -EINPROGRESS : -errno;
    }
    /* Linux answers the connect after a successful attempt with 0 and only the one after that with EISCONN: be the
     * first ourselves. */
    (void)connect(fd, (const struct sockaddr *)&peer, length);
    return 0;
}

int os_recvmsg(int fd, struct torus_msghdr *message, uint32_t flags) {
    ssize_t result;
    OS_RETRY(result, recvmsg(fd, (struct msghdr *)message, (int)flags | MSG_DONTWAIT));
    return result < 0 ? -errno : (int)result;
}

int os_sendmsg(int fd, const struct torus_msghdr *message, uint32_t flags) {
    ssize_t result;
    int all = (int)(flags & ~TORUS_MSG_WAITALL) | MSG_NOSIGNAL | MSG_DONTWAIT;
    OS_RETRY(result, sendmsg(fd, (const struct msghdr *)message, all));
    return result < 0 ? -errno : (int)result;
}

int os_poll(int fd, uint32_t mask) {
    struct pollfd entry = {.fd = fd, .events = (short)mask};
    int result;
    OS_RETRY(result, poll(&entry, 1, 0));
    return result < 0 ? -errno : entry.revents;
}

int os_set_nonblocking(int fd, bool nonblocking) {
    return posix_set_nonblocking(fd, nonblocking);
}

enum os_stream os_stream_kind(int fd) {
    int type = 0;
    int protocol = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM) {
        return OS_NO_STREAM;
    }
    length = sizeof protocol;
    /* Not AF_UNIX: there a receive also stops short in front of passed descriptors. */
    bool tcp = getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == IPPROTO_TCP;
    return tcp ? OS_TCP : OS_STREAM;
}

int os_bind(int fd, const void *address, uint32_t length) {
    return bind(fd, address, length) < 0 ? -errno : 0;
}

int os_set_option(int fd, int level, int name, int value) {
    if (level == IPPROTO_IP && name == IP_MULTICAST_IF) {
        /* An index, as for IPv6; a plain integer would be taken for an address. */
        struct ip_mreqn request = {.imr_ifindex = value};
        return setsockopt(fd, level, name, &request, sizeof request) < 0 ? -errno : 0;
    }
    if (level == SOL_SOCKET && name == SO_LINGER) {
        struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? value : 0};
        return setsockopt(fd, level, name, &linger, sizeof linger) < 0 ? -errno : 0;
    }
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

int os_get_option(int fd, int level, int name, int *value) {
    if (level == SOL_SOCKET && name == SO_LINGER) {
        struct linger linger = {0};
        socklen_t length = sizeof linger;
        if (getsockopt(fd, level, name, &linger, &length) < 0) {
            return -errno;
        }
        *value = linger.l_onoff ? linger.l_linger : -1;
        return 0;
    }
    socklen_t length = sizeof *value;
    *value = 0; /* some options fill fewer bytes */
    return getsockopt(fd, level, name, value, &length) < 0 ? -errno : 0;
}

int os_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join) {
    struct group_req request = {.gr_interface = interface_index};
    if (length > sizeof request.gr_group) {
        return -EINVAL;
    }
    memcpy(&request.gr_group, group, length);
    int level = request.gr_group.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    return setsockopt(fd, level, name, &request, sizeof request) < 0 ? -errno : 0;
}

int os_address(int fd, bool peer, void *address) {
    socklen_t length = TORUS_SOCKADDR_BYTES;
    int result = peer ? getpeername(fd, address, &length) : getsockname(fd, address, &length);
    return result < 0 ? -errno : (int)length;
}
