/*
 * macOS's numbers and layouts as Linux's, which are the ABI's. Nothing here needs macOS's headers, so it is compiled
 * and tested on Linux as well; darwin.c compares each number with those headers where they are.
 */
#ifndef TORUS_DARWIN_H
#define TORUS_DARWIN_H

#include <stddef.h>
#include <stdint.h>

#include "torus/errno.h"
#include "torus/ring.h"

/* Errors of Linux that only macOS's numbers lead to. */
enum {
    DARWIN_LINUX_ENOEXEC = 8,
    DARWIN_LINUX_ENODATA = 61,
    DARWIN_LINUX_ETIME = 62,
    DARWIN_LINUX_ENOSR = 63,
    DARWIN_LINUX_ENOLINK = 67,
    DARWIN_LINUX_EPROTO = 71,
    DARWIN_LINUX_EMULTIHOP = 72,
    DARWIN_LINUX_EBADMSG = 74,
    DARWIN_LINUX_EUSERS = 87,
    DARWIN_LINUX_ETOOMANYREFS = 109,
    DARWIN_LINUX_ESTALE = 116,
    DARWIN_LINUX_EREMOTE = 66,
    DARWIN_LINUX_ENOSTR = 60,
    DARWIN_LINUX_EIDRM = 43,
    DARWIN_LINUX_ENOMSG = 42,
    DARWIN_LINUX_EOWNERDEAD = 130,
    DARWIN_LINUX_ENOTRECOVERABLE = 131,
};

/* X(name, macOS, Linux): sys/errno.h of both. Up to ERANGE, 34, the two are the same but for EDEADLK. */
#define DARWIN_ERRORS(X)                                  \
    X(EDEADLK, 11, TORUS_EDEADLK)                         \
    X(EAGAIN, 35, TORUS_EAGAIN)                           \
    X(EINPROGRESS, 36, TORUS_EINPROGRESS)                 \
    X(EALREADY, 37, TORUS_EALREADY)                       \
    X(ENOTSOCK, 38, TORUS_ENOTSOCK)                       \
    X(EDESTADDRREQ, 39, TORUS_EDESTADDRREQ)               \
    X(EMSGSIZE, 40, TORUS_EMSGSIZE)                       \
    X(EPROTOTYPE, 41, TORUS_EPROTOTYPE)                   \
    X(ENOPROTOOPT, 42, TORUS_ENOPROTOOPT)                 \
    X(EPROTONOSUPPORT, 43, TORUS_EPROTONOSUPPORT)         \
    X(ESOCKTNOSUPPORT, 44, TORUS_ESOCKTNOSUPPORT)         \
    X(ENOTSUP, 45, TORUS_EOPNOTSUPP)                      \
    X(EPFNOSUPPORT, 46, TORUS_EPFNOSUPPORT)               \
    X(EAFNOSUPPORT, 47, TORUS_EAFNOSUPPORT)               \
    X(EADDRINUSE, 48, TORUS_EADDRINUSE)                   \
    X(EADDRNOTAVAIL, 49, TORUS_EADDRNOTAVAIL)             \
    X(ENETDOWN, 50, TORUS_ENETDOWN)                       \
    X(ENETUNREACH, 51, TORUS_ENETUNREACH)                 \
    X(ENETRESET, 52, TORUS_ENETRESET)                     \
    X(ECONNABORTED, 53, TORUS_ECONNABORTED)               \
    X(ECONNRESET, 54, TORUS_ECONNRESET)                   \
    X(ENOBUFS, 55, TORUS_ENOBUFS)                         \
    X(EISCONN, 56, TORUS_EISCONN)                         \
    X(ENOTCONN, 57, TORUS_ENOTCONN)                       \
    X(ESHUTDOWN, 58, TORUS_ESHUTDOWN)                     \
    X(ETOOMANYREFS, 59, DARWIN_LINUX_ETOOMANYREFS)        \
    X(ETIMEDOUT, 60, TORUS_ETIMEDOUT)                     \
    X(ECONNREFUSED, 61, TORUS_ECONNREFUSED)               \
    X(ELOOP, 62, TORUS_ELOOP)                             \
    X(ENAMETOOLONG, 63, TORUS_ENAMETOOLONG)               \
    X(EHOSTDOWN, 64, TORUS_EHOSTDOWN)                     \
    X(EHOSTUNREACH, 65, TORUS_EHOSTUNREACH)               \
    X(ENOTEMPTY, 66, TORUS_ENOTEMPTY)                     \
    X(EPROCLIM, 67, TORUS_EAGAIN)                         \
    X(EUSERS, 68, DARWIN_LINUX_EUSERS)                    \
    X(EDQUOT, 69, TORUS_EDQUOT)                           \
    X(ESTALE, 70, DARWIN_LINUX_ESTALE)                    \
    X(EREMOTE, 71, DARWIN_LINUX_EREMOTE)                  \
    X(EBADRPC, 72, TORUS_EIO)                             \
    X(ERPCMISMATCH, 73, TORUS_EIO)                        \
    X(EPROGUNAVAIL, 74, TORUS_EIO)                        \
    X(EPROGMISMATCH, 75, TORUS_EIO)                       \
    X(EPROCUNAVAIL, 76, TORUS_EIO)                        \
    X(ENOLCK, 77, TORUS_ENOLCK)                           \
    X(ENOSYS, 78, TORUS_ENOSYS)                           \
    X(EFTYPE, 79, TORUS_EINVAL)                           \
    X(EAUTH, 80, TORUS_EACCES)                            \
    X(ENEEDAUTH, 81, TORUS_EACCES)                        \
    X(EPWROFF, 82, TORUS_EIO)                             \
    X(EDEVERR, 83, TORUS_EIO)                             \
    X(EOVERFLOW, 84, TORUS_EOVERFLOW)                     \
    X(EBADEXEC, 85, DARWIN_LINUX_ENOEXEC)                 \
    X(EBADARCH, 86, DARWIN_LINUX_ENOEXEC)                 \
    X(ESHLIBVERS, 87, DARWIN_LINUX_ENOEXEC)               \
    X(EBADMACHO, 88, DARWIN_LINUX_ENOEXEC)                \
    X(ECANCELED, 89, TORUS_ECANCELED)                     \
    X(EIDRM, 90, DARWIN_LINUX_EIDRM)                      \
    X(ENOMSG, 91, DARWIN_LINUX_ENOMSG)                    \
    X(EILSEQ, 92, TORUS_EILSEQ)                           \
    X(ENOATTR, 93, DARWIN_LINUX_ENODATA)                  \
    X(EBADMSG, 94, DARWIN_LINUX_EBADMSG)                  \
    X(EMULTIHOP, 95, DARWIN_LINUX_EMULTIHOP)              \
    X(ENODATA, 96, DARWIN_LINUX_ENODATA)                  \
    X(ENOLINK, 97, DARWIN_LINUX_ENOLINK)                  \
    X(ENOSR, 98, DARWIN_LINUX_ENOSR)                      \
    X(ENOSTR, 99, DARWIN_LINUX_ENOSTR)                    \
    X(EPROTO, 100, DARWIN_LINUX_EPROTO)                   \
    X(ETIME, 101, DARWIN_LINUX_ETIME)                     \
    X(EOPNOTSUPP, 102, TORUS_EOPNOTSUPP)                  \
    X(ENOPOLICY, 103, TORUS_EIO)                          \
    X(ENOTRECOVERABLE, 104, DARWIN_LINUX_ENOTRECOVERABLE) \
    X(EOWNERDEAD, 105, DARWIN_LINUX_EOWNERDEAD)           \
    X(EQFULL, 106, TORUS_ENOBUFS)

