package dev.torus.loop;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Signals of this process, for all loops in it. They come through the JVM's own handler ({@code sun.misc.Signal} of the module
 * jdk.unsupported): a descriptor for signals would need them blocked in every thread, also those that the JVM has made already. That
 * class is called by reflection, because the compiler warns of it in a way that cannot be turned off.
 */
final class JvmSignals {
    private static final Map<Signal, JvmSignals> ALL = new EnumMap<>(Signal.class);

    private final Signal signal;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /** What the JVM did with the signal before. */
    private Object former;

    private JvmSignals(Signal signal) {
        this.signal = signal;
    }

    /**
     * Adds a listener, which is called on a thread of the JVM's.
     *
     * @throws IllegalStateException if the JVM keeps the signal for itself (-Xrs) or this system has no such signal
     */
    static void add(Signal signal, Runnable listener) {
        synchronized (ALL) {
            JvmSignals shared = ALL.computeIfAbsent(signal, JvmSignals::new);
            if (shared.listeners.isEmpty()) {
                shared.former = handle(signal, handler(shared));
            }
            shared.listeners.add(listener);
        }
    }

    /** Removes a listener; after the last the signal does what it did before. */
    static void remove(Signal signal, Runnable listener) {
        synchronized (ALL) {
            JvmSignals shared = ALL.get(signal);
            if (shared != null && shared.listeners.remove(listener) && shared.listeners.isEmpty()) {
                handle(signal, shared.former);
            }
        }
    }

    private void arrived() {
        listeners.forEach(Runnable::run);
    }

    private static Object handler(JvmSignals shared) {
        Class<?> type = type("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(
                JvmSignals.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() != Object.class) {
                        shared.arrived();
                        return null;
                    }
                    return switch (method.getName()) {
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "handler of " + shared.signal;
                    };
                });
    }

    private static Class<?> type(String name) {
        try {
            return MethodHandles.lookup().findClass(name);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signals need the module jdk.unsupported", e);
        }
    }

    private static Object handle(Signal signal, Object handler) {
        Class<?> type = type("sun.misc.Signal");
        try {
            Method handle = type.getMethod("handle", type, type("sun.misc.SignalHandler"));
            return handle.invoke(null, type.getConstructor(String.class).newInstance(signal.shortName()), handler);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    signal + " cannot be handled: " + e.getCause().getMessage(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(signal + " cannot be handled", e);
        }
    }
}
