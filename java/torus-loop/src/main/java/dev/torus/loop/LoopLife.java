package dev.torus.loop;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What keeps the loop alive besides timers, immediates and closing handles (R8): active ref'd handles and requests. */
final class LoopLife {
    private final Set<LoopHandle> active = new LinkedHashSet<>();
    private int refed;
    private int requests;

    void activated(LoopHandle handle) {
        if (handle.active) {
            return;
        }
        handle.active = true;
        active.add(handle);
        if (handle.hasRef()) {
            refed++;
        }
    }

    void deactivated(LoopHandle handle) {
        if (!handle.active) {
            return;
        }
        handle.active = false;
        active.remove(handle);
        if (handle.hasRef()) {
            refed--;
        }
    }

    /** Called before the flag changes. */
    void refChanges(LoopHandle handle, boolean ref) {
        if (handle.active) {
            refed += ref ? 1 : -1;
        }
    }

    void requestBegins() {
        requests++;
    }

    void requestEnds() {
        requests--;
    }

    boolean hasRefedHandles() {
        return refed != 0;
    }

    boolean hasRequests() {
        return requests != 0;
    }

    int requests() {
        return requests;
    }

    List<LoopHandle> handles() {
        return new ArrayList<>(active);
    }
}
