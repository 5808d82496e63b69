/*
 * Completion ports: plays io_uring over one port per ring.
 *
 * An operation lives in a slot whose address never changes, because the OVERLAPPED in it belongs to Windows while a
 * call is under way. An attempt at an operation is done, or armed (a packet will come to the port), or wants another
 * turn. A packet ends the operation or leads to the next attempt. Nothing is freed before its packet.
 */
#ifndef TORUS_IOCP_H
#define TORUS_IOCP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../os/os.h"
#include "../os/windows.h"
#include "../ring/buffers.h"
#include "../ring/pending.h"
#include "../ring/regions.h"
#include "../ring/rings.h"
#include "torus/backend.h"

/* Packets taken from the port at once. */
#define IOCP_PACKETS_MAX 256u
/* Attempts of one operation per turn: nobody starves the others. */
#define IOCP_TURN_BUDGET 16u
/* AcceptEx calls that one multishot accept keeps posted. */
#define IOCP_ACCEPTS 8u
/* A send is offered in pieces of this size: Windows takes a piece whole or not at all, however large it is. */
#define IOCP_SEND_BYTES 65536u

#define IOCP_KEY_WAKE 1u

/* --- handles ------------------------------------------------------------------------------------------------------ */

/* handle.state */
#define IOCP_HANDLE_SKIPS 1u /* a call that succeeds at once brings no packet */
#define IOCP_HANDLE_STREAM 2u
#define IOCP_HANDLE_READ_ENDED 4u /* shut down for reading, by us */
#define IOCP_HANDLE_CONNECTED 8u  /* a stream that is, or was */
#define IOCP_HANDLE_LISTENS 16u
#define IOCP_HANDLE_PIPE 32u

struct iocp_handle {
    _Atomic uint8_t kind; /* enum torus_kind; state too is written before kind, the rest belongs to the owner */
    uint8_t state;
    uint16_t family; /* Windows's */
    int32_t fd;
    SOCKET base; /* the socket that AFD knows; a layered provider gives out another one */
    struct torus_list ops;
    _Atomic int64_t position; /* of a file */
};

/* Handles are multiples of 4. */
#define IOCP_HANDLE_CHUNK 1024u
#define IOCP_HANDLE_CHUNKS 16384u

struct iocp_handles {
    _Atomic(struct iocp_handle *) *chunks;
};

int iocp_handles_open(struct iocp_handles *handles);
void iocp_handles_close(struct iocp_handles *handles);

/* The slot, made if need be; any thread. NULL: no memory, or the number is none of a handle. */
struct iocp_handle *iocp_handles_make(struct iocp_handles *handles, int fd);

/* The slot of a descriptor that is known as `kind`, or NULL. */
struct iocp_handle *iocp_handles_find(struct iocp_handles *handles, int fd, enum torus_kind kind);

/* --- operations --------------------------------------------------------------------------------------------------- */

/* The input and output of the driver's poll; documented by its use in many event loops only. */
struct iocp_afd_poll {
    LARGE_INTEGER timeout;
    ULONG count;
    ULONG exclusive;
    HANDLE handle;
    ULONG events;
    LONG status;
};

enum iocp_stage {
    IOCP_LISTED,    /* in the run list: wants another attempt */
    IOCP_TRANSFERS, /* armed: the packet has the result */
    IOCP_WAITS,     /* armed: the packet says that an attempt is worth it */
};

/* op.marks */
#define IOCP_OP_CANCELLED 1u /* by ASYNC_CANCEL or by closing */
#define IOCP_OP_ANSWERS 2u   /* `canceller` waits to hear how this ended */
#define IOCP_OP_SHUT 4u      /* ended by SHUTDOWN: the end of the stream */
#define IOCP_OP_ENDING 8u    /* a multishot accept that only waits for its calls */
#define IOCP_OP_CUT 16u      /* ended by something else, not by itself */
#define IOCP_OP_PIPE 32u     /* on a named pipe */

/* AcceptEx wants 16 bytes more than an address, twice. */
#define IOCP_ACCEPT_BYTES (WINDOWS_SOCKADDR_BYTES + 16)

