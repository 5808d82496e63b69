/*
 * Windows: memory, the clock, and sockets beside the ring. Numbers of families, options and errors are translated from
 * Linux's and back.
 */
#include "windows.h"

#include <stddef.h>
#include <string.h>

#include "os.h"

#define NANOS_PER_SECOND INT64_C(1000000000)

int os_error(void) {
    return windows_error(GetLastError());
}

static int os__winsock_error(void) {
    return windows_error((uint32_t)WSAGetLastError());
}

void *os_map(size_t bytes) {
    return VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void os_unmap(void *memory, size_t bytes) {
    (void)bytes;
    if (memory != NULL) {
        VirtualFree(memory, 0, MEM_RELEASE);
    }
}

int64_t os_monotonic_nanos(void) {
    LARGE_INTEGER frequency;
    LARGE_INTEGER now;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    int64_t seconds = now.QuadPart / frequency.QuadPart;
    int64_t rest = now.QuadPart % frequency.QuadPart;
    return seconds * NANOS_PER_SECOND + rest * NANOS_PER_SECOND / frequency.QuadPart;
}

static const struct {
    uint16_t number; /* Linux's */
    int native;
    size_t bytes;
} os__families[] = {
    {TORUS_AF_INET, AF_INET, sizeof(struct sockaddr_in)},
    {TORUS_AF_INET6, AF_INET6, sizeof(struct sockaddr_in6)},
    {TORUS_AF_UNIX, AF_UNIX, sizeof(struct windows_sockaddr_unix)},
};
#define OS_FAMILIES (sizeof os__families / sizeof os__families[0])

/* Index into the table of a family of Linux's numbering; OS_FAMILIES: none. */
static size_t os__family(int number) {
    size_t i = 0;
    while (i < OS_FAMILIES && os__families[i].number != number) {
        i++;
    }
    return i;
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

int windows_address(const void *address, uint32_t length, struct sockaddr_storage *out) {
    uint16_t family;
    memset(out, 0, sizeof *out);
    if (length < sizeof family || length > TORUS_SOCKADDR_BYTES) {
        return -TORUS_EINVAL;
    }
    memcpy(&family, address, sizeof family);
    size_t index = os__family(family);
    if (index == OS_FAMILIES) {
        return -TORUS_EAFNOSUPPORT;
    }
    size_t wanted = os__families[index].bytes;
    if (family == TORUS_AF_UNIX) {
        /* As long as the path is, with its 0; Windows wants it whole, and has no names without a file. */
        if (length <= sizeof family || length > wanted || ((const char *)address)[sizeof family] == 0) {
            return -TORUS_EINVAL;
        }
    } else if (length < wanted) {
        return -TORUS_EINVAL;
    }
    memcpy(out, address, length < wanted ? length : wanted);
    out->ss_family = (short)os__families[index].native;
    return (int)wanted;
}

uint32_t windows_linux_address(const struct sockaddr *address, int length, void *out, uint32_t room) {
    struct sockaddr_storage copy = {0};
    if (length < (int)sizeof(uint16_t) || (size_t)length > sizeof copy) {
        return 0;
    }
    memcpy(&copy, address, (size_t)length);
    uint16_t family = copy.ss_family == AF_INET6 ? TORUS_AF_INET6 : (uint16_t)copy.ss_family;
    memcpy(&copy, &family, sizeof family);
    memcpy(out, &copy, (uint32_t)length < room ? (uint32_t)length : room);
    return (uint32_t)length;
}

/* --- sockets ------------------------------------------------------------------------------------------------------ */

int os_socket(int family, int type, int protocol, bool nonblocking) {
    size_t index = os__family(family);
    if (index == OS_FAMILIES) {
        return -TORUS_EAFNOSUPPORT;
    }
    int native = os__families[index].native;
    SOCKET socket = WSASocketW(native, type & 0xf, protocol, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (socket == INVALID_SOCKET) {
        return os__winsock_error();
    }
    int fd = windows_descriptor(socket);
    if (fd < 0) {
        closesocket(socket);
        return -TORUS_EMFILE;
    }
    if (native == AF_INET6) {
        /* Linux's default: one socket for both, with mapped addresses. */
        DWORD off = 0;
        setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&off, sizeof off);
    }
    int result = os_set_nonblocking(fd, nonblocking);
    if (result < 0) {
        closesocket(socket);
        return result;
    }
    return fd;
}

int os_set_nonblocking(int fd, bool nonblocking) {
    u_long on = nonblocking;
    return ioctlsocket(windows_socket(fd), FIONBIO, &on) != 0 ? os__winsock_error() : 0;
}

int os_close(int fd) {
    if (closesocket(windows_socket(fd)) == 0) {
        return 0;
    }
    if (WSAGetLastError() != WSAENOTSOCK) {
        return os__winsock_error();
    }
    return CloseHandle(windows_handle(fd)) ? 0 : os_error();
}

/* Without a destination. The ring sends by WSASend: this is for what goes beside it, and tells no completion port. */
int os_send(int fd, const void *memory, uint32_t bytes, uint32_t flags, const void *address, uint32_t length) {
    (void)flags;
    (void)address;
    (void)length;
    int result = os_set_nonblocking(fd, true); /* which changes nothing for overlapped operations */
    if (result < 0) {
        return result;
    }
    int sent = send(windows_socket(fd), memory, (int)bytes, 0);
    return sent == SOCKET_ERROR ? os__winsock_error() : sent;
}

int os_shutdown(int fd, uint32_t how) {
    static const int ways[] = {SD_RECEIVE, SD_SEND, SD_BOTH};
    return shutdown(windows_socket(fd), ways[how]) != 0 ? os__winsock_error() : 0;
}

int os_bind(int fd, const void *address, uint32_t length) {
    struct sockaddr_storage native;
    int bytes = windows_address(address, length, &native);
    if (bytes < 0) {
        return bytes;
    }
    return bind(windows_socket(fd), (const struct sockaddr *)&native, bytes) != 0 ? os__winsock_error() : 0;
}

int os_listen(int fd, int backlog) {
    return listen(windows_socket(fd), backlog) != 0 ? os__winsock_error() : 0;
}

/* The address of a socket that is not bound yet: the wildcard, or no path, as Linux answers. */
static int os__unbound(int fd, void *address) {
    WSAPROTOCOL_INFOW info;
    int length = sizeof info;
    bool known = getsockopt(windows_socket(fd), SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &length) == 0;
    bool unix_domain = known && info.iAddressFamily == AF_UNIX;
    memset(address, 0, sizeof(struct sockaddr_in));
    *(uint16_t *)address = unix_domain ? TORUS_AF_UNIX : TORUS_AF_INET;
    return unix_domain ? (int)sizeof(uint16_t) : (int)sizeof(struct sockaddr_in);
}

int os_address(int fd, bool peer, void *address) {
    struct sockaddr_storage native = {0};
    int length = sizeof native;
    struct sockaddr *out = (struct sockaddr *)&native;
    int result = peer ? getpeername(windows_socket(fd), out, &length) : getsockname(windows_socket(fd), out, &length);
    if (result != 0) {
        return !peer && WSAGetLastError() == WSAEINVAL ? os__unbound(fd, address) : os__winsock_error();
    }
    return (int)windows_linux_address(out, length, address, TORUS_SOCKADDR_BYTES);
}

/* --- options ------------------------------------------------------------------------------------------------------ */

struct os__option {
    int level;
    int name;
    int native_level;
    int native_name;
};

/* Linux's numbers on the left: socket(7), tcp(7), ip(7), ipv6(7). */
static const struct os__option os__options[] = {
    {1, 3, SOL_SOCKET, SO_TYPE},
    {1, 4, SOL_SOCKET, SO_ERROR},
    {1, 6, SOL_SOCKET, SO_BROADCAST},
    {1, 7, SOL_SOCKET, SO_SNDBUF},
    {1, 8, SOL_SOCKET, SO_RCVBUF},
    {1, 9, SOL_SOCKET, SO_KEEPALIVE},
    {1, 13, SOL_SOCKET, SO_LINGER},
    {1, 30, SOL_SOCKET, SO_ACCEPTCONN},
    {6, 1, IPPROTO_TCP, TCP_NODELAY},
    {0, 1, IPPROTO_IP, IP_TOS},
    {0, 2, IPPROTO_IP, IP_TTL},
    {0, 32, IPPROTO_IP, IP_MULTICAST_IF},
    {0, 33, IPPROTO_IP, IP_MULTICAST_TTL},
    {0, 34, IPPROTO_IP, IP_MULTICAST_LOOP},
    {41, 16, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {41, 17, IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {41, 18, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {41, 19, IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {41, 26, IPPROTO_IPV6, IPV6_V6ONLY},
};

#define OS_SOL_SOCKET 1
#define OS_SO_REUSEADDR 2

static int os__option(SOCKET socket, int level, int name, struct os__option *out) {
    if (level == OS_SOL_SOCKET && name == OS_SO_REUSEADDR) {
        /* Taking over a port in TIME_WAIT, which the option asks for elsewhere, is what Windows always does for
         * streams; its own SO_REUSEADDR lets anybody take a port that is in use. A stream is given the opposite of
         * that. */
        int type = 0;
        int length = sizeof type;
        if (getsockopt(socket, SOL_SOCKET, SO_TYPE, (char *)&type, &length) != 0) {
            return os__winsock_error();
        }
        int native = type == SOCK_STREAM ? SO_EXCLUSIVEADDRUSE : SO_REUSEADDR;
        *out = (struct os__option){level, name, SOL_SOCKET, native};
        return 0;
    }
    for (size_t i = 0; i < sizeof os__options / sizeof os__options[0]; i++) {
        if (os__options[i].level == level && os__options[i].name == name) {
            *out = os__options[i];
            return 0;
        }
    }
    return -TORUS_ENOPROTOOPT;
}

int os_set_option(int fd, int level, int name, int value) {
    struct os__option option;
    SOCKET socket = windows_socket(fd);
    int result = os__option(socket, level, name, &option);
    if (result < 0) {
        return result;
    }
    if (option.native_level == IPPROTO_IP && option.native_name == IP_MULTICAST_IF) {
        value = (int)htonl((u_long)value); /* so an index is told from an address */
    }
    struct linger linger = {.l_onoff = value >= 0,
                            .l_linger = (u_short)(value < 0       ? 0
                                                  : value > 65535 ? 65535
                                                                  : value)};
    bool lingers = option.native_level == SOL_SOCKET && option.native_name == SO_LINGER;
    const char *data = lingers ? (const char *)&linger : (const char *)&value;
    int length = lingers ? (int)sizeof linger : (int)sizeof value;
    return setsockopt(socket, option.native_level, option.native_name, data, length) != 0 ? os__winsock_error() : 0;
}

int os_get_option(int fd, int level, int name, int *value) {
    struct os__option option;
    SOCKET socket = windows_socket(fd);
    int result = os__option(socket, level, name, &option);
    if (result < 0) {
        return result;
    }
    *value = 0; /* some options fill fewer bytes */
    struct linger linger = {0};
    bool lingers = option.native_level == SOL_SOCKET && option.native_name == SO_LINGER;
    int length = lingers ? (int)sizeof linger : (int)sizeof *value;
    char *data = lingers ? (char *)&linger : (char *)value;
    if (getsockopt(socket, option.native_level, option.native_name, data, &length) != 0) {
        return os__winsock_error();
    }
    if (lingers) {
        *value = linger.l_onoff ? linger.l_linger : -1;
    } else if (level == OS_SOL_SOCKET && name == OS_SO_REUSEADDR) {
        *value = *value != 0;
    }
    return 0;
}

int os_membership(int fd, const void *group, uint32_t length, uint32_t interface_index, bool join) {
    struct group_req request = {.gr_interface = interface_index};
    struct sockaddr_storage native;
    int bytes = windows_address(group, length, &native);
    if (bytes < 0) {
        return bytes;
    }
    memcpy(&request.gr_group, &native, (size_t)bytes);
    int level = native.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    const char *data = (const char *)&request;
    return setsockopt(windows_socket(fd), level, name, data, sizeof request) != 0 ? os__winsock_error() : 0;
}
