/* CONNECT, ACCEPT and SHUTDOWN. */
#include <stdlib.h>
#include <string.h>

#include "iocp.h"

/* --- connecting --------------------------------------------------------------------------------------------------- */

/* Datagram sockets only learn whom they talk to; from then on they want to hear that nobody listens there. */
static int sockets__connect_datagram(struct iocp_op *op, const struct sockaddr_storage *address, int length) {
    SOCKET socket = windows_socket(op->entry.fd);
    if (connect(socket, (const struct sockaddr *)address, length) != 0) {
        return windows_error((uint32_t)WSAGetLastError());
    }
    BOOL on = TRUE;
    DWORD bytes = 0;
    WSAIoctl(socket, SIO_UDP_CONNRESET, &on, sizeof on, NULL, 0, &bytes, NULL, NULL);
    return 0;
}

/* Nobody listens there: ENOENT if there is no such path, as connect(2) has it. */
static int sockets__unix_refused(const struct sockaddr_storage *address) {
    int error = 0;
    wchar_t *path = windows_path(((const struct windows_sockaddr_unix *)(const void *)address)->path, &error);
    bool missing = path != NULL && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES;
    free(path);
    return missing ? -TORUS_ENOENT : -TORUS_ECONNREFUSED;
}

/*
 * ConnectEx is documented for the families of the Internet only, so a Unix domain socket, which does not block,
 * connects as elsewhere: connect, and if it has to wait, AFD's poll. entry.done: it was begun.
 */
static enum iocp_step sockets__connect_unix(struct iocp *iocp, struct iocp_op *op,
                                            const struct sockaddr_storage *address, int length,
                                            struct iocp_result *out) {
    SOCKET socket = windows_socket(op->entry.fd);
    int code = 0;
    int code_length = sizeof code;
    if (op->entry.done == 0) {
        code = connect(socket, (const struct sockaddr *)address, length) == 0 ? 0 : WSAGetLastError();
    } else if (getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&code, &code_length) != 0) {
        code = WSAGetLastError();
    }
    if (code == WSAEWOULDBLOCK && op->entry.done == 0) {
        op->entry.done = 1;
        unsigned long events = IOCP_AFD_SEND | IOCP_AFD_CONNECT_FAIL | IOCP_AFD_ABORT | IOCP_AFD_LOCAL_CLOSE;
        return iocp_wait_for(iocp, op, IOCP_WAITS, events, out);
    }
    int error = code == 0 ? 0 : windows_error((uint32_t)code);
    if (error == 0) {
        op->handle->state |= IOCP_HANDLE_CONNECTED;
    }
    return iocp_done(out, error == -TORUS_ECONNREFUSED ? sockets__unix_refused(address) : error);
}

/* ConnectEx wants a socket that is bound; WSAEINVAL says that it is. */
static int sockets__bind_to_any(const struct iocp_op *op) {
    struct sockaddr_storage any = {.ss_family = (short)op->handle->family};
    int length = op->handle->family == AF_INET ? (int)sizeof(struct sockaddr_in) : (int)sizeof(struct sockaddr_in6);
    if (bind(windows_socket(op->entry.fd), (const struct sockaddr *)&any, length) == 0) {
        return 0;
    }
    int error = WSAGetLastError();
    return error == WSAEINVAL ? 0 : windows_error((uint32_t)error);
}

