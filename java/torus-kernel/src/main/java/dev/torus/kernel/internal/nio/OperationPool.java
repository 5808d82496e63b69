package dev.torus.kernel.internal.nio;

/** Operations for reuse. It holds as many as were ever pending at once, which the kernel layer bounds. */
final class OperationPool {
    private Operation first;

    Operation take() {
        Operation operation = first;
        if (operation == null) {
            return new Operation();
        }
        first = operation.next;
        operation.next = null;
        return operation;
    }

    void give(Operation operation) {
        operation.reset();
        operation.next = first;
        first = operation;
    }
}
