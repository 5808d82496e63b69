/* The tables that make macOS's numbers and addresses Linux's; on Linux, whose headers have the other half. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../src/os/darwin.h"
#include "check.h"

static void errors_have_linux_numbers(void) {
    CHECK_EQUAL(EINTR, darwin_errno(4));
    CHECK_EQUAL(EDEADLK, darwin_errno(11));
    CHECK_EQUAL(ERANGE, darwin_errno(34));
    CHECK_EQUAL(EAGAIN, darwin_errno(35));
    CHECK_EQUAL(EINPROGRESS, darwin_errno(36));
    CHECK_EQUAL(ENOTSOCK, darwin_errno(38));
    CHECK_EQUAL(EOPNOTSUPP, darwin_errno(45));
    CHECK_EQUAL(EADDRINUSE, darwin_errno(48));
    CHECK_EQUAL(ECONNRESET, darwin_errno(54));
    CHECK_EQUAL(ENOTCONN, darwin_errno(57));
    CHECK_EQUAL(ETIMEDOUT, darwin_errno(60));
    CHECK_EQUAL(ECONNREFUSED, darwin_errno(61));
    CHECK_EQUAL(ENAMETOOLONG, darwin_errno(63));
    CHECK_EQUAL(ENOTEMPTY, darwin_errno(66));
    CHECK_EQUAL(ECANCELED, darwin_errno(89));
    CHECK_EQUAL(EILSEQ, darwin_errno(92));
    CHECK_EQUAL(EIO, darwin_errno(12345));
    CHECK_EQUAL(EIO, darwin_errno(-1));
    /* Those that torus/errno.h has no name for. */
    CHECK_EQUAL(ETOOMANYREFS, darwin_errno(59));
    CHECK_EQUAL(EUSERS, darwin_errno(68));
    CHECK_EQUAL(ESTALE, darwin_errno(70));
    CHECK_EQUAL(EREMOTE, darwin_errno(71));
    CHECK_EQUAL(ENOEXEC, darwin_errno(85));
    CHECK_EQUAL(EIDRM, darwin_errno(90));
    CHECK_EQUAL(ENOMSG, darwin_errno(91));
    CHECK_EQUAL(EBADMSG, darwin_errno(94));
    CHECK_EQUAL(EMULTIHOP, darwin_errno(95));
    CHECK_EQUAL(ENODATA, darwin_errno(96));
    CHECK_EQUAL(ENOLINK, darwin_errno(97));
    CHECK_EQUAL(ENOSR, darwin_errno(98));
    CHECK_EQUAL(ENOSTR, darwin_errno(99));
    CHECK_EQUAL(EPROTO, darwin_errno(100));
    CHECK_EQUAL(ETIME, darwin_errno(101));
    CHECK_EQUAL(ENOTRECOVERABLE, darwin_errno(104));
    CHECK_EQUAL(EOWNERDEAD, darwin_errno(105));
}

static void internet_addresses_are_translated(void) {
    unsigned char native[DARWIN_SOCKADDR_BYTES];
    struct sockaddr_storage back;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(8080), .sin_addr.s_addr = htonl(0x7f000001)};
    CHECK_EQUAL(16, darwin_address(&four, sizeof four, native));
    CHECK_EQUAL(16, native[0]); /* sa_len */
    CHECK_EQUAL(2, native[1]);  /* sa_family */
    CHECK(memcmp(native + 2, (char *)&four + 2, 14) == 0);
    CHECK_EQUAL(16, darwin_linux_address(native, 16, &back, sizeof back));
    CHECK(memcmp(&back, &four, sizeof four) == 0);

    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_scope_id = 7};
    six.sin6_addr.s6_addr[15] = 1;
    CHECK_EQUAL(28, darwin_address(&six, sizeof six, native));
    CHECK_EQUAL(28, native[0]);
    CHECK_EQUAL(30, native[1]);
    CHECK_EQUAL(28, darwin_linux_address(native, 28, &back, sizeof back));
    CHECK(memcmp(&back, &six, sizeof six) == 0);

    unsigned char little[8];
    memset(little, 0x55, sizeof little);
    CHECK_EQUAL(28, darwin_linux_address(native, 28, little, 4)); /* the whole length, and no more than fits */
    CHECK_EQUAL(0x55, little[4]);
}

static void unix_addresses_are_translated(void) {
    unsigned char native[DARWIN_SOCKADDR_BYTES];
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/socket"};
    struct sockaddr_un back = {0};
    CHECK_EQUAL(13, darwin_address(&path, sizeof path, native));
    CHECK_EQUAL(13, native[0]);
    CHECK_EQUAL(1, native[1]);
    CHECK_EQUAL(14, darwin_linux_address(native, 13, &back, sizeof back)); /* with the 0 at the end, as Linux counts */
    CHECK_EQUAL(AF_UNIX, back.sun_family);
    CHECK(strcmp(back.sun_path, "/tmp/socket") == 0);

    static const unsigned char unnamed[16] = {16, 1};
    CHECK_EQUAL(2, darwin_linux_address(unnamed, sizeof unnamed, &back, sizeof back));

    memset(path.sun_path, 'x', sizeof path.sun_path); /* Linux has four bytes more */
    CHECK_EQUAL(-ENAMETOOLONG, darwin_address(&path, sizeof path, native));
    path.sun_path[0] = 0; /* the abstract namespace */
    CHECK_EQUAL(-EINVAL, darwin_address(&path, sizeof path, native));
    CHECK_EQUAL(-EINVAL, darwin_address(&path, 2, native));
}