enum iocp_step iocp_connect(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    struct sockaddr_storage address;
    if (op->entry.addr2 > TORUS_SOCKADDR_BYTES) {
        return iocp_done(out, -TORUS_EINVAL);
    }
    if (!torus_regions_hold(&iocp->regions, op->entry.addr, op->entry.addr2)) {
        return iocp_done(out, -TORUS_EFAULT);
    }
    int length = windows_address((const void *)(uintptr_t)op->entry.addr, (uint32_t)op->entry.addr2, &address);
    if (length < 0) {
        return iocp_done(out, length);
    }
    iocp->syscalls++;
    if (!iocp_is_stream(op)) {
        return iocp_done(out, sockets__connect_datagram(op, &address, length));
    }
    if (op->handle->family == AF_UNIX) {
        return sockets__connect_unix(iocp, op, &address, length, out);
    }
    int bound = sockets__bind_to_any(op);
    if (bound < 0) {
        return iocp_done(out, bound);
    }
    BOOL connected = iocp->connect_ex(windows_socket(op->entry.fd), (const struct sockaddr *)&address, length, NULL, 0,
                                      NULL, iocp_overlapped(op));
    DWORD error = connected ? 0 : (DWORD)WSAGetLastError();
    enum iocp_step step = iocp_called(op, IOCP_TRANSFERS, !connected, error, 0, out);
    if (step == IOCP_DONE && connected) {
        *out = iocp_connected(op, 0);
    }
    return step;
}

/* A port that nobody listens on and that bind() happens to choose for us would answer itself (RFC 9293, 3.5:
 * simultaneous open), which nobody has ever wanted. */
static bool sockets__met_itself(SOCKET socket) {
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there = {0};
    int here_length = sizeof here;
    int there_length = sizeof there;
    return getsockname(socket, (struct sockaddr *)&here, &here_length) == 0 &&
           getpeername(socket, (struct sockaddr *)&there, &there_length) == 0 && here_length == there_length &&
           memcmp(&here, &there, (size_t)here_length) == 0;
}

struct iocp_result iocp_connected(struct iocp_op *op, uint32_t status) {
    int error = windows_status(status);
    if (error == 0 && op->handle != NULL) {
        /* Without it shutdown and getpeername do not know that the socket is connected. */
        SOCKET socket = windows_socket(op->entry.fd);
        if (setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) != 0) {
            error = windows_error((uint32_t)WSAGetLastError());
        }
        op->handle->state |= IOCP_HANDLE_CONNECTED;
        error = error == 0 && sockets__met_itself(socket) ? -TORUS_ECONNREFUSED : error;
    }
    return (struct iocp_result){.res = error};
}

/* --- accepting ---------------------------------------------------------------------------------------------------- */

void iocp_accept_discard(struct iocp_op *op) {
    if (op->entry.opcode == TORUS_OP_ACCEPT && op->u.accept.socket != 0) {
        closesocket(op->u.accept.socket);
        op->u.accept.socket = 0;
    }
}

/* The socket of a call that succeeded becomes known: its descriptor or -errno. */
static int sockets__take(struct iocp *iocp, struct iocp_op *op) {
    SOCKET listener = windows_socket(op->entry.fd);
    SOCKET socket = op->u.accept.socket;
    if (setsockopt(socket, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (const char *)&listener, sizeof listener) != 0) {
        int error = windows_error((uint32_t)WSAGetLastError());
        iocp_accept_discard(op);
        return error;
    }
    int fd = iocp_adopt(iocp, (int)socket, op->handle);
    if (fd < 0) {
        iocp_accept_discard(op);
        return fd;
    }
    op->u.accept.socket = 0;
    return fd;
}

/* A connection that was given up while it waited is not an answer to "the next connection". */
static bool sockets__gave_up(int error) {
    return error == -TORUS_ECONNRESET || error == -TORUS_ECONNABORTED;
}

/* Wine 8 lets AcceptEx wait on a socket that does not listen; Windows answers WSAEINVAL. Asked once. */
static bool sockets__listens(struct iocp_handle *handle) {
    BOOL listens = FALSE;
    int length = sizeof listens;
    if ((handle->state & IOCP_HANDLE_LISTENS) != 0) {
        return true;
    }
    SOCKET socket = windows_socket(handle->fd);
    if (getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens, &length) == 0 && listens) {
        handle->state |= IOCP_HANDLE_LISTENS;
    }
    return listens;
}