struct iocp_op {
    OVERLAPPED overlapped;
    struct torus_op entry;      /* its `next` and `previous` link the operations of the handle */
    struct iocp_handle *handle; /* NULL: closed in the meantime */
    struct iocp_op *run_previous;
    struct iocp_op *run_next;
    struct iocp_op *parent; /* of one call of a multishot accept */
    uint64_t canceller;
    uint32_t children;
    int32_t ended; /* with ENDING: the result */
    uint8_t stage;
    uint8_t marks;
    union {
        struct iocp_afd_poll poll;
        struct {
            SOCKET socket;
            char addresses[2 * IOCP_ACCEPT_BYTES];
        } accept;
        struct {
            struct sockaddr_in6 address;
            int length;
            DWORD flags;
        } source;
    } u;
};

#define IOCP_OP_CHUNK 256u
#define IOCP_OP_CHUNKS 16384u

struct iocp_ops {
    struct iocp_op **chunks;
    uint32_t chunk_count;
    uint32_t free;
    uint32_t count; /* slots in use */
    uint32_t *buckets;
    uint32_t bucket_mask;
};

int iocp_ops_open(struct iocp_ops *ops);
void iocp_ops_close(struct iocp_ops *ops);
struct iocp_op *iocp_ops_at(const struct iocp_ops *ops, uint32_t index);

/* A slot in the handle's list; found by user_data unless it has a parent. NULL: no memory or too many. */
struct iocp_op *iocp_ops_add(struct iocp_ops *ops, struct iocp_handle *handle, const struct torus_op *entry,
                             struct iocp_op *parent);
void iocp_ops_remove(struct iocp_ops *ops, struct iocp_op *op);
struct iocp_op *iocp_ops_find(const struct iocp_ops *ops, uint64_t user_data);

/* Takes it out of the handle's list, when the handle is closed. */
void iocp_ops_unlink(struct iocp_ops *ops, struct iocp_op *op);

/* --- the backend -------------------------------------------------------------------------------------------------- */

struct iocp {
    struct torus_backend backend;
    HANDLE port;
    HANDLE event; /* of reads that end at once */
    LPFN_ACCEPTEX accept_ex;
    LPFN_CONNECTEX connect_ex;
    struct torus_rings rings;
    struct iocp_handles handles;
    struct iocp_ops ops;
    struct torus_regions regions;
    struct torus_groups groups;

    struct iocp_op *run_first;
    struct iocp_op *run_last;
    uint32_t run_count;

    atomic_bool wake_posted; /* a wake-up packet is in the port */
    bool woken;              /* a wake-up came that no waiting enter has answered yet */
    bool poll_skipped;       /* the last enter had completions at once and did not ask the port */

    uint64_t crossings;
    uint64_t syscalls;
    uint64_t would_block;
    uint64_t bytes_in;
    uint64_t bytes_out;
    atomic_uint_fast64_t wakeups;

    OVERLAPPED_ENTRY packets[IOCP_PACKETS_MAX];
    WSABUF buffers[OS_IOVECS_MAX]; /* of the message that is being sent or received */
};

/* How an attempt went. */
enum iocp_step {
    IOCP_DONE,  /* result and flags are filled */
    IOCP_ARMED, /* a packet will come */
    IOCP_AGAIN, /* could go on, but others come first or the completion ring is nearly full */
};

struct iocp_result {
    int32_t res;
    uint32_t flags;
};

/* Fills `out`; IOCP_DONE. */
static inline enum iocp_step iocp_done(struct iocp_result *out, int32_t res) {
    *out = (struct iocp_result){.res = res};
    return IOCP_DONE;
}

/* Multishot operations pause while less than this is free in the completion ring. */
static inline uint32_t iocp_reserve(const struct iocp *iocp) {
    return iocp->rings.cq_entries / 4;
}

static inline bool iocp_is_stream(const struct iocp_op *op) {
    return op->handle != NULL && (op->handle->state & IOCP_HANDLE_STREAM) != 0;
}

/* Before a call that may be overlapped. */
static inline OVERLAPPED *iocp_overlapped(struct iocp_op *op) {
    op->overlapped = (OVERLAPPED){0};
    return &op->overlapped;
}

/* Completions that one entry or packet can bring: its own, that of who cancelled it, and the same of its parent. */
#define IOCP_COMPLETIONS_PER_STEP 4u

/* iocp_port.c: what an overlapped call has come to. `failed` with an error that is not "pending" is DONE; success is
 * DONE only where it brings no packet. */
enum iocp_step iocp_called(struct iocp_op *op, enum iocp_stage stage, bool failed, uint32_t error, uint32_t bytes,
                           struct iocp_result *out);
