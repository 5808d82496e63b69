#include "darwin.h"

#include <string.h>

/* recvmsg(2) of Linux. */
#define LINUX_MSG_OOB 0x1u
#define LINUX_MSG_CTRUNC 0x8u
#define LINUX_MSG_EOR 0x80u

int darwin_errno(int native) {
    switch (native) {
#define DARWIN_ROW(name, number, linux_number) \
    case number:                               \
        return linux_number;
        DARWIN_ERRORS(DARWIN_ROW)
#undef DARWIN_ROW
        default:
            return native >= 0 && native <= 34 ? native : TORUS_EIO;
    }
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

int darwin_family(int family) {
    switch (family) {
        case TORUS_AF_UNIX:
            return DARWIN_AF_UNIX;
        case TORUS_AF_INET:
            return DARWIN_AF_INET;
        case TORUS_AF_INET6:
            return DARWIN_AF_INET6;
        default:
            return -1;
    }
}

#define ADDRESS_FAMILY_BYTES 2u
#define ADDRESS_INET_BYTES 16u
#define ADDRESS_INET6_BYTES 28u

/* Bytes of a path up to its 0, which need not be there. */
static uint32_t darwin__path(const void *address, uint32_t length) {
    const char *path = (const char *)address + ADDRESS_FAMILY_BYTES;
    const char *end = memchr(path, 0, length - ADDRESS_FAMILY_BYTES);
    return end == NULL ? length - ADDRESS_FAMILY_BYTES : (uint32_t)(end - path);
}

/* How long macOS's address of that family is; 0: `length` is too little for one, or there is none like it. */
static uint32_t darwin__bytes(int family, const void *address, uint32_t length) {
    if (family == DARWIN_AF_INET) {
        return length < ADDRESS_INET_BYTES ? 0 : ADDRESS_INET_BYTES;
    }
    if (family == DARWIN_AF_INET6) {
        return length < ADDRESS_INET6_BYTES ? 0 : ADDRESS_INET6_BYTES;
    }
    /* A name that begins with 0, or none, is Linux's abstract namespace. */
    uint32_t path = darwin__path(address, length);
    return path == 0 ? 0 : ADDRESS_FAMILY_BYTES + path;
}

int darwin_address(const void *address, uint32_t length, unsigned char *out) {
    uint16_t linux_family;
    if (length < sizeof linux_family || length > TORUS_SOCKADDR_BYTES) {
        return -TORUS_EINVAL;
    }
    memcpy(&linux_family, address, sizeof linux_family);
    int family = darwin_family(linux_family);
    if (family < 0) {
        return -TORUS_EAFNOSUPPORT;
    }
    uint32_t bytes = darwin__bytes(family, address, length);
    if (bytes == 0) {
        return -TORUS_EINVAL;
    }
    if (family == DARWIN_AF_UNIX && bytes >= ADDRESS_FAMILY_BYTES + DARWIN_PATH_BYTES) {
        return -TORUS_ENAMETOOLONG;
    }
    memset(out, 0, DARWIN_SOCKADDR_BYTES);
    memcpy(out, address, bytes);
    out[0] = (unsigned char)bytes;
    out[1] = (unsigned char)family;
    return (int)bytes;
}

uint32_t darwin_linux_address(const unsigned char *address, uint32_t length, void *out, uint32_t room) {
    unsigned char copy[DARWIN_SOCKADDR_BYTES] = {0};
    if (length < ADDRESS_FAMILY_BYTES || length > sizeof copy) {
        return 0; /* a connected stream tells no address of the sender */
    }
    memcpy(copy, address, length);
    int native = copy[1];
    uint16_t family = (uint16_t)(native == DARWIN_AF_INET6 ? TORUS_AF_INET6 : native);
    if (native == DARWIN_AF_UNIX) {
        /* An unnamed socket comes with an empty path, of which Linux tells the family alone. */
        uint32_t path = darwin__path(copy, length);
        length = ADDRESS_FAMILY_BYTES + (path == 0 ? 0 : path + 1);
        length = length > sizeof copy ? sizeof copy : length;
    }
    memcpy(copy, &family, sizeof family);
    memcpy(out, copy, length < room ? length : room);
    return length;
}

/* --- options and flags -------------------------------------------------------------------------------------------- */

const struct darwin_option *darwin_option(int level, int name) {
    static const struct darwin_option options[] = {
#define DARWIN_ROW(level, name, native_level, level_number, native_name, name_number, kind) \
    {level, name, level_number, name_number, kind},
        DARWIN_OPTIONS(DARWIN_ROW)
#undef DARWIN_ROW
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].level == level && options[i].name == name) {
            return &options[i];
        }
    }
    return NULL;
}

/* MSG_NOSIGNAL is SO_NOSIGPIPE there, MSG_WAITALL the engine's, MSG_MORE advice, MSG_TRUNC only an answer. */
int darwin_message_flags(uint32_t flags) {
    return DARWIN_MSG_DONTWAIT | ((flags & TORUS_MSG_PEEK) != 0 ? DARWIN_MSG_PEEK : 0);
}

uint32_t darwin_linux_message_flags(int native) {
    return ((native & DARWIN_MSG_TRUNC) != 0 ? TORUS_MSG_TRUNC : 0) |
           ((native & DARWIN_MSG_CTRUNC) != 0 ? LINUX_MSG_CTRUNC : 0) |
           ((native & DARWIN_MSG_EOR) != 0 ? LINUX_MSG_EOR : 0) | ((native & DARWIN_MSG_OOB) != 0 ? LINUX_MSG_OOB : 0);
}