/* One AcceptEx into a fresh socket. */
static enum iocp_step sockets__call(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    int family = op->handle->family == AF_UNIX    ? TORUS_AF_UNIX
                 : op->handle->family == AF_INET6 ? TORUS_AF_INET6
                                                  : TORUS_AF_INET;
    if (iocp_is_stream(op) && !sockets__listens(op->handle)) {
        return iocp_done(out, -TORUS_EINVAL);
    }
    int fd = iocp_is_stream(op) ? os_socket(family, TORUS_SOCK_STREAM, 0, true) : -TORUS_EOPNOTSUPP;
    if (fd < 0) {
        return iocp_done(out, fd);
    }
    op->u.accept.socket = windows_socket(fd);
    DWORD received = 0;
    iocp->syscalls += 2;
    BOOL accepted = iocp->accept_ex(windows_socket(op->entry.fd), op->u.accept.socket, op->u.accept.addresses, 0,
                                    IOCP_ACCEPT_BYTES, IOCP_ACCEPT_BYTES, &received, iocp_overlapped(op));
    DWORD error = accepted ? 0 : (DWORD)WSAGetLastError();
    enum iocp_step step = iocp_called(op, IOCP_TRANSFERS, !accepted, error, 0, out);
    if (step != IOCP_DONE) {
        return step;
    }
    op->stage = IOCP_LISTED;
    if (accepted) {
        return iocp_done(out, sockets__take(iocp, op));
    }
    iocp_accept_discard(op);
    return IOCP_DONE;
}

static enum iocp_step sockets__accept_one(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    for (unsigned attempts = 0; attempts < IOCP_TURN_BUDGET; attempts++) {
        enum iocp_step step = sockets__call(iocp, op, out);
        if (step != IOCP_DONE || !sockets__gave_up(out->res)) {
            return step;
        }
    }
    return IOCP_AGAIN;
}

void iocp_accept_drop(struct iocp *iocp, struct iocp_op *child) {
    struct iocp_op *parent = child->parent;
    iocp_ops_remove(&iocp->ops, child);
    parent->children--;
    if (parent->children == 0 && (parent->marks & IOCP_OP_ENDING) != 0) {
        iocp_finish(iocp, parent, (struct iocp_result){.res = parent->ended});
    }
}

void iocp_accept_end(struct iocp *iocp, struct iocp_op *parent, int32_t res) {
    if ((parent->marks & IOCP_OP_ENDING) != 0) {
        return;
    }
    parent->marks |= IOCP_OP_ENDING;
    parent->ended = res;
    parent->children++; /* so that it stays until all have been told */
    uint32_t index = parent->handle == NULL ? 0 : parent->handle->ops.first;
    while (index != 0) {
        struct iocp_op *child = iocp_ops_at(&iocp->ops, index);
        index = child->entry.next;
        if (child->parent != parent) {
            continue;
        }
        if (child->stage == IOCP_LISTED) {
            iocp_unlist(iocp, child);
            iocp_accept_drop(iocp, child);
        } else {
            iocp_cancel_call(iocp, child);
        }
    }
    parent->children--;
    if (parent->children == 0) {
        iocp_finish(iocp, parent, (struct iocp_result){.res = res});
    }
}

/* A call failed: one less, unless it was the last one. The child is not in the run list. */
static void sockets__lose(struct iocp *iocp, struct iocp_op *child, int32_t error) {
    struct iocp_op *parent = child->parent;
    bool scarce = error == -TORUS_EMFILE || error == -TORUS_ENOBUFS || error == -TORUS_ENOMEM;
    bool ends = (parent->marks & IOCP_OP_ENDING) == 0 && (!scarce || parent->children == 1);
    parent->children++;
    iocp_accept_drop(iocp, child);
    parent->children--;
    if (ends) {
        iocp_accept_end(iocp, parent, error);
    } else if (parent->children == 0) {
        iocp_finish(iocp, parent, (struct iocp_result){.res = parent->ended});
    }
}