/* Ends it: posts its completion and that of who cancelled it, and frees the slot. */
void iocp_finish(struct iocp *iocp, struct iocp_op *op, struct iocp_result result);
void iocp_list(struct iocp *iocp, struct iocp_op *op);
void iocp_unlist(struct iocp *iocp, struct iocp_op *op);
/* Asks Windows to end the call that is under way; its packet comes in any case. */
void iocp_cancel_call(struct iocp *iocp, struct iocp_op *op);

/* The result of an operation that something else ends: what went already, the end of the stream, or -ECANCELED. */
struct iocp_result iocp_cut_short(struct iocp_op *op);

/* Tries it. */
enum iocp_step iocp_attempt(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
/* What follows from an attempt. */
void iocp_go_on(struct iocp *iocp, struct iocp_op *op, enum iocp_step step, struct iocp_result result);
/* A packet came for it. */
void iocp_packet(struct iocp *iocp, struct iocp_op *op, uint32_t bytes);
/* Gives each operation of the run list one turn. */
void iocp_run(struct iocp *iocp);
/* Lets it end: now if no call is under way, else with its packet. */
void iocp_end(struct iocp *iocp, struct iocp_op *op);

/* iocp_descriptors.c */
/* Makes a new socket known: the descriptor or -errno. `listener`: it accepted the socket, which is like it; or NULL. */
int iocp_adopt(struct iocp *iocp, int fd, const struct iocp_handle *listener);
int iocp_attach(struct torus_backend *backend, int fd, enum torus_kind kind);
int iocp_detach(struct torus_backend *backend, int fd, enum torus_kind kind);

/* iocp_pipes.c: the attempt and the packet of any operation on a pipe. */
enum iocp_step iocp_pipe(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
void iocp_pipe_packet(struct iocp *iocp, struct iocp_op *op, uint32_t bytes);

/* Attempts: iocp_streams.c, iocp_messages.c, iocp_sockets.c, iocp_poll.c, iocp_files.c. */
enum iocp_step iocp_recv(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_send(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_recvmsg(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_connect(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_accept(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_poll(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);
enum iocp_step iocp_read_write(struct iocp *iocp, struct iocp_op *op, struct iocp_result *out);

/* What the packet of a transfer means: the same files. `status` is an NTSTATUS. */
struct iocp_result iocp_received(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes);
struct iocp_result iocp_received_message(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes);
struct iocp_result iocp_connected(struct iocp_op *op, uint32_t status);
struct iocp_result iocp_polled(struct iocp_op *op, uint32_t status);
struct iocp_result iocp_transferred(struct iocp *iocp, struct iocp_op *op, uint32_t status, uint32_t bytes);
/* One call of an accept has ended; it may be made again. */
enum iocp_step iocp_accepted(struct iocp *iocp, struct iocp_op *op, uint32_t status, struct iocp_result *out);

/* Multishot accept: ends the parent with `res` once its calls have come home. */
void iocp_accept_end(struct iocp *iocp, struct iocp_op *parent, int32_t res);
/* Forgets a call of a multishot accept that is not under way. */
void iocp_accept_drop(struct iocp *iocp, struct iocp_op *child);
/* Closes the socket that a call would have filled. */
void iocp_accept_discard(struct iocp_op *op);
/* Shuts down and ends the receives that wait; 0 or -errno. */
int iocp_shutdown(struct iocp *iocp, struct iocp_handle *handle, uint32_t how);

/* iocp_poll.c: waits until one of the events of AFD holds. */
enum iocp_step iocp_wait_for(struct iocp *iocp, struct iocp_op *op, enum iocp_stage stage, unsigned long events,
                             struct iocp_result *out);
#define IOCP_AFD_RECEIVE 0x0001u
#define IOCP_AFD_SEND 0x0004u
#define IOCP_AFD_DISCONNECT 0x0008u
#define IOCP_AFD_ABORT 0x0010u
#define IOCP_AFD_LOCAL_CLOSE 0x0020u
#define IOCP_AFD_ACCEPT 0x0080u
#define IOCP_AFD_CONNECT_FAIL 0x0100u

/* Fills iocp->buffers from a message header, all of it checked, leaving out the first `skip` bytes; the number of
 * buffers or -errno. *total: bytes described. */
int iocp_message(struct iocp *iocp, const struct torus_op *entry, uint64_t skip, struct torus_msghdr *out,
                 uint64_t *total);

#endif