/* Linux's number of an error of macOS; EIO for one that is not known. */
int darwin_errno(int native);

/* Address families, and the room for any address. */
#define DARWIN_AF_UNIX 1
#define DARWIN_AF_INET 2
#define DARWIN_AF_INET6 30
#define DARWIN_SOCKADDR_BYTES 128
#define DARWIN_PATH_BYTES 104

/* macOS's family, or -1. */
int darwin_family(int family);

/*
 * Addresses: macOS has the length in the first byte and the family in the second, where Linux has the family in both;
 * what follows is the same. The bytes used, or -errno.
 */
int darwin_address(const void *address, uint32_t length, unsigned char *out);

/* And back, into at most `room` bytes: the whole length. */
uint32_t darwin_linux_address(const unsigned char *address, uint32_t length, void *out, uint32_t room);

/* How the value of a socket option is passed. */
enum darwin_kind {
    DARWIN_INT,
    DARWIN_BOOL,   /* read as any number but 0, which Linux answers with 1 */
    DARWIN_BYTE,   /* one byte */
    DARWIN_LINGER, /* struct linger */
    DARWIN_ERROR,  /* an errno */
};

struct darwin_option {
    int level; /* Linux's */
    int name;
    int native_level;
    int native_name;
    enum darwin_kind kind;
};

/*
 * X(level, name, macOS level, macOS name, how): socket(7), tcp(7), ip(7), ipv6(7) of Linux; sys/socket.h,
 * netinet/tcp.h, netinet/in.h, netinet6/in6.h of macOS. Each macOS name is paired with its number.
 */