/* Keeps one call of a multishot accept posted. */
static void sockets__accept_more(struct iocp *iocp, struct iocp_op *child) {
    struct iocp_op *parent = child->parent;
    for (unsigned attempts = 0; attempts < IOCP_TURN_BUDGET; attempts++) {
        if (torus_rings_room(&iocp->rings) <= iocp_reserve(iocp)) {
            break;
        }
        struct iocp_result result = {0};
        if (sockets__call(iocp, child, &result) == IOCP_ARMED) {
            return;
        }
        if (result.res >= 0) {
            torus_rings_post(&iocp->rings, parent->entry.user_data, result.res, TORUS_CQE_F_MORE);
        } else if (!sockets__gave_up(result.res)) {
            sockets__lose(iocp, child, result.res);
            return;
        }
    }
    iocp_list(iocp, child);
}

enum iocp_step iocp_accept(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out) {
    if (op->parent != NULL) {
        sockets__accept_more(iocp, op);
        return IOCP_ARMED;
    }
    if ((op->entry.mode & TORUS_OP_MULTI) == 0) {
        return sockets__accept_one(iocp, op, out);
    }
    for (unsigned i = 0; i < IOCP_ACCEPTS; i++) {
        struct iocp_op *child = iocp_ops_add(&iocp->ops, op->handle, &op->entry, op);
        if (child == NULL) {
            break;
        }
        op->children++;
        iocp_list(iocp, child); /* they are called in this turn */
    }
    return op->children > 0 ? IOCP_ARMED : iocp_done(out, -TORUS_ENOMEM);
}

/* The packet of one call of a multishot accept. */
static void sockets__accepted_of_many(struct iocp *iocp, struct iocp_op *child, int result) {
    struct iocp_op *parent = child->parent;
    if (result >= 0) {
        torus_rings_post(&iocp->rings, parent->entry.user_data, result, TORUS_CQE_F_MORE);
    }
    if (child->handle == NULL || (parent->marks & IOCP_OP_ENDING) != 0) {
        iocp_accept_drop(iocp, child);
    } else if (result >= 0 || sockets__gave_up(result)) {
        sockets__accept_more(iocp, child);
    } else {
        sockets__lose(iocp, child, result);
    }
}

enum iocp_step iocp_accepted(struct iocp *iocp, struct iocp_op *op, uint32_t status, struct iocp_result *out) {
    int result = windows_status(status);
    op->stage = IOCP_LISTED;
    if (result < 0 || op->handle == NULL) {
        iocp_accept_discard(op);
        result = result < 0 ? result : -TORUS_ECANCELED;
    } else {
        result = sockets__take(iocp, op);
    }
    if (op->parent != NULL) {
        sockets__accepted_of_many(iocp, op, result);
        return IOCP_ARMED;
    }
    if (!sockets__gave_up(result) || op->handle == NULL) {
        return iocp_done(out, result);
    }
    return (op->marks & IOCP_OP_CANCELLED) != 0 ? iocp_done(out, -TORUS_ECANCELED) : sockets__accept_one(iocp, op, out);
}

/* --- shutting down ------------------------------------------------------------------------------------------------ */

int iocp_shutdown(struct iocp *iocp, struct iocp_handle *handle, uint32_t how) {
    if ((handle->state & IOCP_HANDLE_PIPE) != 0) {
        return -TORUS_EOPNOTSUPP;
    }
    iocp->syscalls++;
    int result = os_shutdown(handle->fd, how);
    if (result < 0 || how == TORUS_SHUT_WR) {
        return result;
    }
    /* Windows lets a receive wait on: it is told here that the stream has ended. */
    handle->state |= IOCP_HANDLE_READ_ENDED;
    for (uint32_t index = handle->ops.first; index != 0;) {
        struct iocp_op *op = iocp_ops_at(&iocp->ops, index);
        index = op->entry.next;
        if (op->entry.opcode != TORUS_OP_RECV && op->entry.opcode != TORUS_OP_RECVMSG) {
            continue;
        }
        op->marks |= IOCP_OP_SHUT;
        if (op->stage != IOCP_LISTED) {
            iocp_cancel_call(iocp, op);
        } else if (torus_rings_reserve(&iocp->rings, 2 * IOCP_COMPLETIONS_PER_STEP)) {
            iocp_unlist(iocp, op);
            iocp_finish(iocp, op, (struct iocp_result){0});
        }
    }
    return 0;
}