static void wrong_addresses_are_refused(void) {
    unsigned char native[DARWIN_SOCKADDR_BYTES];
    struct sockaddr_storage address = {.ss_family = AF_INET6};
    CHECK_EQUAL(-EINVAL, darwin_address(&address, 1, native));
    CHECK_EQUAL(-EINVAL, darwin_address(&address, 27, native));
    CHECK_EQUAL(-EINVAL, darwin_address(&address, sizeof address + 1, native));
    address.ss_family = 77;
    CHECK_EQUAL(-EAFNOSUPPORT, darwin_address(&address, sizeof address, native));
    CHECK_EQUAL(0, darwin_linux_address(native, 0, &address, sizeof address)); /* no sender's address */
    CHECK_EQUAL(0, darwin_linux_address(native, 129, &address, sizeof address));
}

static void option(int level, int name, int native_level, int native_name, enum darwin_kind kind) {
    const struct darwin_option *found = darwin_option(level, name);
    CHECK(found != NULL);
    CHECK_EQUAL(native_level, found->native_level);
    CHECK_EQUAL(native_name, found->native_name);
    CHECK_EQUAL(kind, found->kind);
}

static void options_are_found_by_linux_names(void) {
    option(SOL_SOCKET, SO_REUSEADDR, 0xffff, 0x4, DARWIN_BOOL);
    option(SOL_SOCKET, SO_TYPE, 0xffff, 0x1008, DARWIN_INT);
    option(SOL_SOCKET, SO_ERROR, 0xffff, 0x1007, DARWIN_ERROR);
    option(SOL_SOCKET, SO_DONTROUTE, 0xffff, 0x10, DARWIN_BOOL);
    option(SOL_SOCKET, SO_BROADCAST, 0xffff, 0x20, DARWIN_BOOL);
    option(SOL_SOCKET, SO_SNDBUF, 0xffff, 0x1001, DARWIN_INT);
    option(SOL_SOCKET, SO_RCVBUF, 0xffff, 0x1002, DARWIN_INT);
    option(SOL_SOCKET, SO_KEEPALIVE, 0xffff, 0x8, DARWIN_BOOL);
    option(SOL_SOCKET, SO_OOBINLINE, 0xffff, 0x100, DARWIN_BOOL);
    option(SOL_SOCKET, SO_LINGER, 0xffff, 0x1080, DARWIN_LINGER); /* in seconds; 0x80 would be in ticks */
    option(SOL_SOCKET, SO_REUSEPORT, 0xffff, 0x200, DARWIN_BOOL);
    option(SOL_SOCKET, SO_RCVLOWAT, 0xffff, 0x1004, DARWIN_INT);
    option(SOL_SOCKET, SO_ACCEPTCONN, 0xffff, 0x2, DARWIN_BOOL);
    option(IPPROTO_TCP, TCP_NODELAY, 6, 1, DARWIN_BOOL);
    option(IPPROTO_TCP, TCP_MAXSEG, 6, 2, DARWIN_INT);
    option(IPPROTO_TCP, TCP_CORK, 6, 4, DARWIN_BOOL);
    option(IPPROTO_TCP, TCP_KEEPIDLE, 6, 0x10, DARWIN_INT);
    option(IPPROTO_TCP, TCP_KEEPINTVL, 6, 0x101, DARWIN_INT);
    option(IPPROTO_TCP, TCP_KEEPCNT, 6, 0x102, DARWIN_INT);
    option(IPPROTO_TCP, TCP_FASTOPEN, 6, 0x105, DARWIN_BOOL);
    option(IPPROTO_IP, IP_TOS, 0, 3, DARWIN_INT);
    option(IPPROTO_IP, IP_TTL, 0, 4, DARWIN_INT);
    option(IPPROTO_IP, IP_MULTICAST_IF, 0, 66, DARWIN_INT);
    option(IPPROTO_IP, IP_MULTICAST_TTL, 0, 10, DARWIN_BYTE);
    option(IPPROTO_IP, IP_MULTICAST_LOOP, 0, 11, DARWIN_BYTE);
    option(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 41, 4, DARWIN_INT);
    option(IPPROTO_IPV6, IPV6_MULTICAST_IF, 41, 9, DARWIN_INT);
    option(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 41, 10, DARWIN_INT);
    option(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 41, 11, DARWIN_BOOL);
    option(IPPROTO_IPV6, IPV6_V6ONLY, 41, 27, DARWIN_BOOL);
    option(IPPROTO_IPV6, IPV6_TCLASS, 41, 36, DARWIN_INT);
    CHECK(darwin_option(SOL_SOCKET, SO_PROTOCOL) == NULL);
    CHECK(darwin_option(99, 1) == NULL);
}

static void message_flags_are_translated(void) {
    CHECK_EQUAL(0x80, darwin_message_flags(0)); /* never waits */
    CHECK_EQUAL(0x82, darwin_message_flags(MSG_PEEK | MSG_NOSIGNAL | MSG_WAITALL | MSG_MORE | MSG_TRUNC));
    CHECK_EQUAL(MSG_TRUNC, darwin_linux_message_flags(0x10));
    CHECK_EQUAL(MSG_CTRUNC, darwin_linux_message_flags(0x20));
    CHECK_EQUAL(MSG_EOR, darwin_linux_message_flags(0x8));
    CHECK_EQUAL(MSG_OOB, darwin_linux_message_flags(0x1 | 0x80));
}

int main(void) {
    errors_have_linux_numbers();
    internet_addresses_are_translated();
    unix_addresses_are_translated();
    wrong_addresses_are_refused();
    options_are_found_by_linux_names();
    message_flags_are_translated();
    return 0;
}
