/* Descriptors: sockets and files that become known to the port, and those that are closed. */
#include "iocp.h"

#include "iocp_files.h"

/* --- descriptors -------------------------------------------------------------------------------------------------- */

#define DESCRIPTORS_MODES (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE)

/* Whether a call that succeeds at once may do without a packet: only if the handles of all providers in between are
 * those of the system (SetFileCompletionNotificationModes, Remarks; KB2568167). Not for datagrams and pipes: a message
 * that was cut off is a warning, and whether that counts as success there is written nowhere. */
static bool descriptors__may_skip(SOCKET socket, const WSAPROTOCOL_INFOW *info) {
    bool real = (info->dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
    return real && info->iSocketType == SOCK_STREAM &&
           SetFileCompletionNotificationModes((HANDLE)socket, DESCRIPTORS_MODES);
}

/* The socket below any layered provider, which AFD knows. */
static SOCKET descriptors__base(SOCKET socket) {
    SOCKET base = INVALID_SOCKET;
    DWORD bytes = 0;
    int result = WSAIoctl(socket, SIO_BASE_HANDLE, NULL, 0, &base, sizeof base, &bytes, NULL, NULL);
    return result != 0 ? socket : base;
}

/* Fills what the provider and the state of the socket tell; 0 or -errno. */
static int descriptors__examine(struct iocp_handle *handle, SOCKET socket) {
    WSAPROTOCOL_INFOW info;
    int length = sizeof info;
    if (getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &length) != 0) {
        return windows_error((uint32_t)WSAGetLastError());
    }
    struct sockaddr_storage peer;
    int peer_length = sizeof peer;
    bool connected = getpeername(socket, (struct sockaddr *)&peer, &peer_length) == 0;
    handle->family = (uint16_t)info.iAddressFamily;
    handle->base = descriptors__base(socket);
    handle->state = info.iSocketType == SOCK_STREAM ? IOCP_HANDLE_STREAM : 0;
    handle->state |= connected ? IOCP_HANDLE_CONNECTED : 0;
    handle->state |= handle->base == socket && descriptors__may_skip(socket, &info) ? IOCP_HANDLE_SKIPS : 0;
    if (info.iSocketType == SOCK_DGRAM) {
        /* Else a port that nobody listens on, anywhere, ends a receive from everybody. */
        BOOL off = FALSE;
        DWORD bytes = 0;
        WSAIoctl(socket, SIO_UDP_CONNRESET, &off, sizeof off, NULL, 0, &bytes, NULL, NULL);
    }
    return 0;
}

/* The same for a socket that a listener accepted, without asking. */
static int descriptors__inherit(struct iocp_handle *handle, SOCKET socket, const struct iocp_handle *listener) {
    if (listener->base != windows_socket(listener->fd)) {
        return descriptors__examine(handle, socket);
    }
    bool skips = (listener->state & IOCP_HANDLE_SKIPS) != 0 &&
                 SetFileCompletionNotificationModes((HANDLE)socket, DESCRIPTORS_MODES);
    handle->family = listener->family;
    handle->base = socket;
    handle->state = IOCP_HANDLE_STREAM | IOCP_HANDLE_CONNECTED;
    handle->state |= skips ? IOCP_HANDLE_SKIPS : 0;
    return 0;
}

int iocp_adopt(struct iocp *iocp, int fd, const struct iocp_handle *listener) {
    struct iocp_handle *handle = iocp_handles_make(&iocp->handles, fd);
    SOCKET socket = windows_socket(fd);
    if (handle == NULL) {
        return fd % 4 != 0 ? -TORUS_EBADF : -TORUS_ENOMEM;
    }
    if (atomic_load_explicit(&handle->kind, memory_order_acquire) != TORUS_KIND_NONE) {
        return -TORUS_EEXIST; /* closed behind our back, or adopted twice */
    }
    if (CreateIoCompletionPort((HANDLE)socket, iocp->port, 0, 0) == NULL) {
        /* It belongs to another port, and a handle keeps its port for life. */
        return GetLastError() == ERROR_INVALID_PARAMETER ? -TORUS_EOPNOTSUPP : os_error();
    }
    int result =
        listener == NULL ? descriptors__examine(handle, socket) : descriptors__inherit(handle, socket, listener);
    if (result < 0) {
        return result;
    }
    if (handle->base != socket) {
        CreateIoCompletionPort((HANDLE)handle->base, iocp->port, 0, 0);
    }
    handle->fd = fd;
    atomic_store_explicit(&handle->kind, TORUS_KIND_SOCKET, memory_order_release);
    return fd;
}

