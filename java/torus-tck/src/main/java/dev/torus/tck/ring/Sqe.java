package dev.torus.tck.ring;

/** A submission entry being filled in; {@link #queue()} puts it into the ring. */
public final class Sqe {
    final int opcode;
    int flags;
    int ioprio;
    int fd;
    long off;
    long addr;
    int len;
    int opFlags;
    long userData;
    int bufferGroup;
    int addrLen;
    private final RingDriver ring;

    Sqe(RingDriver ring, int opcode, long userData) {
        this.ring = ring;
        this.opcode = opcode;
        this.userData = userData;
    }

    public Sqe flags(int bits) {
        this.flags = bits;
        return this;
    }

    public Sqe ioprio(int bits) {
        this.ioprio = bits;
        return this;
    }

    public Sqe fd(int descriptor) {
        this.fd = descriptor;
        return this;
    }

    public Sqe off(long value) {
        this.off = value;
        return this;
    }

    public Sqe addr(long address) {
        this.addr = address;
        return this;
    }

    public Sqe len(int length) {
        this.len = length;
        return this;
    }

    public Sqe opFlags(int bits) {
        this.opFlags = bits;
        return this;
    }

    public Sqe group(int id) {
        this.bufferGroup = id;
        return this;
    }

    public Sqe addrLen(int length) {
        this.addrLen = length;
        return this;
    }

    /** Replaces the fresh user_data. */
    public Sqe userData(long value) {
        this.userData = value;
        return this;
    }

    /** Writes it into the ring and publishes the tail; the operation starts with the next enter. Returns its user_data. */
    public long queue() {
        ring.queue(this);
        return userData;
    }
}