#define DARWIN_OPTIONS(X)                                              \
    X(1, 2, SOL_SOCKET, 0xffff, SO_REUSEADDR, 0x0004, DARWIN_BOOL)     \
    X(1, 3, SOL_SOCKET, 0xffff, SO_TYPE, 0x1008, DARWIN_INT)           \
    X(1, 4, SOL_SOCKET, 0xffff, SO_ERROR, 0x1007, DARWIN_ERROR)        \
    X(1, 5, SOL_SOCKET, 0xffff, SO_DONTROUTE, 0x0010, DARWIN_BOOL)     \
    X(1, 6, SOL_SOCKET, 0xffff, SO_BROADCAST, 0x0020, DARWIN_BOOL)     \
    X(1, 7, SOL_SOCKET, 0xffff, SO_SNDBUF, 0x1001, DARWIN_INT)         \
    X(1, 8, SOL_SOCKET, 0xffff, SO_RCVBUF, 0x1002, DARWIN_INT)         \
    X(1, 9, SOL_SOCKET, 0xffff, SO_KEEPALIVE, 0x0008, DARWIN_BOOL)     \
    X(1, 10, SOL_SOCKET, 0xffff, SO_OOBINLINE, 0x0100, DARWIN_BOOL)    \
    X(1, 13, SOL_SOCKET, 0xffff, SO_LINGER_SEC, 0x1080, DARWIN_LINGER) \
    X(1, 15, SOL_SOCKET, 0xffff, SO_REUSEPORT, 0x0200, DARWIN_BOOL)    \
    X(1, 18, SOL_SOCKET, 0xffff, SO_RCVLOWAT, 0x1004, DARWIN_INT)      \
    X(1, 30, SOL_SOCKET, 0xffff, SO_ACCEPTCONN, 0x0002, DARWIN_BOOL)   \
    X(6, 1, IPPROTO_TCP, 6, TCP_NODELAY, 0x01, DARWIN_BOOL)            \
    X(6, 2, IPPROTO_TCP, 6, TCP_MAXSEG, 0x02, DARWIN_INT)              \
    X(6, 3, IPPROTO_TCP, 6, TCP_NOPUSH, 0x04, DARWIN_BOOL)             \
    X(6, 4, IPPROTO_TCP, 6, TCP_KEEPALIVE, 0x10, DARWIN_INT)           \
    X(6, 5, IPPROTO_TCP, 6, TCP_KEEPINTVL, 0x101, DARWIN_INT)          \
    X(6, 6, IPPROTO_TCP, 6, TCP_KEEPCNT, 0x102, DARWIN_INT)            \
    X(6, 23, IPPROTO_TCP, 6, TCP_FASTOPEN, 0x105, DARWIN_BOOL)         \
    X(0, 1, IPPROTO_IP, 0, IP_TOS, 3, DARWIN_INT)                      \
    X(0, 2, IPPROTO_IP, 0, IP_TTL, 4, DARWIN_INT)                      \
    X(0, 32, IPPROTO_IP, 0, IP_MULTICAST_IFINDEX, 66, DARWIN_INT)      \
    X(0, 33, IPPROTO_IP, 0, IP_MULTICAST_TTL, 10, DARWIN_BYTE)         \
    X(0, 34, IPPROTO_IP, 0, IP_MULTICAST_LOOP, 11, DARWIN_BYTE)        \
    X(41, 16, IPPROTO_IPV6, 41, IPV6_UNICAST_HOPS, 4, DARWIN_INT)      \
    X(41, 17, IPPROTO_IPV6, 41, IPV6_MULTICAST_IF, 9, DARWIN_INT)      \
    X(41, 18, IPPROTO_IPV6, 41, IPV6_MULTICAST_HOPS, 10, DARWIN_INT)   \
    X(41, 19, IPPROTO_IPV6, 41, IPV6_MULTICAST_LOOP, 11, DARWIN_BOOL)  \
    X(41, 26, IPPROTO_IPV6, 41, IPV6_V6ONLY, 27, DARWIN_BOOL)          \
    X(41, 67, IPPROTO_IPV6, 41, IPV6_TCLASS, 36, DARWIN_INT)

/* NULL: macOS has no such option. */
const struct darwin_option *darwin_option(int level, int name);

/* MSG_*: what may be given, and what recvmsg answers. */
#define DARWIN_MSG_OOB 0x1
#define DARWIN_MSG_PEEK 0x2
#define DARWIN_MSG_EOR 0x8
#define DARWIN_MSG_TRUNC 0x10
#define DARWIN_MSG_CTRUNC 0x20
#define DARWIN_MSG_DONTWAIT 0x80

int darwin_message_flags(uint32_t flags);
uint32_t darwin_linux_message_flags(int native);

#endif