/* An end of a named pipe; every call on it brings a packet. */
static void descriptors__is_pipe(struct iocp_handle *handle, int fd) {
    DWORD info = 0;
    bool server = GetNamedPipeInfo(windows_handle(fd), &info, NULL, NULL, NULL) && (info & PIPE_SERVER_END) != 0;
    handle->state = IOCP_HANDLE_PIPE | IOCP_HANDLE_STREAM | (server ? 0 : IOCP_HANDLE_CONNECTED);
    atomic_store_explicit(&handle->kind, TORUS_KIND_SOCKET, memory_order_release);
}

static int descriptors__attach_file(struct iocp *iocp, int fd, enum torus_kind kind) {
    struct iocp_handle *handle = iocp_handles_make(&iocp->handles, fd);
    if (handle == NULL) {
        return -TORUS_ENOMEM;
    }
    if (atomic_load_explicit(&handle->kind, memory_order_acquire) != TORUS_KIND_NONE) {
        return -TORUS_EEXIST;
    }
    if (CreateIoCompletionPort(windows_handle(fd), iocp->port, 0, 0) == NULL) {
        return os_error();
    }
    handle->fd = fd;
    handle->base = 0;
    if (kind == TORUS_KIND_PIPE) {
        descriptors__is_pipe(handle, fd);
        return fd;
    }
    bool skips = GetFileType(windows_handle(fd)) == FILE_TYPE_DISK &&
                 SetFileCompletionNotificationModes(windows_handle(fd), DESCRIPTORS_MODES);
    handle->state = skips ? IOCP_HANDLE_SKIPS : 0;
    atomic_store_explicit(&handle->position, 0, memory_order_relaxed);
    atomic_store_explicit(&handle->kind, TORUS_KIND_FILE, memory_order_release);
    return fd;
}

int iocp_attach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    struct iocp *iocp = (struct iocp *)backend;
    return kind == TORUS_KIND_SOCKET ? iocp_adopt(iocp, fd, NULL) : descriptors__attach_file(iocp, fd, kind);
}

static uint32_t descriptors__waiting(const struct iocp *iocp, const struct iocp_handle *handle) {
    uint32_t count = 0;
    for (uint32_t index = handle->ops.first; index != 0; count++) {
        index = iocp_ops_at(&iocp->ops, index)->entry.next;
    }
    return count;
}

/* Ends what waits on a handle that is about to be closed; the packets find the operations without it. */
static void descriptors__forget(struct iocp *iocp, struct iocp_handle *handle) {
    uint32_t index = handle->ops.first;
    while (index != 0) {
        struct iocp_op *op = iocp_ops_at(&iocp->ops, index);
        iocp_end(iocp, op);
        /* Ending a multishot accept may have freed some of its calls, which are in this list too. */
        if (handle->ops.first == index) {
            iocp_ops_unlink(&iocp->ops, op);
        }
        index = handle->ops.first;
    }
    handle->state = 0;
}

int iocp_detach(struct torus_backend *backend, int fd, enum torus_kind kind) {
    struct iocp *iocp = (struct iocp *)backend;
    struct iocp_handle *handle = iocp_handles_find(&iocp->handles, fd, kind);
    if (handle == NULL) {
        return -TORUS_EBADF;
    }
    if (kind == TORUS_KIND_FILE) {
        uint8_t expected = TORUS_KIND_FILE;
        return atomic_compare_exchange_strong_explicit(&handle->kind, &expected, TORUS_KIND_NONE, memory_order_acq_rel,
                                                       memory_order_relaxed)
                   ? 0
                   : -TORUS_EBADF;
    }
    /* Outside a turn: what is posted here is published by the next enter. */
    uint32_t completions = (descriptors__waiting(iocp, handle) + 1) * IOCP_COMPLETIONS_PER_STEP;
    if (!torus_rings_reserve(&iocp->rings, completions)) {
        return -TORUS_EBUSY;
    }
    descriptors__forget(iocp, handle);
    atomic_store_explicit(&handle->kind, TORUS_KIND_NONE, memory_order_release);
    return 0;
}

_Atomic int64_t *iocp_file_position(struct torus_backend *backend, int fd) {
    struct iocp_handle *handle = iocp_handles_find(&((struct iocp *)backend)->handles, fd, TORUS_KIND_FILE);
    return handle == NULL ? NULL : &handle->position;
}
